#include "tests/fuzz/http_holds.hpp"

#include "tests/unit/transport/web/memory_backend.hpp"
#include "transport/web/data_routes.hpp"
#include "transport/web/dispatcher.hpp"
#include "transport/web/event_loop.hpp"
#include "transport/web/file_answer.hpp"
#include "transport/web/http_connection.hpp"
#include "transport/web/utf8.hpp"

#include <boost/asio/io_context.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <type_traits>
#include <vector>

/// OpenSSL keeps 904 bytes for errors of each thread; the password thread's are let go at the very end of the program, when the leak
/// detector has looked. Other leaks are found.
extern "C" const char* __lsan_default_suppressions() { return "leak:CRYPTO_zalloc\n"; }

namespace evs::fuzz {

namespace {

using namespace web;

constexpr std::size_t longest_input = 16 * 1024;

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_plain(std::string_view text) { return is_utf8(text) && std::none_of(text.begin(), text.end(), is_control); }

// ---------------------------------------------------------------- what reaches the data

void check_query(const list_query& query) {
  must(query.limit >= 1 && query.limit <= 500, "a page keeps its limit");
  must(query.q.size() <= 200, "a search text is short");
  must(is_plain(query.q) && is_plain(query.sort) && is_plain(query.cursor), "parameters are text");
  for (const auto& [name, wanted] : query.filters) must(is_plain(wanted), "filters are text");
}

void check_body_value(const value& what) {
  if (auto* text = what.text()) must(is_utf8(*text) && text->find('\0') == std::string::npos, "texts of a body are UTF-8 without NUL");
  if (auto* list = what.list())
    for (const auto& each : *list) check_body_value(each);
  if (auto* members = what.members())
    for (const auto& [name, each] : *members) {
      must(is_utf8(name) && name.find('\0') == std::string::npos, "names of a body are UTF-8 without NUL");
      check_body_value(each);
    }
}

result<data_answer> answer_to(const requester& who, const data_request& what, const std::string& sound) {
  must(who.who.user.value == "user-9999" && who.who.role == role::super_admin, "who asks is whose token it is");
  must(is_utf8(who.entity) || who.entity.size() == 200, "the audit's words are text, or cut");
  data_answer made{200, R"({"id":"x"})", "v1", {}, {}};
  std::visit(
    [&](const auto& area) {
      std::visit(
        [&]([[maybe_unused]] const auto& asked) {
          if constexpr (requires { asked.query.limit; }) check_query(asked.query);
          if constexpr (requires { is_plain(asked.id); }) must(is_plain(asked.id), "an id in a path is text");
          if constexpr (requires { check_body_value(asked.body); }) check_body_value(asked.body);
          if constexpr (requires { asked.seen; }) must(asked.seen.find('"') == std::string::npos, "a version has no quotes");
          using type = std::decay_t<decltype(asked)>;
          if constexpr (std::is_same_v<type, add_audio_file>)
            must(asked.offset + asked.size <= std::filesystem::file_size(asked.path), "a form's file lies in the body");
          if constexpr (std::is_same_v<type, read_recording> || std::is_same_v<type, read_audio_file> || std::is_same_v<type, read_picture>)
            made.attached = data_answer::file{sound, "audio/wav", "appel été \"1\".wav", false};
        },
        area);
    },
    what);
  return made;
}

// ---------------------------------------------------------------- the door

struct answered {
  std::string path;
  bool head = false;
  unsigned status = 0;
};

/// The door with its routes; the loop runs on this thread.
class house {
public:
  house() {
    folder_ = std::filesystem::temp_directory_path() / ("evs-fuzz-http-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    sound_ = folder_ / "sound";
    std::ofstream{sound_} << "abcdefghijklmnopqrstuvwxyz";
    server_settings s;
    s.token_key = std::string(32, 'k');
    s.http.requests_per_second = 0;
    s.password = {8192, 1};
    s.sign_in.throttle.attempts = s.sign_in.throttle.attempts_of_address = ~0U;
    s.compatibility_door = false;
    s.spool_dir = folder_;
    backend_.on_perform = [this](const requester& who, const data_request& what) { return answer_to(who, what, sound_); };
    services_ = std::make_shared<services>(s, backend_, [this] { return now_; });
    services_->on_request = [this](const access_record& r) { answered_.push_back({r.what.path, r.what.head, r.status}); };
    dispatcher_ = std::make_shared<dispatcher>(services_, all_routes(services_));
  }
  ~house() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// A session of its own for every connection: one of them may sign out.
  std::string token() {
    access_claims claims;
    claims.who = {user_id{"user-9999"}, role::super_admin, {}};
    claims.login = "9999";
    claims.family = "family-" + std::to_string(10'000'000 + families_++);
    claims.id = "id";
    claims.issued = now_;
    claims.expires = now_ + seconds{900};
    return services_->tokens.sign(claims);
  }

  /// What comes back for `bytes`, sent in pieces of that size; in answered() who it was for.
  std::string talk(std::string_view bytes, std::size_t piece) {
    now_ += seconds{1};
    answered_.clear();
    std::array<int, 2> ends{};
    must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0, "a pair of sockets");
    start_http(loop_, services_, dispatcher_, ends[0]);
    std::string heard;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      const auto part = bytes.substr(0, piece);
      // It may have hung up already.
      if (::send(ends[1], part.data(), part.size(), MSG_NOSIGNAL) < 0) break;
      while (loop_->context().poll() > 0) listen(ends[1], heard);
    }
    ::shutdown(ends[1], SHUT_WR);
    for (int idle = 0; services_->counters.connections > 0;) {
      listen(ends[1], heard);
      // Passwords are looked at on another thread.
      if (loop_->context().run_one_for(std::chrono::milliseconds{10}) > 0) idle = 0;
      else must(++idle < 500, "a connection ends");
    }
    listen(ends[1], heard);
    ::close(ends[1]);
    return heard;
  }

