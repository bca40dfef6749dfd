#include "domain/contact_mapping.hpp"
#include "persistence/import_files.hpp"
#include "persistence/postgres/areas.hpp"
#include "persistence/postgres/contact_import.hpp"
#include "persistence/postgres/cursor.hpp"
#include "persistence/postgres/scope.hpp"
#include "persistence/postgres/table_file.hpp"
#include "persistence/secret.hpp"

#include <set>

namespace evs::persistence::postgres {

namespace {

const failure no_such_campaign{errc::not_found, "Cette campagne n'existe pas.", {}};
const failure no_such_job{errc::not_found, "Cette tâche n'existe pas.", {}};

/// People see their own jobs, supervisors those of their site.
#define MAY_SEE "(j.created_by = who.id or " EVS_SUPERVISES("j.site_id") ")"

// ---------------------------------------------------------------- imports

constexpr statement insert_job{
  "jobs_insert",
  "insert into jobs (id, kind, campaign_id, node, request, file, file_name, created_by, site_id) "
  "select $1, 'contact-import', c.id, $3, $4::jsonb, $5, $6, $7, $8 from campaigns c where c.id = $2 returning id"};

/// Each of them may be a gigabyte on the disk.
constexpr std::int64_t longest_line = 20;
constexpr statement jobs_in_line{"jobs_in_line", "select count(*) from jobs where node = $1 and state = 'queued'"};

std::string request_json(const import_plan& plan) {
  value::array mapping;
  for (const auto& [field, column] : plan.mapping)
    mapping.push_back(value{value::array{value{field}, value{column}}});
  value::array fields;
  for (const auto& f : plan.same.fields)
    fields.emplace_back(f);
  value same;
  same.set("enabled", plan.same.enabled);
  same.set("fields", std::move(fields));
  value out;
  out.set("mapping", std::move(mapping));
  out.set("same", std::move(same));
  out.set("heading", plan.heading);
  out.set("country", plan.country);
  return to_json(out);
}

result<data_answer> perform(workplace& at, const requester& asking, const start_import& asked) {
  if (at.db.run(jobs_in_line, {at.settings.node}).at(0).number(0) >= longest_line)
    return failure{errc::rate_limited, "Trop d'imports attendent déjà : réessayez quand ils seront terminés.", {}};
  const auto id = "job-" + random_secret(12);
  const import_files files{at.settings.data_dir};
  if (auto kept = files.keep(id, asked.path, asked.offset, asked.size); !kept)
    return kept.error();
  auto made = in_transaction(at, [&](transaction& t) {
    if (t.run(insert_job, {id, asked.campaign, at.settings.node, request_json(asked.plan), id, asked.file_name, asking.who.user.value,
                           id_or_null(asking.who.site)}).empty())
      throw refused{no_such_campaign};
    value said;
    said.set("jobId", id);
    data_answer out;
    out.status = 202;
    out.json = to_json(said);
    return out;
  }, value_refused);
  if (!made)
    files.remove(id);
  return made;
}

// ---------------------------------------------------------------- contacts in bulk

constexpr statement zone_of{"campaign_time_zone", "select timezone from campaigns where id = $1"};

/// What an older client sent along as the row of its file, otherwise the contact itself.
const value& row_of(const value& contact) {
  const auto* original = contact.find("originalRow");
  return original ? *original : contact;
}

result<data_answer> perform(workplace& at, const requester&, const add_contacts& asked) {
  const auto campaign = at.db.run(zone_of, {asked.campaign});
  if (campaign.empty())
    return no_such_campaign;
  const number_reader numbers = [&, zone = campaign.front().text(0)](std::string_view typed) { return at.settings.read_number(typed, {}, zone); };
  const auto total = static_cast<std::int64_t>(asked.contacts.size());
  return in_transaction(at, [&](transaction& t) {
    contact_import into{t, asked.campaign, "contact-" + random_secret(9) + "-", asked.same, false};
    if (!into.begin())
      throw refused{no_such_campaign};
    std::size_t i = 0;
    into.stage(std::max<std::int64_t>(total, 1), [&](incoming_row& row) {
      if (i == asked.contacts.size())
        return false;
      const auto& contact = asked.contacts[i++];
      row.line = static_cast<std::int64_t>(i);
      if (const auto* id = contact.find("id"); id && id->text() && valid_id(*id->text()))
        row.id = *id->text();
      make_candidate(contact, numbers, row.contact, row.reason);
      return true;
    });
    into.compare();
    into.save(total);
    into.finish();
    value::array invalids;
    for (const auto& r : into.rejected_after(0, total)) {
      value one;
      one.set("row", row_of(asked.contacts[static_cast<std::size_t>(r.n - 1)]));
      one.set("line", r.line);
      one.set("reason", r.like_line ? std::string{reason_duplicate} : r.reason);
      invalids.push_back(std::move(one));
    }
    const auto rejected = static_cast<std::int64_t>(invalids.size());
    value summary;
    summary.set("total", total);
    summary.set("valids", total - rejected);
    summary.set("invalids", rejected);
    value said;
    said.set("message", "Import processed.");
    said.set("summary", std::move(summary));
    said.set("invalids", std::move(invalids));
    data_answer out;
    out.json = to_json(said);
    return out;
  });
}

// ---------------------------------------------------------------- export

/// Of a stretch of the list, so that no statement takes long whatever the list's length: status and seq of its last contact, and the
/// names of its custom fields.
constexpr statement custom_names{
  "export_custom_names",
  "with stretch as materialized (select c.status, c.seq, c.custom_fields from contacts c where c.campaign_id = $1 and "
  "(c.status, c.seq) > ($2, $3::bigint) order by c.status, c.seq limit $4::bigint), "
  "last as (select s.status, s.seq from stretch s order by s.status desc, s.seq desc limit 1) "
  "select last.status, last.seq, n.k from last left join "
  "(select distinct jsonb_object_keys(custom_fields) as k from stretch) n on true"};
/// The values of custom fields come as one text, separated by a character that is no text's; $5: their names.
constexpr statement export_page{
  "export_page",
  "select c.status, c.seq, c.first_name, c.last_name, c.phone_number, coalesce(c.phone_e164, ''), c.postal_code, "
  "coalesce((select q.description from qualifications q where q.id = c.qualification_id), ''), coalesce(iso8601(c.relaunch_at), ''), "
  "iso8601(c.created_at), (select string_agg(replace(coalesce(c.custom_fields ->> n.name, ''), E'\\x1f', ' '), E'\\x1f' order by n.at) "
  "from unnest($5::text[]) with ordinality n (name, at)) "
  "from contacts c where c.campaign_id = $1 and (c.status, c.seq) > ($2, $3::bigint) order by c.status, c.seq limit $4::bigint"};
constexpr statement campaign_name{"export_campaign_name", "select name from campaigns where id = $1"};

constexpr std::int64_t export_page_size = 5000, stretch_size = 100'000;
constexpr std::size_t most_columns = 500;

/// In alphabetical order; of more than most_columns the first ones that occur.
std::vector<parameter> all_custom_names(transaction& t, const std::string& campaign) {
  std::set<std::string> names;
  std::string status, seq = "0";
  for (;;) {
    const auto found = t.run(custom_names, {campaign, status, seq, std::to_string(stretch_size)});
    if (found.empty())
      return {names.begin(), names.end()};
    for (const auto& r : found)
      if (!r.is_null(2) && names.size() < most_columns)
        names.insert(r.text(2));
    status = found.front().text(0);
    seq = found.front().text(1);
  }
}

std::string_view shown_status(std::string_view status) {
  return status == "pending" ? "À appeler" : status == "called" ? "Appelé" : "Qualifié";
}

void write_custom(table_file& to, std::string_view values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto end = std::min(values.find('\x1f'), values.size());
    to.cell(values.substr(0, end));
    values.remove_prefix(std::min(end + 1, values.size()));
  }
}

result<data_answer> perform(workplace& at, const requester&, const export_contacts& asked) {
  table_file file{at.settings.data_dir};
  bool there = true;
  at.db.run(isolation::snapshot, [&](transaction& t) {
    there = !t.run(campaign_name, {asked.campaign}).empty();
    if (!there)
      return;
    const auto names = all_custom_names(t, asked.campaign);
    for (const char* heading : {"Prénom", "Nom", "Téléphone", "Numéro international", "Code postal", "Statut", "Qualification",
                                "À relancer le", "Créé le"})
      file.cell(heading);
    for (const auto& name : names)
      file.cell(*name);
    file.end_row();
    const auto list = array_literal(names);
    std::string status, seq = "0";
    for (;;) {
      const auto page = t.run(export_page, {asked.campaign, status, seq, std::to_string(export_page_size), list});
      for (const auto& r : page) {
        for (std::size_t i : {2, 3, 4, 5, 6})
          file.cell(r.text(i));
        file.cell(shown_status(r.text(0)));
        for (std::size_t i : {7, 8, 9})
          file.cell(r.text(i));
        write_custom(file, r.text(10), names.size());
        file.end_row();
      }
      if (page.size() < static_cast<std::size_t>(export_page_size))
        return;
      status = page.back().text(0);
      seq = page.back().text(1);
    }
  });
  if (!there)
    return no_such_campaign;
  return file.take("contacts.csv");
}

// ---------------------------------------------------------------- jobs

constexpr statement job_one{"jobs_one", EVS_WITH_WHO "select row_to_json(v)::text, j.heading from jobs j join api_jobs v on v.id = j.id, who "
                                            "where j.id = $4 and " MAY_SEE};
constexpr statement job_page{"jobs_page",
                             EVS_WITH_WHO "select row_to_json(v)::text, " EVS_EXACT_MOMENT("j.created_at") ", j.id "
                                 "from jobs j join api_jobs v on v.id = j.id, who where " MAY_SEE
                                 " and ($4::timestamptz is null or (j.created_at, j.id) < ($4::timestamptz, $5::text)) "
                                 "order by j.created_at desc, j.id desc limit $6::bigint"};
constexpr statement rejected_rows{"jobs_rejected_rows",
                                  "select n, line, reason, cells from job_rejected_rows where job_id = $1 and n > $2::bigint order by n limit 5000"};

parameters about(const requester& asking, const std::string& id) {
  auto out = asks(asking.who);
  out.emplace_back(id);
  return out;
}

result<data_answer> perform(workplace& at, const requester& asking, const read_job& asked) {
  const auto found = at.db.run(job_one, about(asking, asked.id));
  if (found.empty())
    return no_such_job;
  data_answer out;
  out.json = found.front().text(0);
  return out;
}

result<data_answer> perform(workplace& at, const requester& asking, const list_jobs& asked) {
  const auto after = read_cursor(asked.query.cursor, {key_part::moment, key_part::text});
  if (!after)
    return after.error();
  auto values = asks(asking.who);
  values.insert(values.end(), after->begin(), after->end());
  values.emplace_back(std::to_string(asked.query.limit + 1));
  return page_of(at.db.run(job_page, std::move(values)), static_cast<std::size_t>(asked.query.limit), 2);
}

result<data_answer> perform(workplace& at, const requester& asking, const read_rejected& asked) {
  const auto found = at.db.run(job_one, about(asking, asked.id));
  if (found.empty())
    return no_such_job;
  table_file file{at.settings.data_dir};
  file.cell("Ligne");
  file.cell("Motif");
  file.raw(found.front().text(1));
  file.end_row();
  for (std::string n = "0";;) {
    const auto page = at.db.run(rejected_rows, {asked.id, n});
    for (const auto& r : page) {
      file.cell(r.text(1));
      file.cell(r.text(2));
      file.raw(r.text(3));
      file.end_row();
    }
    if (page.empty())
      return file.take("lignes-rejetees.csv");
    n = page.back().text(0);
  }
}

} // namespace

result<data_answer> answer(workplace& at, const requester& who, const import_request& what) {
  return std::visit([&](const auto& asked) { return perform(at, who, asked); }, what);
}

} // namespace evs::persistence::postgres
