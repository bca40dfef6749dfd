#pragma once
// Telephone numbers as people type them and as trunks may dial them. Reading them as E.164 with each country's rules
// comes later, with libphonenumber.

#include "domain/error.hpp"

#include <string>
#include <string_view>

namespace evs {

/// What a trunk may dial: 3 to 20 digits, with a leading '+' if one was typed. Spaces (no-break ones too), '.', '-', '('
/// and ')' are dropped, and so is the "(0)" of "+33 (0)1 ...". Anything else makes it invalid_input with a French sentence.
result<std::string> dialable(std::string_view typed);

/// Whether two numbers are probably the same line written differently: equal digits, or the last nine equal
/// ("+33 1 40 00 00 01" and "0140000001"). For display and lookup, never for a legal decision.
bool same_number(std::string_view a, std::string_view b);

} // namespace evs
