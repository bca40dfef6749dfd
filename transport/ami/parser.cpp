#include "transport/ami/parser.hpp"

#include <cstring>

namespace evs::ami {

namespace {
constexpr std::string_view greeting_prefix = "Asterisk Call Manager/";
} // namespace

std::span<char> parser::prepare(std::size_t size) {
  if (frame_ > 0) {
    if (end_ > frame_) std::memmove(buffer_.data(), buffer_.data() + frame_, end_ - frame_);
    line_ -= frame_;
    seen_ -= frame_;
    end_ -= frame_;
    frame_ = 0;
  }
  if (buffer_.size() < end_ + size) buffer_.resize(end_ + size);
  return {buffer_.data() + end_, size};
}

void parser::feed(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(prepare(bytes.size()).data(), bytes.data(), bytes.size());
  commit(bytes.size());
}

std::optional<frame_view> parser::next() {
  while (seen_ < end_) {
    const char* data = buffer_.data();
    const auto* found = static_cast<const char*>(std::memchr(data + seen_, '\n', end_ - seen_));
    if (!found) {
      seen_ = end_;
      if (end_ - line_ > limits_.line) {
        in_long_line_ = true;
        skip_frame(end_);
      }
      return std::nullopt;
    }
    const auto begin = line_;
    const auto stop = static_cast<std::size_t>(found - data);
    line_ = seen_ = stop + 1;
    if (in_long_line_) {
      in_long_line_ = false;
      frame_ = line_;
      continue;
    }
    if (stop - begin > limits_.line) {
      skip_frame(line_);
      continue;
    }
    const auto text_end = stop > begin && data[stop - 1] == '\r' ? stop - 1 : stop;
    if (text_end != begin) {
      take_line(begin, text_end);
    } else if (skipping_) {
      skipping_ = false;
      frame_ = line_;
    } else if (!places_.empty()) {
      return whole_frame();
    } else {
      frame_ = line_;
    }
  }
  return std::nullopt;
}

void parser::take_line(std::size_t begin, std::size_t end) {
  std::string_view line{buffer_.data() + begin, end - begin};
  line = line.substr(0, line.find('\0'));
  if (!greeted_) {
    greeted_ = true;
    if (line.starts_with(greeting_prefix)) {
      greeting_ = line.substr(greeting_prefix.size());
      frame_ = line_;
      return;
    }
  }
  if (skipping_) {
    frame_ = line_;
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    ++malformed_;
    return;
  }
  if (line_ - frame_ > limits_.frame || places_.size() == limits_.headers) {
    skip_frame(line_);
    return;
  }
  auto value = colon + 1;
  if (value < line.size() && line[value] == ' ') ++value;
  const auto at = static_cast<std::uint32_t>(begin - frame_);
  places_.push_back({at, static_cast<std::uint32_t>(colon), at + static_cast<std::uint32_t>(value),
                     static_cast<std::uint32_t>(line.size() - value)});
}

/// Drops what came of this frame up to `from`; the rest is dropped as it comes.
void parser::skip_frame(std::size_t from) noexcept {
  if (!skipping_) ++malformed_;
  skipping_ = true;
  greeted_ = true;
  places_.clear();
  frame_ = line_ = seen_ = from;
}

frame_view parser::whole_frame() {
  headers_.clear();
  const char* base = buffer_.data() + frame_;
  for (const auto& p : places_) headers_.push_back({{base + p.name, p.name_size}, {base + p.value, p.value_size}});
  places_.clear();
  frame_ = line_;
  return {headers_};
}

void parser::reset() noexcept {
  frame_ = line_ = seen_ = end_ = 0;
  places_.clear();
  skipping_ = in_long_line_ = greeted_ = false;
  greeting_.clear();
}

} // namespace evs::ami
