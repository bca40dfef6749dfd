#include "persistence/postgres/contact_import.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace evs::persistence::postgres {

namespace {

constexpr const char* tables = R"(
create temporary table incoming (
  n bigint not null, line bigint not null, seq bigint not null, id text, first_name text not null, last_name text not null,
  phone_number text not null, phone_e164 text, postal_code text not null, custom_fields jsonb, reason text)
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

/// What was in the campaign before counts before what came with this list, whose line is in its id ($2: how that begins).
constexpr statement phones_in_list{
  "import_phones_in_list",
  "insert into doubles select distinct on (i.n) i.n, m.line from incoming i join contacts c on c.campaign_id = $1 and c.phone_e164 = i.phone_e164, "
  "lateral (select case when starts_with(c.id, $2) then ('x' || right(c.id, 8))::bit(32)::bigint else 0 end as line) m "
  "where i.reason is null order by i.n, m.line on conflict do nothing"};
constexpr statement phones_in_file{
  "import_phones_in_file",
  "insert into doubles select i.n, g.line from (select phone_e164, min(n) as n from incoming where reason is null group by phone_e164 having count(*) > 1) f "
  "join incoming g on g.n = f.n join incoming i on i.phone_e164 = f.phone_e164 where i.reason is null and i.n > f.n on conflict do nothing"};
/// Of a stretch of the campaign's list.
constexpr statement known_phones{"import_known_phones",
                                 "select phone_e164, seq from contacts where campaign_id = $1 and status = $2 and seq > $3::bigint order by seq limit 20000"};

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
  "insert into contacts (id, campaign_id, seq, first_name, last_name, phone_number, phone_e164, postal_code, custom_fields) "
  "select coalesce(i.id, $2 || lpad(to_hex(i.line), 8, '0')), $1, i.seq, i.first_name, i.last_name, i.phone_number, i.phone_e164, i.postal_code, "
  "i.custom_fields from incoming i where i.n > $3::bigint and i.n <= $4::bigint and i.reason is null "
  "and not exists (select from doubles d where d.n = i.n and d.n > $3::bigint and d.n <= $4::bigint) order by i.n"};

constexpr statement rejected_page{
  "import_rejected",
  "select i.n, i.line, coalesce(i.reason, ''), d.like_line from incoming i left join doubles d on d.n = i.n and d.n > $1::bigint "
  "where i.n > $1::bigint and (i.reason is not null or d.n is not null) order by i.n limit $2::bigint"};

constexpr statement take_numbers{"import_take_numbers",
                                 "select min(v), max(v) from (select nextval('contacts_seq_seq') as v from generate_series(1, $1::integer)) s"};
constexpr statement take_any_numbers{"import_take_any_numbers", "select nextval('contacts_seq_seq') from generate_series(1, $1::integer)"};

/// contacts_added() leaves the pool alone for the rest of the transaction; rebuild_pool() goes on from there.
constexpr statement pool_later{"import_pool_later", "select set_config('evs.pool_later', 'on', true)"};
constexpr statement pool_follows_to{"import_pool_follows_to",
                                    "update campaign_pools set rebuilt_to = least(coalesce(rebuilt_to, $2::bigint), $2::bigint) where campaign_id = $1"};

constexpr statement tell{"import_tell",
                         "select announce('campaignUpdate', 'campaign:' || (t.thing ->> 'id'), t.thing, announce_facts('campaign', t.thing, "
                         "t.thing ->> 'id')) is null from (select to_jsonb(v) as thing from api_campaigns v where v.id = $1) t"};

/// Of the table that says which numbers were seen: 8 MB, of which a million numbers fill 1.5 %.
constexpr std::size_t wide_bits = std::size_t{1} << 26, narrow_bits = 1 << 20;

void add_text_or_null(copy_line& line, const std::string& text) { text.empty() ? line.add_null() : line.add(text); }

void write_staged(copy_line& line, const incoming_row& row, std::int64_t seq) {
  const auto& c = row.contact;
  const bool sound = row.reason.empty();
  line.add(row.n);
  line.add(row.line);
  line.add(seq);
  add_text_or_null(line, row.id);
  line.add(sound ? c.first_name : std::string{});
  line.add(sound ? c.last_name : std::string{});
  line.add(sound ? c.phone_number : std::string{});
  add_text_or_null(line, sound ? c.phone_e164 : std::string{});
  line.add(sound ? c.postal_code : std::string{});
  add_text_or_null(line, sound ? c.custom_fields : std::string{});
  add_text_or_null(line, row.reason);
}

