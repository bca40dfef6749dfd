#include "transport/web/utf8.hpp"
#include "transport/web/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <random>

namespace evs::web {
namespace {

std::string client_frame(unsigned first, std::string_view payload, bool masked = true) {
  std::string out(1, static_cast<char>(first));
  unsigned mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() < 65536) {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  } else {
    out += static_cast<char>(mask_bit | 127);
    for (int s = 56; s >= 0; s -= 8) out += static_cast<char>((payload.size() >> s) & 0xff);
  }
  const std::string mask = masked ? std::string{"\x11\x22\x33\x44"} : std::string(4, '\0');
  if (masked) out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i & 3]);
  return out;
}

std::vector<incoming> parse(std::string_view bytes, std::size_t limit = 1000) {
  return frame_parser{limit}.feed(bytes);
}

std::uint16_t error_of(std::string_view bytes, std::size_t limit = 1000) {
  auto all = parse(bytes, limit);
  return all.empty() || all.back().what != incoming::kind::error ? std::uint16_t{0} : all.back().code;
}

TEST(WebsocketFrame, HeadersAreTheShortestPossible) {
  EXPECT_EQ(make_frame_header(opcode::text, 125).size, 2);
  EXPECT_EQ(make_frame_header(opcode::text, 126).size, 4);
  EXPECT_EQ(make_frame_header(opcode::text, 65535).size, 4);
  auto h = make_frame_header(opcode::text, 65536);
  EXPECT_EQ(std::string(h.bytes.data(), h.size), (std::string{"\x81\x7f\0\0\0\0\0\x01\0\0", 10}));
}

TEST(WebsocketFrame, AcceptsAKeyAsTheRfcShows) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebsocketFrame, IsReadWhereverItIsSplit) {
  auto bytes = client_frame(0x01, "Bon") + client_frame(0x89, "p") + client_frame(0x80, "jour") +
               client_frame(0x81, std::string(300, 'x')) + client_frame(0x81, "") + client_frame(0x88, "\x03\xe8");
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    frame_parser parser{1000};
    std::vector<incoming> all;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      for (auto& i : parser.feed(std::string_view{bytes}.substr(at, step))) all.push_back(i);
    ASSERT_EQ(all.size(), 5u) << step;
    EXPECT_EQ(all[0].what, incoming::kind::ping);
    EXPECT_EQ(all[1].data, "Bonjour");
    EXPECT_EQ(all[2].data.size(), 300u);
    EXPECT_EQ(all[3].data, "");
    EXPECT_EQ(all[4].what, incoming::kind::close);
    EXPECT_EQ(all[4].code, 1000);
  }
}

TEST(WebsocketFrame, ViolationsCloseWithTheirCode) {
  EXPECT_EQ(error_of(client_frame(0x81, "x", false)), 1002) << "not masked";
  EXPECT_EQ(error_of(client_frame(0xC1, "x")), 1002) << "reserved bit";
  EXPECT_EQ(error_of(client_frame(0x83, "x")), 1002) << "unknown opcode";
  EXPECT_EQ(error_of(client_frame(0x80, "x")), 1002) << "continuation of nothing";
  EXPECT_EQ(error_of(client_frame(0x01, "x") + client_frame(0x81, "y")), 1002) << "message within a message";
  EXPECT_EQ(error_of(client_frame(0x09, "x")), 1002) << "fragmented ping";
  EXPECT_EQ(error_of(client_frame(0x89, std::string(126, 'x'))), 1002) << "long ping";
  EXPECT_EQ(error_of(client_frame(0x88, "x")), 1002) << "half a close code";
  EXPECT_EQ(error_of(client_frame(0x88, std::string{"\x03\xed", 2})), 1002) << "1005 is never sent";
  EXPECT_EQ(error_of(std::string{"\x81\xfe\x00\x05", 4}), 1002) << "length not minimal";
  EXPECT_EQ(error_of(client_frame(0x82, "x")), 1003) << "binary";
  EXPECT_EQ(error_of(client_frame(0x81, "\xff")), 1007) << "not UTF-8";
  EXPECT_EQ(error_of(client_frame(0x81, std::string(1001, 'x')).substr(0, 4)), 4009)
      << "too large, known from its header";
  EXPECT_EQ(error_of(client_frame(0x01, std::string(600, 'x')) + client_frame(0x80, std::string(600, 'x'))), 4009);
  EXPECT_EQ(error_of(std::string{"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10}), 4009);
}

TEST(WebsocketFrame, NothingFollowsAnErrorOrAClose) {
  EXPECT_EQ(parse(client_frame(0x82, "x") + client_frame(0x81, "y")).size(), 1u);
  EXPECT_EQ(parse(client_frame(0x88, "") + client_frame(0x81, "y")).size(), 1u);
}

TEST(WebsocketFrame, SurvivesNoise) {
  std::mt19937 random{7};
  for (int round = 0; round < 20'000; ++round) {
    std::string noise(random() % 64, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    frame_parser parser{64};
    std::size_t size = 0;
    for (const auto& i : parser.feed(noise)) size += i.data.size();
    for (const auto& i : parser.feed(noise)) size += i.data.size();
    ASSERT_LE(size, 2 * noise.size());
  }
}

TEST(WebsocketFrame, CutsACloseReasonBetweenCharacters) {
  std::string reason;
  for (int i = 0; i < 100; ++i) reason += "é";
  auto payload = close_payload(4008, reason);
  EXPECT_LE(payload.size(), 125u);
  EXPECT_TRUE(is_utf8(std::string_view{payload}.substr(2)));
}

} // namespace
} // namespace evs::web
