#pragma once
// From the rows of somebody's list to contacts: which column means what, and what of a row is kept.

#include "domain/requests/import_requests.hpp"
#include "domain/row_source.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace evs {

/// Reads a phone number as people write it; E.164 or a sentence for people.
using number_reader = std::function<result<std::string>(std::string_view typed)>;

/// A contact as a list has it, ready to be kept.
struct contact_candidate {
  std::string first_name, last_name, phone_number, phone_e164, postal_code;
  /// JSON object.
  std::string custom_fields;
};

/// Names of the fields that every contact has; all others are custom fields.
enum class contact_field : std::uint8_t { first_name, last_name, phone_number, postal_code, custom };
contact_field contact_field_of(std::string_view name) noexcept;

struct mapped_column {
  std::string field;
  contact_field kind = contact_field::custom;
  /// From 0.
  std::size_t column = 0;
};

struct column_map {
  std::vector<mapped_column> columns;
  /// Cells of the heading; a row with more of them, filled, was cut in the wrong places. 0: any number.
  std::size_t width = 0;
};

/// Finds the columns that the wish names. Case, accents and punctuation don't matter. Without a wish: the usual French and English
/// headings, and every other column becomes a custom field of its name. No phone number: a failure. `heading` null: numbers only.
result<column_map> map_columns(const mapping_wish& wish, const source_row* heading);

/// What of the row is kept. False: `reason` (for people) says why it can't be a contact.
bool make_candidate(const column_map& columns, const source_row& row, const number_reader& numbers, contact_candidate& out,
                    std::string& reason);

/// A contact that an older client sends as an object; the same rules.
bool make_candidate(const value& sent, const number_reader& numbers, contact_candidate& out, std::string& reason);

/// A heading or field name without case, accents and punctuation: "N° de Téléphone" is "ndetelephone".
std::string plain_name(std::string_view text);

/// Why rows are rejected; the first two as older clients know them.
inline constexpr std::string_view reason_invalid_number = "Numéro de téléphone invalide.";
inline constexpr std::string_view reason_duplicate = "Doublon détecté.";

} // namespace evs