/// As save_rows makes them.
std::string id_of(const std::string& prefix, std::int64_t line) {
  char digits[17];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::uint64_t>(line), 16).ptr;
  const std::string_view hex{digits, static_cast<std::size_t>(end - digits)};
  return prefix + std::string(hex.size() < 8 ? 8 - hex.size() : 0, '0').append(hex);
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
  if (phones_only())
    read_known_phones();
  return true;
}

void contact_import::stage(std::int64_t most, const std::function<bool(incoming_row&)>& next) {
  static const std::vector<std::string> staged{"n",          "line",      "seq",        "id",          "first_name",    "last_name",
                                               "phone_number", "phone_e164", "postal_code", "custom_fields", "reason"};
  static const std::vector<std::string> contacts{"id",           "campaign_id", "seq",         "first_name",   "last_name",
                                                 "phone_number", "phone_e164",  "postal_code", "custom_fields"};
  take_numbers(most);
  // Lists that are not long are in the pool as soon as they are saved.
  if (total_ == 0)
    first_ = numbers_.front();
  else if (wide_ && !std::exchange(pool_later_, true))
    in_.run(pool_later);
  incoming_row row;
  copy_line for_later;
  std::vector<std::string> later;
  std::size_t at = 0;
  in_.copy("contacts", contacts, [&](copy_line& line) {
    while (at < numbers_.size()) {
      row.id.clear();
      row.reason.clear();
      if (!next(row))
        return false;
      row.n = ++total_;
      const auto seq = numbers_[at++];
      if (is_new(row)) {
        const auto& c = row.contact;
        line.add(id_of(id_prefix_, row.line));
        line.add(campaign_);
        line.add(seq);
        line.add(c.first_name);
        line.add(c.last_name);
        line.add(c.phone_number);
        add_text_or_null(line, c.phone_e164);
        line.add(c.postal_code);
        line.add(c.custom_fields);
        return true;
      }
      own_ids_ = own_ids_ || !row.id.empty();
      for_later.clear();
      write_staged(for_later, row, seq);
      later.push_back(for_later.text());
    }
    return false;
  });
  if (later.empty())
    return;
  auto each = later.begin();
  in_.copy("incoming", staged, [&](copy_line& line) {
    if (each == later.end())
      return false;
    line.take(std::move(*each++));
    return true;
  });
}

/// Order in the list is order in time, also of what is saved at the end: each row's number is drawn when it is read.
void contact_import::take_numbers(std::int64_t many) {
  numbers_.clear();
  const auto got = in_.run(postgres::take_numbers, {std::to_string(many)}).at(0);
  if (got.number(1) - got.number(0) == many - 1) {
    for (auto n = got.number(0); n <= got.number(1); ++n)
      numbers_.push_back(n);
    return;
  }
  // Somebody else drew between: the ones without gaps that others have.
  for (const auto& r : in_.run(take_any_numbers, {std::to_string(many)}))
    numbers_.push_back(r.number(0));
}

bool contact_import::is_new(const incoming_row& row) {
  if (!row.reason.empty())
    return false;
  // A row with an id of its own is saved later, but its number counts from here on: the first of two is the one that stays.
  const bool seen = phones_only() && seen_before(row.contact.phone_e164);
  if (!row.id.empty())
    return false;
  if (!same_.enabled || same_.fields.empty())
    return true;
  return phones_only() && !seen;
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

void contact_import::read_known_phones() {
  seen_.resize(wide_ ? wide_bits : narrow_bits);
  for (const char* status : {"pending", "called", "qualified"})
    for (std::string after = "-1";;) {
      const auto page = in_.run(known_phones, {campaign_, status, after});
      for (const auto& r : page)
        seen_before(r.text(0));
      if (page.empty())
        break;
      after = page.back().text(1);
    }
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
  in_.run(phones_in_list, {campaign_, id_prefix_});
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

void contact_import::finish() {
  // From the first one: some of the first rows were saved last.
  if (pool_later_)
    in_.run(pool_follows_to, {campaign_, std::to_string(first_ - 1)});
  if (rejected_ < total_)
    in_.run(tell, {campaign_});
}

std::vector<rejected_row> contact_import::rejected_after(std::int64_t n, std::int64_t most) {
  std::vector<rejected_row> out;
  for (const auto& r : in_.run(rejected_page, {std::to_string(n), std::to_string(most)}))
    out.push_back({r.number(0), r.number(1), r.text(2), r.is_null(3) ? std::nullopt : std::optional{r.number(3)}});
  return out;
}

} // namespace evs::persistence::postgres
