#include "domain/contact_mapping.hpp"

#include "domain/csv_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace evs {

namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_number = 40;
constexpr std::size_t longest_custom = 4000;
constexpr std::size_t most_custom = 1000;

struct known_field {
  std::string_view name;
  contact_field kind;
  std::string_view shown;
  std::array<std::string_view, 14> headings;
};

/// Plain names of headings; those that come first in the list are looked for first.
constexpr std::array known{
  known_field{"phoneNumber", contact_field::phone_number, "Téléphone",
              {"phonenumber", "telephone", "numerodetelephone", "notelephone", "ndetelephone", "tel", "phone", "numero", "portable", "mobile",
               "telephoneportable", "telephonemobile", "telephonefixe", "gsm"}},
  known_field{"firstName", contact_field::first_name, "Prénom", {"firstname", "prenom", "first", "givenname"}},
  known_field{"lastName", contact_field::last_name, "Nom", {"lastname", "nom", "nomdefamille", "last", "surname", "familyname", "name"}},
  known_field{"postalCode", contact_field::postal_code, "Code postal", {"postalcode", "codepostal", "cp", "zip", "zipcode", "postcode", "postal"}},
};

/// Latin-1 and Latin Extended-A letters of two bytes with the letter they are made of; anything else is dropped.
char base_letter(unsigned char first, unsigned char second) noexcept {
  const unsigned code = ((first & 0x1Fu) << 6) | (second & 0x3Fu);
  struct range {
    unsigned from, to;
    char letter;
  };
  constexpr std::array ranges{range{0xC0, 0xC5, 'a'}, range{0xC7, 0xC7, 'c'}, range{0xC8, 0xCB, 'e'}, range{0xCC, 0xCF, 'i'},
                              range{0xD1, 0xD1, 'n'}, range{0xD2, 0xD6, 'o'}, range{0xD9, 0xDC, 'u'}, range{0xDD, 0xDD, 'y'},
                              range{0xE0, 0xE5, 'a'}, range{0xE7, 0xE7, 'c'}, range{0xE8, 0xEB, 'e'}, range{0xEC, 0xEF, 'i'},
                              range{0xF1, 0xF1, 'n'}, range{0xF2, 0xF6, 'o'}, range{0xF9, 0xFC, 'u'}, range{0xFD, 0xFD, 'y'},
                              range{0xFF, 0xFF, 'y'}, range{0x152, 0x153, 'o'}};
  for (const auto& r : ranges)
    if (code >= r.from && code <= r.to)
      return r.letter;
  return 0;
}

/// Without spaces at both ends, no-break ones too.
std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view no_break = "\xC2\xA0", narrow_no_break = "\xE2\x80\xAF", blanks = " \t\r\n\v\f";
  for (bool again = true; again && !text.empty();) {
    again = true;
    if (blanks.find(text.front()) != std::string_view::npos)
      text.remove_prefix(1);
    else if (text.starts_with(no_break))
      text.remove_prefix(2);
    else if (text.starts_with(narrow_no_break))
      text.remove_prefix(3);
    else if (blanks.find(text.back()) != std::string_view::npos)
      text.remove_suffix(1);
    else if (text.ends_with(no_break))
      text.remove_suffix(2);
    else if (text.ends_with(narrow_no_break))
      text.remove_suffix(3);
    else
      again = false;
  }
  return text;
}

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool too_long(std::string_view text, std::size_t longest) noexcept { return text.size() > longest && characters(text) > longest; }

std::string too_long_sentence(std::string_view field, std::size_t longest) {
  return "« " + std::string{field} + " » dépasse " + std::to_string(longest) + " caractères.";
}

/// Whole characters, as far as a name may go.
std::string_view beginning(std::string_view name) noexcept {
  auto end = std::min(name.size(), longest_name);
  while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
    --end;
  return name.substr(0, end);
}

/// Builds one candidate field by field; says what is wrong.
class collector {
public:
  collector(contact_candidate& to, std::string& reason) : to_(to), reason_(reason) {
    to_.first_name.clear();
    to_.last_name.clear();
    to_.phone_number.clear();
    to_.phone_e164.clear();
    to_.postal_code.clear();
    to_.custom_fields = '{';
    reason_.clear();
  }

  bool take(contact_field kind, std::string_view name, std::string_view text) {
    switch (kind) {
    case contact_field::first_name: return keep(to_.first_name, name, text, longest_name);
    case contact_field::last_name: return keep(to_.last_name, name, text, longest_name);
    case contact_field::phone_number: return keep(to_.phone_number, name, text, longest_number);
    case contact_field::postal_code: return keep(to_.postal_code, name, text, longest_number);
    case contact_field::custom: break;
    }
    if (text.empty())
      return true;
    if (too_long(text, longest_custom))
      return refuse(too_long_sentence(name, longest_custom));
    return keep_custom(name, value{text});
  }

  bool keep_custom(std::string_view name, const value& what) {
    if (too_long(name, longest_name))
      return refuse("Un nom de champ dépasse " + std::to_string(longest_name) + " caractères.");
    if (++customs_ > most_custom)
      return refuse("Plus de " + std::to_string(most_custom) + " champs.");
    if (to_.custom_fields.size() > 1)
      to_.custom_fields += ',';
    append_json(to_.custom_fields, value{name});
    to_.custom_fields += ':';
    append_json(to_.custom_fields, what);
    return true;
  }

  bool finish(const number_reader& numbers) {
    to_.custom_fields += '}';
    if (to_.phone_number.empty())
      return refuse("Numéro de téléphone manquant.");
    auto read = numbers(to_.phone_number);
    if (!read)
      return refuse(std::string{reason_invalid_number});
    to_.phone_e164 = std::move(read.value());
    return true;
  }

