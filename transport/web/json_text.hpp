#pragma once
// Writes JSON text directly: field order is what the code says, and every text comes out as valid UTF-8.

#include "domain/id.hpp"
#include "domain/time.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace evs::web {

/// Appends a JSON string literal. Bytes that are not UTF-8 (caller names come from anywhere) become U+FFFD: one
/// invalid byte in a text frame would make every browser that receives it drop its connection.
void append_json_string(std::string& out, std::string_view text);

/// One JSON object under construction. Fields that are "none" (empty id, empty optional) are left out.
class json_object {
public:
  json_object& text(std::string_view name, std::string_view value);
  json_object& text_if(std::string_view name, std::string_view value);
  template <std::integral Number> json_object& number(std::string_view name, Number value) {
    key(name) += std::to_string(value);
    return *this;
  }
  /// At most two decimals.
  json_object& decimal(std::string_view name, double value);
  json_object& flag(std::string_view name, bool value);
  json_object& time(std::string_view name, timestamp value);
  json_object& time_if(std::string_view name, const std::optional<timestamp>& value);
  template <class Tag> json_object& id(std::string_view name, const evs::id<Tag>& value) {
    return text(name, value.value);
  }
  template <class Tag> json_object& id_if(std::string_view name, const evs::id<Tag>& value) {
    return text_if(name, value.value);
  }
  /// `json` is JSON text already.
  json_object& raw(std::string_view name, std::string_view json);

  std::string str() &&;

private:
  std::string& key(std::string_view name);
  std::string out_{"{"};
};

} // namespace evs::web
