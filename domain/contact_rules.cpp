#include "domain/contact_rules.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace evs::contact_rules {

std::optional<comparison> comparison_from_token(std::string_view text) noexcept {
  if (text == "equals") return comparison::equals;
  if (text == "starts_with") return comparison::starts_with;
  if (text == "contains") return comparison::contains;
  if (text == "is_not_empty") return comparison::is_not_empty;
  return std::nullopt;
}

bool matches(std::string_view present, comparison how, std::string_view wanted) noexcept {
  switch (how) {
  case comparison::equals: return present == wanted;
  case comparison::starts_with: return present.starts_with(wanted);
  case comparison::contains: return present.find(wanted) != std::string_view::npos;
  case comparison::is_not_empty: return !present.empty();
  }
  return false;
}

bool passes(std::span<const filter> filters, const fields& contact) {
  std::map<std::string_view, bool> included;
  for (const auto& f : filters) {
    const bool fits = matches(contact.text(f.rule.field), f.rule.how, f.rule.value);
    if (!f.include && fits) return false;
    if (f.include) included[f.rule.field] |= fits;
  }
  return std::all_of(included.begin(), included.end(), [](const auto& field) { return field.second; });
}

std::uint64_t quota_mask(std::span<const field_rule> quotas, const fields& contact) {
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < quotas.size() && i < 62; ++i)
    if (matches(contact.text(quotas[i].field), quotas[i].how, quotas[i].value)) mask |= std::uint64_t{1} << i;
  return mask;
}

bool may_be_handed_out(std::span<const filter> filters, bool quotas_on, std::span<const field_rule> quotas, std::uint64_t full,
                       const fields& contact) {
  if (!passes(filters, contact)) return false;
  if (!quotas_on) return true;
  const auto mask = quota_mask(quotas, contact);
  return mask != 0 && (mask & full) == 0;
}

std::span<const std::string_view> names_in_older_clients(std::string_view code) noexcept {
  static constexpr std::array<std::string_view, 1> busy{"BUSY"}, absent{"NO_ANSWER"}, unreachable{"CONGESTION"};
  static constexpr std::array<std::string_view, 2> machine{"VOICEMAIL", "ANSWERING_MACHINE"};
  if (code == "90") return busy;
  if (code == "92") return absent;
  if (code == "93") return machine;
  if (code == "96") return unreachable;
  return {};
}

std::optional<timestamp> relaunch_time(const retry_rules& rules, int dialled, std::string_view code, std::string_view id, timestamp now) {
  const auto older = names_in_older_clients(code);
  const bool wanted = std::any_of(rules.on_status.begin(), rules.on_status.end(), [&](const std::string& status) {
    return !status.empty() && (status == code || status == id || std::find(older.begin(), older.end(), status) != older.end());
  });
  if (!wanted || dialled < 1 || dialled > rules.attempts || rules.intervals_min.empty()) return std::nullopt;
  const auto which = std::min<std::size_t>(static_cast<std::size_t>(dialled), rules.intervals_min.size()) - 1;
  return now + std::chrono::minutes{rules.intervals_min[which]};
}

std::optional<std::string> number_prefix(std::string_view typed, std::string_view country_code) {
  std::string digits;
  bool plus = false;
  for (char c : typed) {
    if (c >= '0' && c <= '9') digits += c;
    else if (c == '+' && digits.empty() && !plus) plus = true;
    else if (std::string_view{" .-()/"}.find(c) == std::string_view::npos) return std::nullopt;
  }
  if (digits.size() < 3) return std::nullopt;
  if (plus) return '+' + digits;
  if (digits.starts_with("00")) return '+' + digits.substr(2);
  if (digits.starts_with('0')) return '+' + std::string{country_code} + digits.substr(1);
  return '+' + digits;
}

} // namespace evs::contact_rules
