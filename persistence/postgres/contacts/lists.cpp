// Reading contacts: one, found by a search, a campaign's list page by page, histories.

#include "persistence/postgres/contacts/opened.hpp"

#include "domain/contact_rules.hpp"
#include "persistence/postgres/cursor.hpp"

#include <algorithm>

namespace evs::persistence::postgres {

namespace {

#define IN_MY_CAMPAIGN(column) \
  "(rank >= 1 or exists (select from campaign_agents a where a.campaign_id = " column " and a.user_id = who.id))"
/// A blank record is its author's.
#define NOBODYS_BLANK "(c.author_id is null or c.author_id = who.id or rank >= 1)"

// Lists depend on which parameters are given; a plan made for all of them would be a bad one for each.
constexpr statement plan_anew{"contacts_plan_anew", "set local plan_cache_mode = force_custom_plan"};

constexpr statement seen{"contact_seen", EVS_WITH_WHO
                         "select row_to_json(v), c.version from api_contacts v join contacts c on c.id = v.id, who where v.id = $4 and " NOBODYS_BLANK
                         " and (v.\"lockedBy\" = who.id or " IN_MY_CAMPAIGN("c.campaign_id") ")"};

// ---------------------------------------------------------------- search

/// $4 words in lower case, $5 beginning of a number, $6 campaign, $7 status, $8 limit, $9 the text itself. One word begins the
/// last name (that is the index), every other one the first or the last name. Of very common beginnings the first 1,000 are looked at.
#define NAMED \
  "select c.* from mine m, unnest($4::text[]) w, lateral (select * from contacts c where c.campaign_id = m.campaign_id " \
  "and (lower(c.last_name) collate \"C\") >= w and (lower(c.last_name) collate \"C\") < w || chr(1114111) " \
  "and (select bool_and(starts_with(lower(c.first_name), x) or starts_with(lower(c.last_name), x)) from unnest($4::text[]) x) limit 1000) c"
constexpr statement search{
  "contact_search", EVS_WITH_WHO
  ", mine as (select p.campaign_id from campaign_pools p, who where ($6::text is null or p.campaign_id = $6) and " IN_MY_CAMPAIGN("p.campaign_id") "), "
  "found as (" NAMED " union select c.* from contacts c join mine m on m.campaign_id = c.campaign_id where $5::text is not null "
  "and c.phone_e164 >= $5 and c.phone_e164 < $5 || chr(1114111) "
  "union select c.* from contacts c join mine m on m.campaign_id = c.campaign_id where c.id = $9), "
  "page as (select c.* from found c, who where " NOBODYS_BLANK " and ($7::text is null or c.status = $7) "
  "order by lower(c.last_name) collate \"C\", lower(c.first_name) collate \"C\", c.seq limit $8::bigint) "
  "select row_to_json(v), c.seq, '' from page c join api_contacts v on v.id = c.id "
  "order by lower(c.last_name) collate \"C\", lower(c.first_name) collate \"C\", c.seq"};

/// Of a number, the digits come first; names are words.
parameters search_parameters(const requester& who, const std::string& q, const campaign_id& campaign, const parameter& status, std::size_t limit) {
  std::vector<parameter> words;
  const auto number = contact_rules::number_prefix(q);
  for (std::size_t at = 0; !number && at < q.size() && words.size() < 5;) {
    const auto end = std::min(q.find(' ', at), q.size());
    if (end > at)
      words.emplace_back(q.substr(at, end - at));
    at = end + 1;
  }
  auto values = asks(who.who);
  values.push_back(array_literal(words));
  values.push_back(number ? parameter{*number} : parameter{});
  values.push_back(id_or_null(campaign));
  values.push_back(status);
  values.push_back(std::to_string(limit));
  values.emplace_back(q);
  return values;
}

/// Lower case as the database has it.
constexpr statement lower_words{"contact_lower_words", "select array(select lower(w) from unnest($1::text[]) w)::text"};

// ---------------------------------------------------------------- lists

// $4 campaign, $5 limit, $6 seq to continue after, $7 name to continue after, $8 status.
#define OF_STATUS(status, test, direction) \
  "(select c.* from contacts c, who where c.campaign_id = $4 and c.status = '" status "' and ($8::text is null or $8 = '" status "') " \
  "and ($6::bigint is null or c.seq " test " $6) and " NOBODYS_BLANK " order by c.campaign_id, c.status, c.seq " direction " limit $5::bigint)"
#define IN_ORDER_OF_SEQ(test, direction) EVS_WITH_WHO \
  ", page as materialized (select * from (" OF_STATUS("pending", test, direction) " union all " OF_STATUS("called", test, direction) \
  " union all " OF_STATUS("qualified", test, direction) ") c where ($7::text is null or true) order by c.seq " direction " limit $5::bigint) " \
  "select row_to_json(v), c.seq, '' from page c join api_contacts v on v.id = c.id order by c.seq " direction
#define IN_ORDER_OF_NAME(test, direction) EVS_WITH_WHO \
  ", page as materialized (select c.* from contacts c, who where c.campaign_id = $4 and ($8::text is null or c.status = $8) and " NOBODYS_BLANK \
  " and ($6::bigint is null or ((lower(c.last_name) collate \"C\"), c.seq) " test " ($7::text collate \"C\", $6::bigint)) " \
  "order by (lower(c.last_name) collate \"C\") " direction ", c.seq " direction " limit $5::bigint) " \
  "select row_to_json(v), c.seq, lower(c.last_name) from page c join api_contacts v on v.id = c.id " \
  "order by (lower(c.last_name) collate \"C\") " direction ", c.seq " direction
// $9 qualification.
#define OF_QUALIFICATION(test, direction) EVS_WITH_WHO \
  ", page as materialized (select c.* from contacts c, who where c.campaign_id = $4 and c.qualification_id = $9 and ($8::text is null or c.status = $8) " \
  "and ($6::bigint is null or c.seq " test " $6) and ($7::text is null or true) order by c.seq " direction " limit $5::bigint) " \
  "select row_to_json(v), c.seq, '' from page c join api_contacts v on v.id = c.id order by c.seq " direction

constexpr statement by_seq{"contacts_by_seq", IN_ORDER_OF_SEQ(">", "")};
constexpr statement by_seq_down{"contacts_by_seq_down", IN_ORDER_OF_SEQ("<", "desc")};
constexpr statement by_name{"contacts_by_name", IN_ORDER_OF_NAME(">", "")};
constexpr statement by_name_down{"contacts_by_name_down", IN_ORDER_OF_NAME("<", "desc")};
constexpr statement of_qualification{"contacts_of_qualification", OF_QUALIFICATION(">", "")};
constexpr statement of_qualification_down{"contacts_of_qualification_down", OF_QUALIFICATION("<", "desc")};

constexpr statement campaign_known{"contacts_campaign_known", "select from campaigns where id = $1"};

/// Longest list that is sent without pages.
constexpr std::size_t longest_array = 500;

std::size_t limit_of(const list_query& query, std::size_t otherwise) { return query.paged ? static_cast<std::size_t>(query.limit) : otherwise; }

/// A search has one page.
data_answer look_for(transaction& t, const requester& who, const std::string& q, const campaign_id& campaign, const parameter& status, std::size_t limit, bool paged) {
  auto values = search_parameters(who, q, campaign, status, limit);
  values[3] = t.run(lower_words, {values[3]}).at(0).text(0);
  t.run(plan_anew);
  return page_of(t.run(search, std::move(values)), limit, 0, paged);
}

// ---------------------------------------------------------------- histories

constexpr statement contact_calls{"contact_calls",
                                  "select coalesce(json_agg(v order by h.started_at desc, h.id desc), '[]') from (select c.id, c.started_at from call_history c "
                                  "where c.contact_id = $1 order by c.started_at desc, c.id desc limit 100) h join api_call_history v on v.id = h.id"};
constexpr statement contact_notes_of{"contact_notes_of",
                                     "select coalesce(json_agg(v order by n.created_at desc, n.id desc), '[]') from (select * from contact_notes where contact_id = $1 "
                                     "order by created_at desc limit 100) n join api_contact_notes v on v.id = n.id"};
constexpr statement contact_events_of{"contact_events_of",
                                      "select coalesce(json_agg(v order by h.at desc, h.id desc), '[]') from (select id, at from contact_history where contact_id = $1 "
                                      "order by at desc limit 100) h join api_contact_history v on v.id = h.id"};

// $4 campaign, $5 limit, $6 and $7 time and id to continue after.
constexpr statement campaign_calls{
  "campaign_calls", EVS_WITH_WHO
  ", page as materialized (select c.id, c.started_at from call_history c, who where c.campaign_id = $4 and " EVS_IN_CHARGE_OF("c.agent_id", "c.site_id")
  " and ($6::timestamptz is null or (c.started_at, c.id) < ($6::timestamptz, $7::text)) order by c.started_at desc, c.id desc limit $5::bigint) "
  "select row_to_json(v), " EVS_EXACT_MOMENT("p.started_at") ", p.id from page p join api_call_history v on v.id = p.id "
  "order by p.started_at desc, p.id desc"};

} // namespace

result<data_answer> perform(workplace& at, const requester& who, const read_contact& what) {
  auto values = asks(who.who);
  values.emplace_back(what.contact.value);
  const auto found = at.db.run(seen, std::move(values));
  if (found.empty())
    return {errc::not_found, "Cette fiche n'existe pas, ou n'est pas d'une de vos campagnes."};
  data_answer out;
  out.json = found.front().text(0);
  out.etag = found.front().text(1);
  return out;
}

result<data_answer> perform(workplace& at, const requester& who, const search_contacts& what) {
  return in_contacts(at, [&](transaction& t) {
    return look_for(t, who, what.query.q, {}, filter_value(what.query, "status"), limit_of(what.query, 50), what.query.paged);
  });
}

result<data_answer> perform(workplace& at, const requester& who, const list_contacts& what) {
  const auto& query = what.query;
  const bool down = query.sort.starts_with('-');
  const auto sort = query.sort.substr(down ? 1 : 0);
  if (!sort.empty() && sort != "createdAt" && sort != "lastName")
    return failure{errc::invalid_input, {}, {{"sort", "Tris possibles : createdAt, lastName."}}};
  const auto status = filter_value(query, "status"), qualification = filter_value(query, "qualificationId");
  if (status && *status != "pending" && *status != "called" && *status != "qualified")
    return failure{errc::invalid_input, {}, {{"status", "Statuts possibles : pending, called, qualified."}}};
  const bool named = sort == "lastName" && !qualification;
  auto after = named ? read_cursor(query.cursor, {key_part::whole, key_part::text}) : read_cursor(query.cursor, {key_part::whole});
  if (!after)
    return after.error();
  after.value().resize(2);
  const auto limit = limit_of(query, longest_array);
  return in_contacts(at, [&](transaction& t) {
    if (t.run(campaign_known, {what.campaign.value}).empty())
      throw refused{{errc::not_found, "Cette campagne n'existe pas.", {}}};
    if (!query.q.empty())
      return look_for(t, who, query.q, what.campaign, status, limit, query.paged);
    auto values = asks(who.who);
    values.emplace_back(what.campaign.value);
    values.emplace_back(std::to_string(limit + 1));
    values.insert(values.end(), after->begin(), after->end());
    values.push_back(status);
    t.run(plan_anew);
    if (qualification)
      values.push_back(qualification);
    const auto& how = qualification ? (down ? of_qualification_down : of_qualification) : named ? (down ? by_name_down : by_name) : down ? by_seq_down : by_seq;
    return page_of(t.run(how, std::move(values)), limit, named ? 2 : 1, query.paged);
  });
}

result<data_answer> perform(workplace& at, const requester& who, const read_contact_history& what) {
  return in_contacts(at, [&](transaction& t) {
    auto values = asks(who.who);
    values.emplace_back(what.contact.value);
    if (t.run(seen, std::move(values)).empty())
      throw refused{{errc::not_found, "Cette fiche n'existe pas, ou n'est pas d'une de vos campagnes.", {}}};
    const parameters id{what.contact.value};
    data_answer out;
    out.json = "{\"callHistory\":" + t.run(contact_calls, id).at(0).text(0) + ",\"contactNotes\":" + t.run(contact_notes_of, id).at(0).text(0) +
               ",\"events\":" + t.run(contact_events_of, id).at(0).text(0) + '}';
    return out;
  });
}

result<data_answer> perform(workplace& at, const requester& who, const list_campaign_history& what) {
  const auto& query = what.query;
  const auto after = read_cursor(query.cursor, {key_part::moment, key_part::text});
  if (!after)
    return after.error();
  const auto limit = limit_of(query, longest_array);
  if (at.db.run(campaign_known, {what.campaign.value}).empty())
    return {errc::not_found, "Cette campagne n'existe pas."};
  return in_contacts(at, [&](transaction& t) {
    auto values = asks(who.who);
    values.emplace_back(what.campaign.value);
    values.emplace_back(std::to_string(limit + 1));
    values.insert(values.end(), after->begin(), after->end());
    t.run(plan_anew);
    return page_of(t.run(campaign_calls, std::move(values)), limit, 2, query.paged);
  });
}

} // namespace evs::persistence::postgres
