#include "transport/ami/frame_view.hpp"

namespace evs::ami {

namespace {
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
} // namespace

bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

std::string_view frame_view::get(std::string_view name) const noexcept {
  for (const auto& header : headers)
    if (same_name(header.name, name)) return header.value;
  return {};
}

bool frame_view::has(std::string_view name) const noexcept {
  for (const auto& header : headers)
    if (same_name(header.name, name)) return true;
  return false;
}

frame frame_view::copy() const {
  frame kept;
  kept.fields.reserve(headers.size());
  for (const auto& header : headers) kept.fields.emplace_back(header.name, header.value);
  return kept;
}

frame_view view_of(const frame& kept, std::vector<header_view>& room) {
  room.clear();
  for (const auto& [name, value] : kept.fields) room.push_back({name, value});
  return {room};
}

} // namespace evs::ami