  bool refuse(std::string why) {
    reason_ = std::move(why);
    return false;
  }

private:
  bool keep(std::string& place, std::string_view name, std::string_view text, std::size_t longest) {
    if (too_long(text, longest))
      return refuse(too_long_sentence(name, longest));
    place = text;
    return true;
  }

  contact_candidate& to_;
  std::string& reason_;
  std::size_t customs_ = 0;
};

std::optional<std::size_t> column_number(std::string_view text) noexcept {
  std::size_t out = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (ec != std::errc{} || end != text.data() + text.size() || out == 0 || out > 16384)
    return std::nullopt;
  return out - 1;
}

/// As written first, then as plain text; then as a number.
std::optional<std::size_t> find_column(const source_row* heading, const std::vector<std::string>& plain, std::string_view wanted) {
  if (heading) {
    for (std::size_t i = 0; i < heading->size(); ++i)
      if (trimmed((*heading)[i]) == trimmed(wanted))
        return i;
    const auto name = plain_name(wanted);
    const auto found = name.empty() ? plain.end() : std::find(plain.begin(), plain.end(), name);
    if (found != plain.end())
      return static_cast<std::size_t>(found - plain.begin());
  }
  const auto number = column_number(wanted);
  return number && (!heading || *number < heading->size()) ? number : std::nullopt;
}

/// The usual headings, then everything else under its own name.
void recognise(const source_row& heading, const std::vector<std::string>& plain, column_map& out) {
  std::vector<bool> taken(heading.size());
  for (const auto& field : known)
    for (auto usual : field.headings) {
      const auto found = usual.empty() ? plain.end() : std::find(plain.begin(), plain.end(), usual);
      if (found == plain.end() || taken[static_cast<std::size_t>(found - plain.begin())])
        continue;
      const auto column = static_cast<std::size_t>(found - plain.begin());
      taken[column] = true;
      out.columns.push_back({std::string{field.name}, field.kind, column});
      break;
    }
  for (std::size_t i = 0; i < heading.size(); ++i)
    if (const auto name = trimmed(heading[i]); !taken[i] && !name.empty())
      out.columns.push_back({std::string{beginning(name)}, contact_field::custom, i});
}

} // namespace

contact_field contact_field_of(std::string_view name) noexcept {
  for (const auto& field : known)
    if (field.name == name)
      return field.kind;
  return contact_field::custom;
}

std::string plain_name(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out += static_cast<char>(c);
    else if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if (c >= 0xC3 && c <= 0xC5 && i + 1 < text.size())
      if (const char letter = base_letter(c, static_cast<unsigned char>(text[++i])))
        out += letter;
  }
  return out;
}

result<column_map> map_columns(const mapping_wish& wish, const source_row* heading) {
  column_map out;
  std::vector<std::string> plain;
  if (heading) {
    out.width = heading->size();
    for (std::size_t i = 0; i < heading->size(); ++i)
      plain.push_back(plain_name((*heading)[i]));
  }
  failure wrong{errc::invalid_input, {}, {}};
  for (const auto& [field, column] : wish) {
    if (const auto found = find_column(heading, plain, column))
      out.columns.push_back({field, contact_field_of(field), *found});
    else
      wrong.fields.emplace("mapping." + field, "Le fichier n'a pas de colonne « " + column + " ».");
  }
  if (wish.empty() && heading)
    recognise(*heading, plain, out);
  if (wrong.fields.empty() && std::none_of(out.columns.begin(), out.columns.end(), [](auto& c) { return c.kind == contact_field::phone_number; }))
    wrong.fields.emplace("mapping.phoneNumber", "Indiquez la colonne du numéro de téléphone.");
  if (!wrong.fields.empty()) {
    for (const auto& [path, sentence] : wrong.fields)
      wrong.detail += (wrong.detail.empty() ? "" : " ") + sentence;
    return wrong;
  }
  return out;
}

bool make_candidate(const column_map& columns, const source_row& row, const number_reader& numbers, contact_candidate& out,
                    std::string& reason) {
  collector take{out, reason};
  if (!row.problem.empty())
    return take.refuse(row.problem);
  if (columns.width > 0)
    for (auto i = columns.width; i < row.size(); ++i)
      if (!trimmed(row[i]).empty())
        return take.refuse("La ligne a " + std::to_string(row.size()) + " cellules, l'en-tête en a " + std::to_string(columns.width) + ".");
  for (const auto& c : columns.columns)
    if (!take.take(c.kind, c.field, without_formula_guard(trimmed(row.cell(c.column)))))
      return false;
  return take.finish(numbers);
}

bool make_candidate(const value& sent, const number_reader& numbers, contact_candidate& out, std::string& reason) {
  collector take{out, reason};
  if (!sent.members())
    return take.refuse("Un contact est attendu.");
  for (const auto& field : known) {
    const auto* there = sent.find(field.name);
    if (!there || there->is_null())
      continue;
    const auto* text = there->text();
    // Older clients' spreadsheets give numbers.
    const auto number = there->integer() ? std::to_string(*there->integer()) : std::string{};
    if (!text && number.empty())
      return take.refuse("« " + std::string{field.shown} + " » : un texte est attendu.");
    if (!take.take(field.kind, field.name, trimmed(text ? std::string_view{*text} : std::string_view{number})))
      return false;
  }
  if (const auto* custom = sent.find("customFields"); custom && custom->members())
    for (const auto& [name, what] : *custom->members()) {
      if (const auto* text = what.text()) {
        if (!take.take(contact_field::custom, name, trimmed(*text)))
          return false;
      } else if (!what.is_null() && !take.keep_custom(name, what)) {
        return false;
      }
    }
  return take.finish(numbers);
}

} // namespace evs
