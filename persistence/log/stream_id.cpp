#include "persistence/log/stream_id.hpp"

#include <charconv>

namespace evs::persistence {

namespace {

bool read(std::string_view text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::optional<stream_id> parse_stream_id(std::string_view text) {
  const auto hyphen = text.find('-');
  stream_id id;
  if (hyphen == std::string_view::npos || !read(text.substr(0, hyphen), id.epoch) || !read(text.substr(hyphen + 1), id.offset))
    return std::nullopt;
  return id;
}

std::string to_string(const stream_id& id) { return std::to_string(id.epoch) + '-' + std::to_string(id.offset); }

} // namespace evs::persistence
