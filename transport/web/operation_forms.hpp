#pragma once
// What the operations that are no plain resource take and answer, for the OpenAPI document. A test finds each route here and each line
// at a route.

#include <span>
#include <string_view>

namespace evs::web {

/// Members are written "name", "name!" (must be there), "name:integer" ("string" where nothing is said): boolean, integer, number, date-time, object,
/// objects (a list of them), strings, binary (a file).
struct operation_form {
  /// "POST /api/auth/login".
  std::string_view operation;
  /// Parameters of the query.
  std::string_view query{};
  /// Members of the body; empty: it takes none. What begins with "multipart " is a form (multipart/form-data).
  std::string_view body{};
  /// Of the answer when all goes well.
  unsigned status = 200;
  /// Members of the answer; "[]" and they are those of each element of a list; "text/csv", "audio/wav" ...: it is no JSON.
  std::string_view answer{};
};

std::span<const operation_form> operation_forms() noexcept;

/// Null: a plain resource, or unknown.
const operation_form* form_of(std::string_view operation) noexcept;

} // namespace evs::web
