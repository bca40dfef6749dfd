#pragma once
// JSON text in, a plain value out.

#include "domain/error.hpp"
#include "domain/value.hpp"

#include <string_view>

namespace evs::web {

/// invalid_input with a sentence for text that is no JSON, is nested deeper than 32 or has bytes that are not UTF-8; with the path of
/// each ("pages[0].name") for a name that an object has twice, a text or a name with U+0000, and a number that no double holds.
/// An empty text reads as {}.
result<value> read_json(std::string_view text);

} // namespace evs::web
