#include "transport/ami/action.hpp"

#include "transport/ami/frame_view.hpp"

#include <algorithm>

namespace evs::ami {

namespace {

bool is_name_byte(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// Appends one line, or says what is wrong with it.
std::string append_line(std::string& bytes, std::string_view name, std::string_view value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_byte)) return "a header's name is empty or odd";
  if (std::any_of(value.begin(), value.end(), is_control)) return "control byte in " + std::string{name};
  if (value.starts_with(' ')) return "leading blank in " + std::string{name};
  if (name.size() + value.size() + 4 > max_line) return "line too long: " + std::string{name};
  bytes.append(name).append(": ").append(value).append("\r\n");
  return {};
}

} // namespace

std::string_view frame::get(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields)
    if (same_name(key, name)) return value;
  return {};
}

bool frame::has(std::string_view name) const noexcept {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return same_name(field.first, name); });
}

result<std::string> serialize(const action& what, std::string_view action_id) {
  if (what.headers.size() + 2 > max_headers)
    return {errc::invalid_input, what.name + ": more headers than Asterisk takes"};
  if (what.name.empty() || !std::all_of(what.name.begin(), what.name.end(), is_name_byte))
    return {errc::invalid_input, "an action's name is empty or odd"};
  std::string bytes;
  bytes.reserve(64 + what.headers.size() * 40);
  auto wrong = append_line(bytes, "Action", what.name);
  if (wrong.empty() && !action_id.empty()) wrong = append_line(bytes, "ActionID", action_id);
  for (const auto& [name, value] : what.headers) {
    if (!wrong.empty()) break;
    if (same_name(name, "Action") || same_name(name, "ActionID")) wrong = "a second " + name;
    else wrong = append_line(bytes, name, value);
  }
  if (!wrong.empty()) return {errc::invalid_input, what.name + ": " + wrong};
  bytes.append("\r\n");
  return bytes;
}

} // namespace evs::ami
