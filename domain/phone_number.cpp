#include "domain/phone_number.hpp"

#include <algorithm>

namespace evs {

namespace {

constexpr std::size_t shortest = 3, longest = 20;
/// Digits of a subscriber's number without country code and trunk prefix, in France and in most of Europe.
constexpr std::size_t significant = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Removes every occurrence of `what`.
void drop(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.erase(at, what.size());
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_digit);
  return digits;
}

} // namespace

result<std::string> dialable(std::string_view typed) {
  // Longer than any number with its separators: nobody typed that.
  if (typed.size() > 80)
    return {errc::invalid_input, "Le numéro est trop long : 20 chiffres au plus."};
  std::string text{typed};
  drop(text, "\u00a0");
  drop(text, "\u202f");
  for (std::string_view separator : {" ", ".", "-"})
    drop(text, separator);
  if (text.starts_with('+') || text.starts_with("(+"))
    drop(text, "(0)");
  drop(text, "(");
  drop(text, ")");
  const bool plus = text.starts_with('+');
  auto digits = std::string_view{text}.substr(plus ? 1 : 0);
  if (!std::all_of(digits.begin(), digits.end(), is_digit))
    return {errc::invalid_input, "Le numéro contient un caractère interdit : seuls les chiffres, un + au début, les espaces, "
                                 "points, tirets et parenthèses sont admis."};
  if (digits.size() < shortest)
    return {errc::invalid_input, "Le numéro est trop court : 3 chiffres au moins."};
  if (digits.size() > longest)
    return {errc::invalid_input, "Le numéro est trop long : 20 chiffres au plus."};
  return text;
}

bool same_number(std::string_view a, std::string_view b) {
  const auto x = digits_of(a), y = digits_of(b);
  if (x.empty() || y.empty())
    return false;
  if (x.size() < significant || y.size() < significant)
    return x == y;
  return x.substr(x.size() - significant) == y.substr(y.size() - significant);
}

} // namespace evs
