#pragma once
// Telephone numbers of the whole world, as people and spreadsheet programs write them.

#include "domain/error.hpp"

#include <string>
#include <string_view>

namespace evs::imports {

/// Reads numbers of one country and, with a "+" or that country's international prefix, of all others. Thread-safe.
class phone_reader {
public:
  /// `country`: ISO 3166, "FR".
  explicit phone_reader(std::string country);

  /// "+33612345678" for "06 12 34 56 78", "06.12.34.56.78", "+33 (0)6 12 34 56 78", "0033612345678", "612345678" (a program that
  /// took it for a number dropped the zero) and "33612345678". invalid_input for what no line of the country's plan can have.
  /// In France the numbers of the overseas departments are read as dialled there: "0262 ..." is "+262262...".
  result<std::string> e164(std::string_view typed) const;

private:
  std::string country_;
};

bool known_country(std::string_view code);

/// Country of a time zone ("Europe/Paris" is "FR"), by the system's zone.tab; "FR" for what isn't in it.
std::string country_of_zone(std::string_view time_zone);

} // namespace evs::imports
