#pragma once
// A JSON value: what a request's body is once it was read, and what nested settings are kept as. Std only.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace evs {

/// Objects keep the order of their members; a name that occurs twice is an error of whoever reads the text.
class value {
public:
  using array = std::vector<value>;
  using object = std::vector<std::pair<std::string, value>>;

  value() = default;
  value(std::nullptr_t) {}
  value(bool x) : content_(x) {}
  value(std::int64_t x) : content_(x) {}
  value(int x) : content_(std::int64_t{x}) {}
  value(double x) : content_(x) {}
  value(std::string x) : content_(std::move(x)) {}
  value(std::string_view x) : content_(std::string{x}) {}
  value(const char* x) : content_(std::string{x}) {}
  value(array x) : content_(std::move(x)) {}
  value(object x) : content_(std::move(x)) {}

  bool is_null() const noexcept { return content_.index() == 0; }
  /// Null when it is something else.
  const bool* flag() const noexcept { return std::get_if<bool>(&content_); }
  const std::int64_t* integer() const noexcept { return std::get_if<std::int64_t>(&content_); }
  const std::string* text() const noexcept { return std::get_if<std::string>(&content_); }
  const array* list() const noexcept { return std::get_if<array>(&content_); }
  const object* members() const noexcept { return std::get_if<object>(&content_); }
  array* list() noexcept { return std::get_if<array>(&content_); }
  object* members() noexcept { return std::get_if<object>(&content_); }
  /// Whole or not.
  bool is_number() const noexcept { return content_.index() == 2 || content_.index() == 3; }
  double number() const noexcept;

  /// Member of an object; null when this is no object or has none of that name.
  const value* find(std::string_view name) const noexcept;
  /// Sets or replaces a member; makes an object of null.
  void set(std::string_view name, value what);
  /// Removes a member, if it is there.
  void remove(std::string_view name);

  friend bool operator==(const value&, const value&) = default;

private:
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, array, object> content_;
};

/// JSON text. Strings must be UTF-8 (what reads requests makes sure of it); control characters are escaped.
std::string to_json(const value& what);
void append_json(std::string& out, const value& what);

} // namespace evs
