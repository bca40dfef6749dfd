#include "persistence/log/entry_fields.hpp"

#include <charconv>

namespace evs::persistence {

entry_fields to_fields(const log_entry& entry) {
  entry_fields fields{{"type", entry.type}, {"entity", entry.entity}, {"payload", entry.payload}};
  if (!entry.state.empty())
    fields.emplace_back("state", entry.state);
  if (entry.whom.min_role)
    fields.emplace_back("role", std::string{to_string(*entry.whom.min_role)});
  if (!entry.whom.site.empty())
    fields.emplace_back("site", entry.whom.site.value);
  for (const auto& user : entry.whom.also_to)
    fields.emplace_back("user", user.value);
  for (const auto& user : entry.whom.about)
    fields.emplace_back("about", user.value);
  if (entry.whom.known_at)
    fields.emplace_back("known_at", entry.whom.known_at->value);
  for (const auto& user : entry.whom.known_with)
    fields.emplace_back("known_with", user.value);
  if (entry.caused_us != 0)
    fields.emplace_back("caused", std::to_string(entry.caused_us));
  if (entry.source != 0)
    fields.emplace_back("source", std::to_string(entry.source));
  return fields;
}

std::optional<log_entry> from_fields(const entry_fields& fields) {
  log_entry entry;
  bool typed = false;
  for (const auto& [name, value] : fields) {
    if (name == "type") {
      entry.type = value;
      typed = true;
    } else if (name == "entity") {
      entry.entity = value;
    } else if (name == "payload") {
      entry.payload = value;
    } else if (name == "state") {
      entry.state = value;
    } else if (name == "role") {
      entry.whom.min_role = role_from_string(value);
      // An unknown role must not widen the audience: without one the entry reaches the named users only.
    } else if (name == "site") {
      entry.whom.site = site_id{value};
    } else if (name == "user") {
      entry.whom.also_to.emplace_back(value);
    } else if (name == "about") {
      entry.whom.about.emplace_back(value);
    } else if (name == "known_at") {
      entry.whom.known_at = site_id{value};
    } else if (name == "known_with") {
      entry.whom.known_with.emplace_back(value);
    } else if (name == "caused") {
      std::from_chars(value.data(), value.data() + value.size(), entry.caused_us);
    } else if (name == "source") {
      std::from_chars(value.data(), value.data() + value.size(), entry.source);
    }
  }
  return typed ? std::optional{std::move(entry)} : std::nullopt;
}

} // namespace evs::persistence