  const std::vector<answered>& answers() const { return answered_; }
  const access_tokens& tokens() const { return services_->tokens; }
  timestamp now() const { return now_; }

private:
  static void listen(int fd, std::string& heard) {
    std::array<char, 16 * 1024> room;
    for (ssize_t got = 0; (got = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT)) > 0;) heard.append(room.data(), static_cast<std::size_t>(got));
  }

  std::filesystem::path folder_, sound_;
  timestamp now_{seconds{1'700'000'000}};
  std::uint64_t families_ = 0;
  test::memory_backend backend_;
  std::vector<answered> answered_;
  std::shared_ptr<event_loop> loop_ = std::make_shared<event_loop>(milliseconds{1000});
  std::shared_ptr<services> services_;
  std::shared_ptr<dispatcher> dispatcher_;
};

/// What the door remembers (sessions, notes of the backend) goes with it now and then.
house& present_house() {
  static std::unique_ptr<house> one;
  static int used = 0;
  if (++used % 5000 == 0) one.reset(); // before the next one: both have the same folder
  if (!one) one = std::make_unique<house>();
  return *one;
}

// ---------------------------------------------------------------- answers

struct answer {
  unsigned status = 0;
  std::string head;
  std::string body;
};

/// Value of a header that is there once.
std::string_view only(std::string_view head, std::string_view name) {
  const auto line = "\r\n" + std::string{name} + ": ";
  const auto at = head.find(line);
  must(at == std::string_view::npos || head.find(line, at + 1) == std::string_view::npos, "such a header is there once");
  if (at == std::string_view::npos) return {};
  const auto from = at + line.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

std::size_t length_of(const answer& made) {
  const auto text = only(made.head, "Content-Length");
  if (made.status == 204 || made.status == 304) return must(text.empty(), "nothing has no length"), 0;
  std::size_t length = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), length);
  must(!text.empty() && ec == std::errc{} && end == text.data() + text.size(), "an answer has a length");
  return length;
}

void check_head(const std::string& head) {
  must(head.starts_with("HTTP/1.1 ") && head.size() > 12, "an answer begins as one");
  for (std::string_view rest = std::string_view{head}.substr(head.find("\r\n") + 2); !rest.empty();) {
    const auto end = rest.find("\r\n");
    must(end != std::string_view::npos, "a line of the head ends");
    const auto line = rest.substr(0, end);
    const auto colon = line.find(": ");
    must(colon != std::string_view::npos && colon > 0 && line.substr(0, colon).find(' ') == std::string_view::npos, "a header has a name");
    must(std::none_of(line.begin(), line.end(), is_control), "no header has control characters");
    rest.remove_prefix(end + 2);
  }
  must(only(head, "X-Content-Type-Options") == "nosniff" && !only(head, "Content-Security-Policy").empty(), "every answer is protected");
  must(only(head, "X-Request-Id").size() >= 8, "every answer has a number");
}

void check_content(const answer& made) {
  must(made.status >= 200 && made.status < 500 && made.status != 101, "nothing that anybody sends is a fault of ours");
  if (!only(made.head, "Content-Type").starts_with("application/json") || made.body.empty()) return;
  const auto read = read_json(made.body);
  must(read.ok(), "JSON is JSON");
  if (made.status < 400) return;
  const auto *error = read->find("error"), *code = read->find("code");
  must(error && error->text() && !error->text()->empty() && code && code->text() && !code->text()->empty(), "a refusal says why");
}

std::vector<answer> cut(std::string_view heard, const std::vector<answered>& told) {
  std::vector<answer> all;
  while (!heard.empty()) {
    const auto end = heard.find("\r\n\r\n");
    must(end != std::string_view::npos, "a head ends");
    answer made{0, std::string{heard.substr(0, end + 2)}, {}};
    heard.remove_prefix(end + 4);
    if (made.head.starts_with("HTTP/1.1 100 ")) continue;
    check_head(made.head);
    std::from_chars(made.head.data() + 9, made.head.data() + 12, made.status);
    const auto place = all.size();
    must(place <= told.size(), "nothing is answered that nobody asked");
    must(place == told.size() || told[place].status == made.status, "what is logged is what was said");
    const auto length = place < told.size() && told[place].head ? 0 : length_of(made);
    must(length <= heard.size(), "an answer is as long as it says");
    made.body = heard.substr(0, length);
    heard.remove_prefix(length);
    check_content(made);
    all.push_back(std::move(made));
  }
  must(all.size() >= told.size(), "every request is answered");
  // Whether half a head is refused or hung up on depends on when its end comes.
  must(all.size() == told.size() || all.back().status == 400, "what is no request is a bad one");
  return all;
}

std::string with_token(std::string_view text, const std::string& token) {
  constexpr std::string_view place = "{token}";
  std::string out;
  for (std::size_t at = 0; (at = text.find(place)) != std::string_view::npos && out.size() < longest_input;) {
    (out += text.substr(0, at)) += token;
    text.remove_prefix(at + place.size());
  }
  return out += text;
}

void check_connection(std::string_view text, std::size_t piece) {
  auto& door = present_house();
  const auto sent = with_token(text, door.token());
  const auto whole = cut(door.talk(sent, sent.size() + 1), door.answers());
  const auto told = door.answers();
  const auto again = with_token(text, door.token());
  const auto pieces = cut(door.talk(again, piece), door.answers());
  must(told.size() == door.answers().size(), "as many requests however the bytes are split");
  for (std::size_t i = 0; i < told.size(); ++i) {
    must(whole[i].status == pieces[i].status, "the same status however the bytes are split");
    // A session's tokens are new each time.
    if (told[i].path.starts_with("/api/auth")) continue;
    must(whole[i].body == pieces[i].body, "the same answer however the bytes are split");
  }
}

// ---------------------------------------------------------------- the readers alone

void check_escapes(std::string_view text) {
  for (bool plus : {false, true}) {
    const auto read = percent_decode(text, plus);
    if (!read) continue;
    must(is_plain(*read) && read->size() <= text.size(), "what is decoded is text");
    std::string again;
    for (const char c : *read) {
      constexpr std::string_view digits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      ((again += '%') += digits[byte >> 4]) += digits[byte & 15];
    }
    must(percent_decode(again, plus) == read, "what is encoded reads as the same");
  }
}

void check_parameters(std::string_view text) {
  request what;
  what.query = text;
  what.headers = {{"cookie", std::string{text}}};
  constexpr std::array<std::string_view, 2> filters{"siteId", "role"};
  failure problem{errc::invalid_input, {}, {}};
  const auto query = read_list_query(what, filters, problem);
  if (problem.fields.empty()) check_query(query);
  for (auto name : {"limit", "cursor", "sort", "q", "siteId", "role"})
    if (const auto found = what.query_value(name)) must(is_plain(*found), "a parameter is text");
  if (const auto broken = broken_parameter(text)) must(!broken->empty() && is_plain(*broken), "what is broken has a name");
  if (const auto cookie = what.cookie("evs_refresh")) must(cookie->find(';') == std::string::npos && text.find(*cookie) != std::string_view::npos, "a cookie is a part of its header");
}

void check_file_words(std::string_view text) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{26}, ~std::uint64_t{0}})
    for (const auto& header : {std::string{text}, "bytes=" + std::string{text}}) {
      const auto wanted = read_range(header, size);
      if (auto* range = std::get_if<byte_range>(&wanted))
        must(range->length > 0 && range->first < size && range->length <= size - range->first, "a range lies in the file");
    }
  const auto disposition = content_disposition(text);
  must(std::none_of(disposition.begin(), disposition.end(), is_control), "a file's name ends no line");
  must(std::count(disposition.begin(), disposition.end(), '"') == (text.empty() ? 0 : 2), "a file's name ends at its quotes");
}

} // namespace

void check_http(std::span<const std::uint8_t> input) {
  if (input.empty() || input.size() > longest_input) return;
  const std::string_view text{reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1};
  if (input[0] % 8 != 0) return check_connection(text, 1 + input[0] / 8);
  check_escapes(text);
  check_parameters(text);
  check_file_words(text);
  auto& door = present_house();
  must(!door.tokens().verify(text, door.now()).ok(), "nobody makes up a token");
}

} // namespace evs::fuzz
