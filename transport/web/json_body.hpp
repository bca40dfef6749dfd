#pragma once
// A request's JSON object, read field by field; everything that is wrong with it is reported at once.

#include "domain/error.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace evs::web {

/// Older clients send fields that nobody reads any more; new paths say so.
enum class unknown_fields : std::uint8_t { ignored, refused };

class json_body {
public:
  json_body(std::string_view text, unknown_fields policy);
  ~json_body();

  /// A text of 1 to `longest` bytes; empty, and a problem noted, when it isn't.
  std::string required_text(std::string_view name, std::size_t longest);
  /// Absent, null and "" are the same.
  std::string optional_text(std::string_view name, std::size_t longest);
  /// Notes a problem of a field.
  void refuse(std::string_view name, std::string why);
  /// Nullopt when all was well; call it after the last field.
  std::optional<failure> problem();

private:
  struct content;
  std::unique_ptr<content> content_;
  unknown_fields policy_;
  failure problem_{errc::invalid_input, {}, {}};
};

} // namespace evs::web
