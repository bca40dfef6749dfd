#include "tests/bench/dashboards/event_scan.hpp"

#include <charconv>
#include <cstring>

namespace evs::bench {

namespace {

/// Position of the quote that ends the string beginning at `at` (just behind its opening quote).
std::size_t string_end(std::string_view text, std::size_t at) {
  while (true) {
    const auto* quote = static_cast<const char*>(std::memchr(text.data() + at, '"', text.size() - at));
    if (quote == nullptr) return text.size();
    const auto end = static_cast<std::size_t>(quote - text.data());
    std::size_t slashes = 0;
    while (slashes < end - at && text[end - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) return end;
    at = end + 1;
  }
}

struct current_event {
  std::string_view type;
  std::string_view call_id;
};

void finish(const current_event& event, std::string_view prefix, scanned& result) {
  if (event.type == "hello" || event.type == "resumed" || event.type == "reset") {
    result.snapshot = true;
    result.reset = result.reset || event.type == "reset";
    return;
  }
  if (event.type.empty()) return;
  ++result.events;
  const bool begins = event.type == "newCall";
  if ((!begins && event.type != "callHangup") || event.call_id.substr(0, prefix.size()) != prefix) return;
  const auto digits = event.call_id.substr(prefix.size());
  std::uint64_t index = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (parsed.ec == std::errc{}) result.marks.push_back({index, begins ? mark_kind::new_call : mark_kind::call_hangup});
}

} // namespace

scanned scan_events(std::string_view message, std::string_view prefix) {
  scanned result;
  const int event_depth = !message.empty() && message.front() == '[' ? 2 : 1;
  int depth = 0;
  current_event event;
  for (std::size_t at = 0; at < message.size(); ++at) {
    const char c = message[at];
    if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == event_depth && c == '}') {
        finish(event, prefix, result);
        event = {};
      }
      --depth;
    } else if (c == '"') {
      const auto end = string_end(message, at + 1);
      const auto text = message.substr(at + 1, end - at - 1);
      at = end;
      const bool key = end + 1 < message.size() && message[end + 1] == ':';
      if (!key || end + 2 >= message.size() || message[end + 2] != '"') continue;
      std::string_view* wanted = nullptr;
      if (depth == event_depth && text == "type") wanted = &event.type;
      else if (depth == event_depth + 1 && text == "callId") wanted = &event.call_id;
      if (wanted != nullptr) {
        const auto last = string_end(message, end + 3);
        *wanted = message.substr(end + 3, last - end - 3);
        at = last;
      }
    }
  }
  return result;
}

} // namespace evs::bench
