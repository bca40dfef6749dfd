#include "transport/web/json_text.hpp"

#include "transport/web/utf8.hpp"

#include <cmath>
#include <cstdio>

namespace evs::web {

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    auto c = static_cast<unsigned char>(text.front());
    auto length = utf8_sequence(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      length = 1;
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(text.front());
    } else if (c < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  out.push_back('"');
}

std::string& json_object::key(std::string_view name) {
  if (out_.size() > 1) out_.push_back(',');
  out_.push_back('"');
  out_.append(name);
  out_.append("\":");
  return out_;
}

json_object& json_object::text(std::string_view name, std::string_view value) {
  append_json_string(key(name), value);
  return *this;
}

json_object& json_object::text_if(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}

json_object& json_object::decimal(std::string_view name, double value) {
  auto hundredths = std::isfinite(value) ? std::llround(value * 100) : 0;
  char digits[40];
  std::snprintf(digits, sizeof digits, "%s%lld", hundredths < 0 ? "-" : "", std::abs(hundredths / 100));
  auto& out = key(name) += digits;
  if (auto rest = std::abs(hundredths % 100)) {
    std::snprintf(digits, sizeof digits, ".%02lld", rest);
    out += digits;
    if (out.back() == '0') out.pop_back();
  }
  return *this;
}

json_object& json_object::flag(std::string_view name, bool value) {
  key(name) += value ? "true" : "false";
  return *this;
}

json_object& json_object::time(std::string_view name, timestamp value) { return text(name, to_iso8601(value)); }

json_object& json_object::time_if(std::string_view name, const std::optional<timestamp>& value) {
  return value ? time(name, *value) : *this;
}

json_object& json_object::raw(std::string_view name, std::string_view json) {
  key(name) += json;
  return *this;
}

std::string json_object::str() && {
  out_.push_back('}');
  return std::move(out_);
}

} // namespace evs::web
