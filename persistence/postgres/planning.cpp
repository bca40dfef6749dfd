// Planning events: who may see and change which, groups as targets, occurrences of rules. The announcements are triggers' work (0013).

#include "persistence/postgres/areas.hpp"

#include "calendar/planning_event.hpp"
#include "persistence/postgres/cursor.hpp"
#include "persistence/postgres/scope.hpp"

#include <algorithm>
#include <map>

namespace evs::persistence::postgres {

namespace {

using calendar::planning_draft;
using calendar::span;
using calendar::zone;

constexpr std::size_t most_events = 20'000;
constexpr std::size_t most_occurrences = 20'000;
constexpr std::size_t most_agents = 2'000;

/// The person whose planning it is, as u; his own, or that of somebody in the caller's charge.
#define SUPERVISED EVS_IN_CHARGE_OF("u.id", "u.site_id")
#define IN_CHARGE "(u.id = who.id or " SUPERVISED ")"
#define EVENT                                                                                                                           \
  "e.id, e.agent_id, e.activity_id, (extract(epoch from e.starts_at) * 1000)::bigint, (extract(epoch from e.ends_at) * 1000)::bigint, " \
  "e.rrule, e.timezone, e.site_id"

/// $4, $5 window or null; $6 start and $7 id to continue after; $8 limit; $9 agent, $10 site, $11 activity.
constexpr statement list_events{
    "planning_list", EVS_WITH_WHO
    "select " EVENT
    ", " EVS_EXACT_MOMENT("e.starts_at") " from planning_events e join users u on u.id = e.agent_id, who where " IN_CHARGE
    " and ($4::timestamptz is null or (e.starts_at < $5::timestamptz and (e.last_end is null or e.last_end > $4::timestamptz)))"
    " and ($6::timestamptz is null or (e.starts_at, e.id) > ($6::timestamptz, $7::text))"
    " and ($9::text is null or e.agent_id = $9::text) and ($10::text is null or e.site_id = $10::text) and ($11::text is null or e.activity_id = $11::text)"
    " order by e.starts_at, e.id limit $8::bigint"};

constexpr statement one_event{
    "planning_one", EVS_WITH_WHO
    "select " EVENT " from planning_events e join users u on u.id = e.agent_id, who where e.id = $4 and " IN_CHARGE};
/// Whoever changes an event must be in charge of its agent: rank 1 at least.
constexpr statement lock_event{
    "planning_lock",
    EVS_WITH_WHO "select " EVENT
                 " from planning_events e join users u on u.id = e.agent_id, who where e.id = $4 and " SUPERVISED " for update of e"};

/// The people that the ids in $4 stand for, with the wall clock that their hours are meant on ($5: of this site, $6: this one). `given` is the
/// id that led here. Older clients put the kind before the id ("user-" + id, "group-" + id); an id that is there as it stands is meant as it stands.
constexpr statement expand_targets{
    "planning_targets", EVS_WITH_WHO
    ", wanted as (select w, u.id from unnest($4::text[]) w join users u on u.id = w union "
    "select w, m.user_id from unnest($4::text[]) w join user_group_members m on m.group_id = w union "
    "select w, u.id from unnest($4::text[]) w join users u on w like 'user-%' and u.id = substr(w, 6) "
    "where not exists (select from users same where same.id = w) union "
    "select w, m.user_id from unnest($4::text[]) w join user_group_members m on w like 'group-%' and m.group_id = substr(w, 7) "
    "where not exists (select from user_groups same where same.id = w)) "
    "select w.w, u.id, coalesce($6::text, (select s.timezone from sites s where s.id = $5::text), t.timezone, 'Europe/Paris') "
    "from wanted w join users u on u.id = w.id left join sites t on t.id = u.site_id, who "
    "where u.is_active and " SUPERVISED " order by u.login_id, u.id"};

/// $4 activity, $5 site: one that he may not see is none; $6 the site that the event has already.
constexpr statement references{
    "planning_references", EVS_WITH_WHO
    "select exists (select from activity_types where id = $4), exists (select from sites s where s.id = $5 and (" EVS_SUPERVISES("s.id") " or s.id = $6)) from who"};

constexpr statement insert_events{
    "planning_insert",
    "insert into planning_events (id, agent_id, activity_id, starts_at, ends_at, rrule, timezone, site_id, last_end) "
    "select coalesce($1::text, 'planning-' || gen_random_uuid()), n.agent, $4, $5::timestamptz, $6::timestamptz, $7, n.zone, $8, n.last "
    "from unnest($2::text[], $3::text[], $9::timestamptz[]) as n (agent, zone, last) returning id"};

constexpr statement update_event{
    "planning_update",
    "update planning_events set agent_id = $2, activity_id = $3, starts_at = $4::timestamptz, ends_at = $5::timestamptz, rrule = $6, timezone = $7, "
    "site_id = $8, last_end = $9::timestamptz, updated_at = now() where id = $1"};

constexpr statement delete_events{
    "planning_delete", EVS_WITH_WHO
    "delete from planning_events e using users u, who where u.id = e.agent_id and e.id = any($4::text[]) and " SUPERVISED " returning e.id"};
constexpr statement delete_all{
    "planning_clear",
    EVS_WITH_WHO "delete from planning_events e using users u, who where u.id = e.agent_id and " SUPERVISED " returning e.id"};

struct event {
  std::string id;
  std::string agent;
  parameter activity;
  span first;
  std::string rule;
  std::string zone_name;
  parameter site;
};

event to_event(const row& r) {
  const auto optional = [&](std::size_t i) { return r.is_null(i) ? parameter{} : parameter{r.text(i)}; };
  return {r.text(0), r.text(1), optional(2), {r.moment(3), r.moment(4)}, r.text(5), r.text(6), optional(7)};
}

value text_or_nothing(const parameter& p) { return p ? value{*p} : value{}; }

value to_value(const event& e) {
  value out{value::object{}};
  out.set("id", e.id);
  out.set("agentId", e.agent);
  out.set("activityId", text_or_nothing(e.activity));
  out.set("startDate", to_iso8601(e.first.start));
  out.set("endDate", to_iso8601(e.first.end));
  out.set("rrule", e.rule.empty() ? value{} : value{e.rule});
  out.set("siteId", text_or_nothing(e.site));
  out.set("timezone", e.zone_name);
  return out;
}

/// A zone that the machine has lost is read as UTC rather than losing the plan.
zone zone_of(const std::string& name) {
  auto found = zone::find(name);
  return found ? *found : zone::find("UTC").value();
}

data_answer said(const value& what, unsigned status = 200) {
  data_answer out;
  out.status = status;
  out.json = to_json(what);
  return out;
}

failure not_there() { return {errc::not_found, "Cet événement n'existe pas, ou n'est pas de votre ressort.", {}}; }

failure wrong_field(const char* name, std::string sentence) {
  return {errc::invalid_input, {}, {{name, std::move(sentence)}}};
}

// ---------------------------------------------------------------- reading

/// The events with the occurrences that touch the window; a rule without any there is left out.
result<value::array> expanded(const std::vector<event>& all, timestamp from, timestamp to) {
  value::array out;
  std::size_t left = most_occurrences;
  std::map<std::string, zone> zones;
  for (const auto& e : all) {
    auto shown = to_value(e);
    if (!e.rule.empty()) {
      auto where = zones.find(e.zone_name);
      if (where == zones.end()) where = zones.emplace(e.zone_name, zone_of(e.zone_name)).first;
      const auto each = calendar::occurrences(e.rule, e.first, where->second, from, to, left + 1);
      if (each.size() > left)
        return wrong_field("end", "Trop d'occurrences : choisissez une période plus courte ou moins d'agents.");
      left -= each.size();
      if (each.empty()) continue;
      value::array times;
      for (const auto& s : each)
        times.push_back(value::object{{"startDate", to_iso8601(s.start)}, {"endDate", to_iso8601(s.end)}});
      shown.set("occurrences", std::move(times));
    }
    out.push_back(std::move(shown));
  }
  return out;
}

result<data_answer> list(workplace& at, const requester& who, const list_planning& asked) {
  const auto after = read_cursor(asked.query.cursor, {key_part::moment, key_part::text});
  if (!after) return after.error();
  if (!asked.query.sort.empty() && asked.query.sort != "startDate")
    return wrong_field("sort", "Tris possibles : startDate.");
  const auto limit = asked.query.paged ? static_cast<std::size_t>(asked.query.limit) : most_events;
  auto values = asks(who.who);
  values.push_back(moment(asked.from));
  values.push_back(moment(asked.to));
  values.push_back((*after)[0]);
  values.push_back((*after)[1]);
  values.push_back(std::to_string(limit + 1));
  for (const char* name : {"agentId", "siteId", "activityId"}) values.push_back(filter_value(asked.query, name));
  auto found = at.db.run(list_events, std::move(values));
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  if (more && !asked.query.paged) return wrong_field("start", "Trop d'événements : indiquez start et end, ou limit.");
  std::vector<event> all;
  for (const auto& r : found) all.push_back(to_event(r));
  value::array items;
  if (asked.from) {
    auto shown = expanded(all, *asked.from, *asked.to);
    if (!shown) return shown.error();
    items = std::move(*shown);
  } else {
    for (const auto& e : all) items.push_back(to_value(e));
  }
  if (!asked.query.paged) return said(value{std::move(items)});
  value page{value::object{}};
  page.set("items", std::move(items));
  page.set("nextCursor", more ? value{make_cursor({found.back().text(8), found.back().text(0)})} : value{});
  return said(page);
}

std::optional<event> find(transaction& t, const viewer& who, const statement& how, const std::string& id) {
  auto values = asks(who);
  values.emplace_back(id);
  const auto found = t.run(how, std::move(values));
  return found.empty() ? std::nullopt : std::optional{to_event(found.front())};
}

result<data_answer> read(workplace& at, const requester& who, const read_planning& asked) {
  std::optional<event> found;
  at.db.run(isolation::none, [&](transaction& t) { found = find(t, who.who, one_event, asked.id); });
  if (!found) return not_there();
  return said(to_value(*found));
}

// ---------------------------------------------------------------- changing

void check_references(transaction& t, const viewer& who, const parameter& activity, const parameter& site,
                      const parameter& present_site = {}) {
  auto values = asks(who);
  for (const auto& one : {activity, site, present_site}) values.push_back(one);
  const auto there = t.run(references, std::move(values)).at(0);
  failure wrong{errc::invalid_input, {}, {}};
  if (activity && !there.flag(0)) wrong.fields.emplace("activityId", "« " + *activity + " » n'existe pas.");
  if (site && !there.flag(1)) wrong.fields.emplace("siteId", "« " + *site + " » n'existe pas.");
  if (!wrong.fields.empty()) throw refused{wrong};
}

parameter none_if_empty(const std::optional<std::string>& text) { return text ? text_or_null(*text) : parameter{}; }

struct target {
  std::string agent;
  std::string zone_name;
};

/// The people behind the ids; an id that stands for nobody in the caller's charge is refused by name.
std::vector<target> people(transaction& t, const viewer& who, const std::vector<std::string>& ids,
                           const parameter& site, const parameter& zone_name) {
  std::vector<parameter> wanted(ids.begin(), ids.end());
  auto values = asks(who);
  values.push_back(array_literal(wanted));
  values.push_back(site);
  values.push_back(zone_name);
  std::vector<target> out;
  std::vector<std::string> used;
  for (const auto& r : t.run(expand_targets, std::move(values))) {
    used.push_back(r.text(0));
    if (std::none_of(out.begin(), out.end(), [&](const target& o) { return o.agent == r.text(1); }))
      out.push_back({r.text(1), r.text(2)});
  }
  for (const auto& id : ids)
    if (std::find(used.begin(), used.end(), id) == used.end())
      throw refused{
          wrong_field("targetIds",
                      "« " + id + " » n'est pas un utilisateur actif de votre ressort, ni un groupe qui en contient.")};
  if (out.size() > most_agents)
    throw refused{wrong_field("targetIds", "Au plus " + std::to_string(most_agents) + " agents à la fois.")};
  return out;
}

std::optional<timestamp> last_end(const span& first, const std::string& rule, const zone& where) {
  auto checked = calendar::check_planning(first, rule, where);
  if (!checked) throw refused{checked.error()};
  return *checked;
}

value make(transaction& t, const requester& who, const value& body) {
  const auto* inner = body.find("eventData");
  const auto draft = calendar::read_planning_event(inner ? *inner : body, true);
  if (!draft) throw refused{draft.error()};
  auto ids = calendar::read_targets(body);
  if (!ids) throw refused{ids.error()};
  if (ids->empty() && draft->agent && !draft->agent->empty()) ids.value().push_back(*draft->agent);
  if (ids->empty()) throw refused{wrong_field("targetIds", "Au moins un agent ou un groupe est nécessaire.")};
  const auto site = none_if_empty(draft->site), activity = none_if_empty(draft->activity),
             rule = none_if_empty(draft->rule);
  check_references(t, who.who, activity, site);
  const auto agents = people(t, who.who, *ids, site, none_if_empty(draft->zone));
  if (!draft->id.empty() && (agents.size() != 1 || !valid_id(draft->id)))
    throw refused{wrong_field(
        "id", "Un identifiant est choisi pour un seul événement : lettres, chiffres, « - », « _ », « . ».")};
  const span first{*draft->start, *draft->end};
  std::map<std::string, parameter> ends;
  for (const auto& a : agents)
    if (!ends.contains(a.zone_name))
      ends[a.zone_name] = moment(last_end(first, rule.value_or(""), zone_of(a.zone_name)));
  std::vector<const target*> rows;
  for (const auto& a : agents) rows.push_back(&a);
  const auto made =
      t.run(insert_events,
            {text_or_null(draft->id), column(rows, [](const target& a) { return parameter{a.agent}; }),
             column(rows, [](const target& a) { return parameter{a.zone_name}; }), activity, moment(first.start),
             moment(first.end), rule, site, column(rows, [&](const target& a) { return ends[a.zone_name]; })});
  value::array events;
  for (const auto& r : made)
    if (auto e = find(t, who.who, one_event, r.text(0))) events.push_back(to_value(*e));
  value out{value::object{}};
  out.set("created", static_cast<std::int64_t>(events.size()));
  out.set("events", std::move(events));
  return out;
}

value change(transaction& t, const requester& who, const update_planning& asked) {
  auto now = find(t, who.who, lock_event, asked.id);
  if (!now) throw refused{not_there()};
  const auto* inner = asked.body.find("eventData");
  const auto draft = calendar::read_planning_event(inner ? *inner : asked.body, false);
  if (!draft) throw refused{draft.error()};
  const auto site_before = now->site;
  if (draft->activity) now->activity = text_or_null(*draft->activity);
  if (draft->site) now->site = text_or_null(*draft->site);
  if (draft->rule) now->rule = *draft->rule;
  if (draft->start) now->first.start = *draft->start;
  if (draft->end) now->first.end = *draft->end;
  check_references(t, who.who, now->activity, now->site, site_before);
  const auto given_zone = none_if_empty(draft->zone);
  if (draft->agent && *draft->agent != now->agent) {
    const auto person = people(t, who.who, {*draft->agent}, now->site, given_zone);
    if (person.size() != 1) throw refused{wrong_field("agentId", "Un événement concerne un seul agent.")};
    now->agent = person.front().agent;
    if (!given_zone) now->zone_name = person.front().zone_name;
  }
  if (given_zone) now->zone_name = *given_zone;
  const auto last = last_end(now->first, now->rule, zone_of(now->zone_name));
  t.run(update_event, {now->id, now->agent, now->activity, moment(now->first.start), moment(now->first.end),
                       text_or_null(now->rule), now->zone_name, now->site, moment(last)});
  return to_value(*now);
}

data_answer remove(transaction& t, const requester& who, const remove_planning& asked) {
  auto values = asks(who.who);
  values.push_back(array_literal(std::vector<parameter>(asked.ids.begin(), asked.ids.end())));
  const auto gone = t.run(delete_events, std::move(values));
  if (asked.one && gone.empty()) throw refused{not_there()};
  if (!asked.one) return said(value::object{{"deleted", static_cast<std::int64_t>(gone.size())}});
  data_answer out;
  out.status = 204;
  return out;
}

std::optional<failure> explained(const store_rejected& said_no) {
  if (std::string{said_no.what()}.find("planning_events_pkey") == std::string::npos) return std::nullopt;
  return failure{errc::conflict, "Cet identifiant existe déjà.", {{"id", "Cet identifiant existe déjà."}}};
}

} // namespace

result<data_answer> answer(workplace& at, const requester& who, const planning_request& what) {
  struct each {
    workplace& at;
    const requester& who;
    result<data_answer> operator()(const list_planning& asked) const { return list(at, who, asked); }
    result<data_answer> operator()(const read_planning& asked) const { return read(at, who, asked); }
    result<data_answer> operator()(const create_planning& asked) const {
      return in_transaction(at, [&](transaction& t) { return said(make(t, who, asked.body), 201); }, explained);
    }
    result<data_answer> operator()(const update_planning& asked) const {
      return in_transaction(at, [&](transaction& t) { return said(change(t, who, asked)); });
    }
    result<data_answer> operator()(const remove_planning& asked) const {
      return in_transaction(at, [&](transaction& t) { return remove(t, who, asked); });
    }
    result<data_answer> operator()(const clear_planning&) const {
      return in_transaction(at, [&](transaction& t) {
        return said(value::object{{"deleted", static_cast<std::int64_t>(t.run(delete_all, asks(who.who)).size())}});
      });
    }
  };
  return std::visit(each{at, who}, what);
}

} // namespace evs::persistence::postgres
