#pragma once
// Values as text for statement parameters. Nothing here ever becomes part of a statement.

#include "domain/id.hpp"
#include "domain/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evs::persistence::postgres {

/// One parameter: text that PostgreSQL casts, or NULL.
using parameter = std::optional<std::string>;
using parameters = std::vector<parameter>;

/// Valid UTF-8 without NUL: what PostgreSQL can't hold becomes U+FFFD, so that one bad byte doesn't cost a call its row.
std::string clean_utf8(std::string_view text);

/// An array literal: {"a","b",NULL}.
std::string array_literal(const std::vector<parameter>& elements);

/// NULL for "none".
inline parameter text_or_null(const std::string& text) { return text.empty() ? parameter{} : parameter{text}; }
template <class Tag>
parameter id_or_null(const id<Tag>& x) { return text_or_null(x.value); }

inline parameter flag(bool x) { return x ? "true" : "false"; }
inline parameter moment(timestamp t) { return to_iso8601(t); }
inline parameter moment(const std::optional<timestamp>& t) { return t ? moment(*t) : parameter{}; }
template <class Rep, class Period>
parameter whole(std::chrono::duration<Rep, Period> d) { return std::to_string(std::chrono::duration_cast<seconds>(d).count()); }

/// One column of many rows, for unnest(): field(row) of each, as an array literal.
template <class Rows, class Field>
parameter column(const Rows& rows, Field&& field) {
  std::vector<parameter> elements;
  elements.reserve(rows.size());
  for (const auto* row : rows)
    elements.push_back(field(*row));
  return array_literal(elements);
}

} // namespace evs::persistence::postgres
