#include "persistence/postgres/contact_import.hpp"

#include <algorithm>

namespace evs::persistence::postgres {

namespace {

constexpr const char* tables = R"(
create temporary table incoming (
  n bigint not null, line bigint not null, id text, first_name text not null, last_name text not null, phone_number text not null,
  phone_e164 text, postal_code text not null, custom_fields jsonb, reason text, maybe_double boolean not null)
  on commit drop;
create temporary table doubles (n bigint primary key, like_line bigint not null) on commit drop;
create temporary table keys (n bigint not null, key text not null) on commit drop;
)";

/// Hashes and sorts of a million rows in memory; a commit that is lost in a crash of the database is an import that never was, so
/// nothing is said about synchronous_commit.
constexpr const char* wide_memory = "set local work_mem = '192MB'; set local maintenance_work_mem = '192MB';";

constexpr statement hold{"import_hold",
                         "select pg_advisory_xact_lock(hashtextextended('import ' || $1::text, 0)) is null, "
                         "(select true from campaigns where id = $1::text for key share)"};

constexpr statement refuse_ids{"import_refuse_ids",
                               "update incoming i set reason = 'Identifiant déjà utilisé.' where i.id is not null and i.reason is null and "
                               "(exists (select from contacts c where c.id = i.id) or "
                               "exists (select from incoming j where j.id = i.id and j.n < i.n and j.reason is null))"};

constexpr statement phones_in_list{
  "import_phones_in_list",
  "insert into doubles select i.n, 0 from incoming i where i.reason is null and exists "
  "(select from contacts c where c.campaign_id = $1 and c.phone_e164 = i.phone_e164) on conflict do nothing"};
constexpr statement phones_in_file{
  "import_phones_in_file",
  "insert into doubles select i.n, g.line from (select phone_e164, min(n) as n from incoming where reason is null and phone_e164 in "
  "(select phone_e164 from incoming where maybe_double) group by phone_e164 having count(*) > 1) f join incoming g on g.n = f.n join incoming i on i.phone_e164 = f.phone_e164 "
  "where i.reason is null and i.n > f.n on conflict do nothing"};

// What makes two contacts the same, as one text: $2-$5 say which of the fields count, $6 has the names of custom ones. Case and
// spaces at the ends don't matter. The separator is no character that is typed.
#define KEY(c)                                                                                                                        \
  "concat_ws(E'\\x1f', case when $2::boolean then lower(btrim(" c ".first_name)) end, "                                               \
  "case when $3::boolean then lower(btrim(" c ".last_name)) end, "                                                                    \
  "case when $4::boolean then coalesce(" c ".phone_e164, " c ".phone_number) end, "                                                   \
  "case when $5::boolean then lower(btrim(" c ".postal_code)) end, "                                                                  \
  "(select string_agg(lower(btrim(coalesce(" c ".custom_fields ->> f, ''))), E'\\x1f' order by f) from unnest($6::text[]) f))"

// Who has none of the fields is nobody's double.
constexpr statement make_keys{"import_make_keys",
                              "insert into keys select n, key from (select i.n, " KEY("i") " as key from incoming i "
                              "where i.reason is null and $1::text is not null) k where btrim(key, E'\\x1f') <> ''"};
constexpr statement keys_in_list{"import_keys_in_list",
                                 "insert into doubles select k.n, 0 from keys k where k.key in (select " KEY("c") " from contacts c "
                                 "where c.campaign_id = $1) on conflict do nothing"};
constexpr statement keys_in_file{
  "import_keys_in_file",
  "insert into doubles select k.n, g.line from (select key, min(n) as n from keys group by key having count(*) > 1) f "
  "join incoming g on g.n = f.n join keys k on k.key = f.key where k.n > f.n on conflict do nothing"};

constexpr statement count_doubles{"import_count",
                                  "select (select count(*) from doubles), (select count(*) from incoming where reason is not null)"};

constexpr statement save_rows{
  "import_save",
  "insert into contacts (id, campaign_id, first_name, last_name, phone_number, phone_e164, postal_code, custom_fields) "
  "select coalesce(i.id, $2 || lpad(to_hex(i.n), 8, '0')), $1, i.first_name, i.last_name, i.phone_number, i.phone_e164, i.postal_code, "
  "i.custom_fields from incoming i where i.n > $3::bigint and i.n <= $4::bigint and i.reason is null "
  "and not exists (select from doubles d where d.n = i.n) order by i.n"};

constexpr statement rejected_page{
  "import_rejected",
  "select r.n, r.line, r.reason, r.like_line from "
  "(select n, line, reason, null::bigint as like_line from incoming where reason is not null and n > $1::bigint "
  "union all select i.n, i.line, '', d.like_line from doubles d join incoming i on i.n = d.n where d.n > $1::bigint) r "
  "order by r.n limit $2::bigint"};

constexpr statement tell{"import_tell",
                         "select announce('campaignUpdate', 'campaign:' || (t.thing ->> 'id'), t.thing, announce_facts('campaign', t.thing, "
                         "t.thing ->> 'id')) is null from (select to_jsonb(v) as thing from api_campaigns v where v.id = $1) t"};

/// Of the table that says which numbers were seen: 8 MB, of which a million numbers fill 1.5 %.
constexpr std::size_t wide_bits = std::size_t{1} << 26, narrow_bits = 1 << 20;

void write(copy_line& line, const incoming_row& row, bool maybe_double) {
  const auto text_or_null = [&](const std::string& text) { text.empty() ? line.add_null() : line.add(text); };
  const auto& c = row.contact;
  line.add(row.n);
  line.add(row.line);
  text_or_null(row.id);
  line.add(row.reason.empty() ? c.first_name : std::string{});
  line.add(row.reason.empty() ? c.last_name : std::string{});
  line.add(row.reason.empty() ? c.phone_number : std::string{});
  text_or_null(row.reason.empty() ? c.phone_e164 : std::string{});
  line.add(row.reason.empty() ? c.postal_code : std::string{});
  text_or_null(row.reason.empty() ? c.custom_fields : std::string{});
  text_or_null(row.reason);
  line.add(maybe_double ? "t" : "f");
}

} // namespace

