#include "tests/fuzz/frames_hold.hpp"

#include "domain/telephony.hpp"
#include "transport/ami/correlator.hpp"
#include "transport/ami/events.hpp"
#include "transport/ami/parser.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace evs::fuzz {

namespace {

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

struct outcome {
  std::vector<ami::frame> frames;
  std::string greeting;
  std::uint64_t malformed = 0;
};

outcome parse(std::string_view bytes, std::size_t piece, ami::parser_limits limits) {
  ami::parser parser(limits);
  outcome seen;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    parser.feed(bytes.substr(0, piece));
    while (const auto frame = parser.next()) {
      std::size_t size = 0;
      must(!frame->headers.empty() && frame->headers.size() <= limits.headers, "a frame has headers, and not too many");
      for (const auto& header : frame->headers) {
        must(!header.name.empty(), "a header has a name");
        must(header.name.find_first_of(std::string_view{":\n\0", 3}) == std::string_view::npos,
             "a name is one word of a line");
        must(header.value.find_first_of(std::string_view{"\n\0", 2}) == std::string_view::npos,
             "a value is a part of a line");
        must(header.name.size() + header.value.size() <= limits.line, "a line keeps to its limit");
        size += header.name.size() + header.value.size();
      }
      must(size <= limits.frame, "a frame keeps to its limit");
      seen.frames.push_back(frame->copy());
    }
  }
  seen.greeting = parser.greeting();
  seen.malformed = parser.malformed();
  return seen;
}

void must_agree(const outcome& a, const outcome& b) {
  must(a.frames.size() == b.frames.size(), "as many frames however the bytes are split");
  for (std::size_t i = 0; i < a.frames.size(); ++i)
    must(a.frames[i].fields == b.frames[i].fields, "the same frames however the bytes are split");
  must(a.greeting == b.greeting, "the same greeting however the bytes are split");
  must(a.malformed == b.malformed, "as many malformed lines however the bytes are split");
}

} // namespace

void check_reader(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::size_t piece = 1 + input[0] % 97;
  const std::string_view bytes{reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1};
  if (bytes.empty()) return;

  const ami::parser_limits tight{.line = 64, .frame = 512, .headers = 8};
  must_agree(parse(bytes, bytes.size(), tight), parse(bytes, piece, tight));
  const auto whole = parse(bytes, bytes.size(), {});
  must_agree(whole, parse(bytes, piece, {}));

  // Whatever the frames say, they are translated or left out, and answers never outnumber questions.
  ami::correlator table("lab-", 64);
  std::size_t answers = 0;
  for (int i = 0; i < 32; ++i)
    table.expect({}, [&](ami::reply got) {
      ++answers;
      ami::channels_of(got);
      ami::devices_of(got);
      ami::variable_of(got);
      ami::boot_of(got);
    });
  std::vector<ami::header_view> room;
  for (const auto& frame : whole.frames) {
    const auto seen = ami::view_of(frame, room);
    table.take(seen);
    if (const auto event = ami::to_event(seen); event && std::holds_alternative<channel_opened>(*event))
      endpoint_of(std::get<channel_opened>(*event).channel.name);
  }
  table.abandon("over");
  must(answers == 32, "every question is answered exactly once");
}

} // namespace evs::fuzz
