#include "transport/web/http_heads.hpp"

#include <gtest/gtest.h>

#include <array>

namespace evs::web {
namespace {

struct arrived {
  request what;
  std::optional<response> no;
};

arrived come(header_list headers, request_line line = {"GET", "/api/sites?sort=name", 11},
             std::string peer = "127.0.0.1") {
  server_settings settings;
  settings.trusted_proxies = {"127.0.0.1", "10.0.0.1"};
  arrived out;
  headers.emplace_back("host", "centre");
  out.what.headers = std::move(headers);
  out.what.address = std::move(peer);
  out.no = complete(out.what, line, settings);
  return out;
}

std::string head_of(const response& made, bool tls = false) {
  request what;
  what.id = "request-1";
  return make_head(made, what, 5, true, tls);
}

TEST(HttpHeads, TakesPathAndQueryApart) {
  const auto got = come({});
  ASSERT_FALSE(got.no);
  EXPECT_EQ(got.what.path, "/api/sites");
  EXPECT_EQ(got.what.query, "sort=name");
  EXPECT_EQ(come({}, {"GET", "/a?b?c", 11}).what.query, "b?c");
  EXPECT_EQ(come({}, {"GET", "/a", 11}).what.query, "");
}

TEST(HttpHeads, KnowsItsMethods) {
  const std::array<std::pair<const char*, http_method>, 7> known{{{"GET", http_method::get},
                                                                  {"HEAD", http_method::get},
                                                                  {"POST", http_method::post},
                                                                  {"PUT", http_method::put},
                                                                  {"PATCH", http_method::patch},
                                                                  {"DELETE", http_method::del},
                                                                  {"OPTIONS", http_method::options}}};
  for (const auto& [name, method] : known) {
    const auto got = come({}, {name, "/", 11});
    EXPECT_FALSE(got.no) << name;
    EXPECT_EQ(got.what.method, method) << name;
    EXPECT_EQ(got.what.head, std::string_view{name} == "HEAD") << name;
  }
  for (const auto* name : {"get", "TRACE", "CONNECT", "PROPFIND", ""}) {
    const auto got = come({}, {name, "/", 11});
    ASSERT_TRUE(got.no) << name;
    EXPECT_EQ(got.no->status, 405U) << name;
    ASSERT_EQ(got.no->headers.size(), 1U);
    EXPECT_EQ(got.no->headers[0].first, "Allow");
  }
}

TEST(HttpHeads, WantsOneHostAndAPath) {
  EXPECT_EQ(come({{"host", "another"}}).no->status, 400U);
  EXPECT_FALSE(come({{"host", "another"}}, {"GET", "/", 10}).no) << "HTTP/1.0 asks for none";
  EXPECT_EQ(come({}, {"GET", "http://elsewhere/", 11}).no->status, 400U);
  EXPECT_EQ(come({}, {"OPTIONS", "*", 11}).no->status, 400U);
}

TEST(HttpHeads, BelievesOnlyItsOwnProxies) {
  EXPECT_EQ(come({{"x-forwarded-for", "203.0.113.9"}}).what.address, "203.0.113.9");
  EXPECT_EQ(come({{"x-forwarded-for", "203.0.113.9, 10.0.0.1"}}).what.address, "203.0.113.9")
      << "a proxy before a proxy";
  EXPECT_EQ(come({{"x-forwarded-for", "127.0.0.1, 203.0.113.9"}}).what.address, "203.0.113.9")
      << "what the client claims itself";
  EXPECT_EQ(come({{"x-forwarded-for", "1.1.1.1"}}, {"GET", "/", 11}, "198.51.100.1").what.address, "198.51.100.1");
  EXPECT_EQ(come({{"x-forwarded-for", "no address"}}).what.address, "127.0.0.1");
}

TEST(HttpHeads, IsLocalWithoutAProxyOnly) {
  EXPECT_TRUE(come({}).what.local);
  EXPECT_FALSE(come({}, {"GET", "/", 11}, "192.0.2.1").what.local);
  EXPECT_FALSE(come({{"x-forwarded-for", "203.0.113.9"}}).what.local);
  EXPECT_FALSE(come({{"forwarded", "for=203.0.113.9"}}).what.local);
}

TEST(HttpHeads, KeepsAnIdThatIsFitForALog) {
  EXPECT_EQ(come({{"x-request-id", "abc-123_X"}}).what.id, "abc-123_X");
  for (const auto* bad : {"short", "with space", "semi;colon", "new\nline"})
    EXPECT_NE(come({{"x-request-id", bad}}).what.id, bad);
  EXPECT_GE(come({}).what.id.size(), 8U);
}

TEST(HttpHeads, WaitsForContinueOfHttp11) {
  request what;
  what.headers = {{"expect", "100-Continue"}};
  EXPECT_TRUE(expects_continue(what, 11));
  EXPECT_FALSE(expects_continue(what, 10));
  EXPECT_FALSE(expects_continue({}, 11));
}

TEST(HttpHeads, NothingEndsALineOfItsOwn) {
  for (const auto* hostile : {"a\r\nSet-Cookie: x=1", "a\nb", "a\rb"}) {
    std::string head;
    add_header(head, "Location", hostile);
    EXPECT_EQ(head, "");
  }
  response made;
  made.headers = {{"X-Name", "a\r\n\r\n<html>"}};
  EXPECT_EQ(head_of(made).find("<html>"), std::string::npos);
}

TEST(HttpHeads, EveryAnswerSaysWhatABrowserMayDo) {
  const auto head = head_of({}, true);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  for (const auto* line :
       {"Content-Length: 5\r\n", "X-Request-Id: request-1\r\n", "Cache-Control: no-store\r\n", "default-src 'self'",
        "X-Content-Type-Options: nosniff\r\n", "Strict-Transport-Security: max-age=31536000\r\n"})
    EXPECT_NE(head.find(line), std::string::npos) << line;
  EXPECT_EQ(head_of({}).find("Strict-Transport-Security"), std::string::npos);

  response kept;
  kept.headers = {{"Cache-Control", "max-age=60"}};
  EXPECT_EQ(head_of(kept).find("no-store"), std::string::npos);

  response file;
  file.file = std::make_shared<const data_answer::file>();
  EXPECT_NE(head_of(file).find("default-src 'none'"), std::string::npos);
}

TEST(HttpHeads, SaysNoLengthWhereThereIsNoBody) {
  response empty;
  empty.status = 204;
  EXPECT_EQ(head_of(empty).find("Content-Length"), std::string::npos);
  EXPECT_TRUE(head_of(empty).starts_with("HTTP/1.1 204 No Content\r\n"));
}

} // namespace
} // namespace evs::web