contact_import::contact_import(transaction& in, std::string campaign, std::string id_prefix, deduplication same, bool wide)
    : in_(in), campaign_(std::move(campaign)), id_prefix_(std::move(id_prefix)), same_(std::move(same)), wide_(wide) {}

bool contact_import::begin() {
  if (!in_.run(hold, {campaign_}).at(0).flag(1))
    return false;
  in_.script(tables);
  if (wide_)
    in_.script(wide_memory);
  return true;
}

void contact_import::stage(const std::function<bool(incoming_row&)>& next) {
  static const std::vector<std::string> columns{"n",          "line",        "id",            "first_name", "last_name", "phone_number",
                                                "phone_e164", "postal_code", "custom_fields", "reason",
                                                "maybe_double"};
  const bool phones = phones_only();
  if (phones && seen_.empty())
    seen_.resize(wide_ ? wide_bits : narrow_bits);
  incoming_row row;
  in_.copy("incoming", columns, [&](copy_line& line) {
    row.id.clear();
    row.reason.clear();
    if (!next(row))
      return false;
    row.n = ++total_;
    own_ids_ = own_ids_ || !row.id.empty();
    write(line, row, phones && row.reason.empty() && seen_before(row.contact.phone_e164));
    return true;
  });
}

void contact_import::compare() {
  in_.script("create index on incoming (n); analyze incoming;");
  if (own_ids_)
    in_.run(refuse_ids);
  if (same_.enabled && !same_.fields.empty()) {
    phones_only() ? compare_phones() : compare_keys();
    in_.script("analyze doubles;");
  }
  const auto counted = in_.run(count_doubles).at(0);
  doubles_ = counted.number(0);
  rejected_ = doubles_ + counted.number(1);
}

bool contact_import::phones_only() const {
  return same_.enabled && !same_.fields.empty() && std::all_of(same_.fields.begin(), same_.fields.end(), [](const auto& f) {
    return contact_field_of(f) == contact_field::phone_number;
  });
}

bool contact_import::seen_before(const std::string& phone) {
  const auto bit = std::hash<std::string>{}(phone) % seen_.size();
  const bool before = seen_[bit];
  seen_[bit] = true;
  return before;
}

void contact_import::compare_phones() {
  in_.run(phones_in_list, {campaign_});
  in_.run(phones_in_file);
}

void contact_import::compare_keys() {
  const auto chosen = [&](contact_field kind) {
    return flag(std::any_of(same_.fields.begin(), same_.fields.end(), [&](const auto& f) { return contact_field_of(f) == kind; }));
  };
  std::vector<parameter> custom;
  for (const auto& f : same_.fields)
    if (contact_field_of(f) == contact_field::custom)
      custom.emplace_back(f);
  const parameters what{campaign_,
                        chosen(contact_field::first_name),
                        chosen(contact_field::last_name),
                        chosen(contact_field::phone_number),
                        chosen(contact_field::postal_code),
                        array_literal(custom)};
  in_.run(make_keys, what);
  in_.script("analyze keys;");
  in_.run(keys_in_list, what);
  in_.run(keys_in_file);
}

void contact_import::save(std::int64_t to) {
  in_.run(save_rows, {campaign_, id_prefix_, std::to_string(saved_to_), std::to_string(to)});
  saved_to_ = to;
}

void contact_import::announce() { in_.run(tell, {campaign_}); }

std::vector<rejected_row> contact_import::rejected_after(std::int64_t n, std::int64_t most) {
  std::vector<rejected_row> out;
  for (const auto& r : in_.run(rejected_page, {std::to_string(n), std::to_string(most)}))
    out.push_back({r.number(0), r.number(1), r.text(2), r.is_null(3) ? std::nullopt : std::optional{r.number(3)}});
  return out;
}

} // namespace evs::persistence::postgres
