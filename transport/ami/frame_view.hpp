#pragma once
// One frame of the manager protocol as views into the bytes that arrived: nothing is copied until somebody keeps it.

#include "transport/ami/action.hpp"

#include <charconv>
#include <span>
#include <string_view>
#include <vector>

namespace evs::ami {

struct header_view {
  std::string_view name;
  std::string_view value;
};

/// Valid as long as the bytes it looks at: for a parser's frame until its next call.
struct frame_view {
  std::span<const header_view> headers;

  /// The first value of `name` (without case), or empty.
  std::string_view get(std::string_view name) const noexcept;
  bool has(std::string_view name) const noexcept;
  /// A copy that lasts.
  frame copy() const;
};

/// Looks at a kept frame; `room` holds the headers and must outlive the result.
frame_view view_of(const frame& kept, std::vector<header_view>& room);

/// Compares ASCII text without case.
bool same_name(std::string_view a, std::string_view b) noexcept;

/// A whole decimal number, or `otherwise`.
template <class Int> Int number_or(std::string_view text, Int otherwise) noexcept {
  Int value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : otherwise;
}

} // namespace evs::ami
