#pragma once
// Errors are values: one enum, one line a value, one text for people, one token for programs.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace evs {

enum class errc : std::uint8_t {
  /// The request itself is wrong (a field, a number, a label).
  invalid_input,
  /// No valid token, or a wrong password.
  unauthenticated,
  /// The role or the scope does not allow it.
  forbidden,
  /// No such thing, or none that the caller may see.
  not_found,
  /// The thing is in a state that refuses it (agent on a call, contact locked, stale version).
  conflict,
  /// Somebody else changed it since the caller read it (If-Match).
  stale,
  /// Too many requests; come back later.
  rate_limited,
  /// A limit of size.
  too_large,
  /// The agent has no phone that can ring.
  phone_unreachable,
  /// The site has no trunk, or its trunk is down.
  trunk_down,
  /// Every channel of the trunk is taken, or its calls per second are used up.
  trunk_full,
  /// Asterisk cannot be reached, or did not answer in time.
  telephony_unavailable,
  /// PostgreSQL cannot be reached, or did not answer in time.
  database_unavailable,
  /// The disk has no room for a file, or does not take it.
  storage_unavailable,
  /// An owner (actor) did not answer in time.
  timeout,
  /// A fault of ours; the log has the details.
  internal,
};

/// A stable token for programs: "trunk_down".
std::string_view token(errc code) noexcept;
/// A French sentence for people.
std::string_view sentence(errc code) noexcept;

/// Why something was refused or failed.
struct failure {
  errc code = errc::internal;
  /// What was tried, on what, what to do; empty: sentence(code) says it.
  std::string detail;
  /// Per field of the request, what is wrong with it.
  std::map<std::string, std::string> fields;

  std::string text() const { return detail.empty() ? std::string{sentence(code)} : detail; }
  friend bool operator==(const failure&, const failure&) = default;
};

/// A value or a failure.
template <class T>
class result {
public:
  result(T value) : content_(std::move(value)) {}
  result(failure why) : content_(std::move(why)) {}
  result(errc code, std::string detail = {}) : content_(failure{code, std::move(detail), {}}) {}

  bool ok() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  const T& value() const { return std::get<0>(content_); }
  T& value() { return std::get<0>(content_); }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }
  const failure& error() const { return std::get<1>(content_); }

private:
  std::variant<T, failure> content_;
};

/// For results that carry nothing.
struct done {
  friend bool operator==(const done&, const done&) = default;
};

} // namespace evs
