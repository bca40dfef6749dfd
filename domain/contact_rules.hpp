#pragma once
// Which contacts a campaign hands out, when again, and what becomes of a lock whose owner is gone. The database decides by the same
// rules in SQL (migrations 0007 and 0008), where millions of rows are; a test compares both.

#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evs::contact_rules {

enum class comparison : std::uint8_t { equals, starts_with, contains, is_not_empty };

/// "starts_with"; nullopt for anything else.
std::optional<comparison> comparison_from_token(std::string_view text) noexcept;

/// Whether a field with that text (absent: "") matches. To the letter: no case is folded.
bool matches(std::string_view present, comparison how, std::string_view wanted) noexcept;

struct field_rule {
  std::string field;
  comparison how = comparison::equals;
  std::string value;
};

struct filter {
  bool include = true;
  field_rule rule;
};

/// The texts of a contact's fields; absent ones are "".
class fields {
public:
  virtual ~fields() = default;
  virtual std::string text(std::string_view field) const = 0;
};

/// Of the filters that include, one a field must match; of those that exclude, none may.
bool passes(std::span<const filter> filters, const fields& contact);

/// Quotas that the contact matches: bit i is the i-th rule, of 62 at most.
std::uint64_t quota_mask(std::span<const field_rule> quotas, const fields& contact);

/// Whether a contact may be handed out: with quotas it must match one at least, and none that it matches may be full (`full`: a bit
/// each, places of contacts in progress counted).
bool may_be_handed_out(std::span<const filter> filters, bool quotas_on, std::span<const field_rule> quotas, std::uint64_t full,
                       const fields& contact);

struct retry_rules {
  int attempts = 0;
  std::vector<int> intervals_min;
  /// Codes or ids of qualifications after which a contact is tried again by itself, or their names_in_older_clients().
  std::vector<std::string> on_status;
};

/// What older clients call a standard qualification in retryOnStatus: BUSY for 90.
std::span<const std::string_view> names_in_older_clients(std::string_view code) noexcept;

/// When a contact that was just qualified so is handed out again; nullopt: not by itself. `dialled`: how often it was, this time
/// included; the last interval counts for all further ones.
std::optional<timestamp> relaunch_time(const retry_rules& rules, int dialled, std::string_view code, std::string_view id, timestamp now);

/// What people type in a search field, read as the beginning of a number in E.164: "06 12" -> "+33612" with country code 33,
/// "0033 6" -> "+336", "+33 6". nullopt: it is no number, or too short to search for (3 digits).
std::optional<std::string> number_prefix(std::string_view typed, std::string_view country_code = "33");

} // namespace evs::contact_rules
