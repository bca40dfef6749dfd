#include "persistence/postgres/retention.hpp"

#include <algorithm>
#include <array>

namespace evs::persistence::postgres {

namespace {

constexpr std::array<std::string_view, 4> names{"recordingsMonths", "callsMonths", "statesMonths", "planningMonths"};

constexpr statement read_rules{
    "retention_read",
    "select json_build_object('recordingsMonths', r.\"recordingsMonths\", 'callsMonths', r.\"callsMonths\", 'statesMonths', r.\"statesMonths\", "
    "'planningMonths', r.\"planningMonths\", 'runs', (select coalesce(json_agg(n), '[]') from (select iso8601(started_at) as \"startedAt\", "
    "iso8601(finished_at) as \"finishedAt\", recordings, calls, states, planning from retention_runs order by id desc limit 10) n))::text "
    "from api_retention_settings r"};

/// What is null in the first four stays, unless the same place of the last four says that null is meant.
constexpr statement write_rules{
    "retention_write",
    "insert into retention_settings as r (recordings_months, calls_months, states_months, planning_months) "
    "values (case when $5::boolean then $1::integer else 6 end, $2::integer, $3::integer, $4::integer) on conflict (singleton) do update set "
    "recordings_months = case when $5::boolean then $1::integer else r.recordings_months end, "
    "calls_months = case when $6::boolean then $2::integer else r.calls_months end, "
    "states_months = case when $7::boolean then $3::integer else r.states_months end, "
    "planning_months = case when $8::boolean then $4::integer else r.planning_months end, updated_at = now()"};

data_answer shown(const rows& found) {
  data_answer out;
  out.json = found.empty()
                 ? R"({"recordingsMonths":6,"callsMonths":null,"statesMonths":null,"planningMonths":null,"runs":[]})"
                 : found.front().text(0);
  return out;
}

} // namespace

result<data_answer> retention_settings(workplace& at) { return shown(at.db.run(read_rules)); }

result<data_answer> change_retention(workplace& at, const set_retention& asked) {
  failure wrong{errc::invalid_input, {}, {}};
  const auto* given = asked.body.members();
  if (!given) return failure{errc::invalid_input, "Un objet est attendu.", {}};
  for (const auto& [name, what] : *given) {
    const auto* months = what.integer();
    if (std::find(names.begin(), names.end(), name) == names.end()) wrong.fields.emplace(name, "Champ inconnu.");
    else if (!what.is_null() && (!months || *months < 1 || *months > 120))
      wrong.fields.emplace(name, "Un nombre de mois de 1 à 120 est attendu, ou null pour toujours.");
  }
  if (!wrong.fields.empty()) return wrong;
  parameters values, meant;
  for (const auto name : names) {
    const auto* months = asked.body.find(name);
    values.push_back(months && months->integer() ? parameter{std::to_string(*months->integer())} : parameter{});
    meant.push_back(flag(months != nullptr));
  }
  values.insert(values.end(), meant.begin(), meant.end());
  return in_transaction(at, [&](transaction& t) {
    t.run(write_rules, values);
    return shown(t.run(read_rules));
  });
}

} // namespace evs::persistence::postgres
