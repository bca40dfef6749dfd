#include "persistence/jobs.hpp"

#include "domain/csv_text.hpp"
#include "persistence/postgres/contact_import.hpp"

#include <algorithm>
#include <cmath>

namespace evs::persistence {

namespace {

using namespace postgres;

constexpr statement recover_jobs{
  "jobs_recover",
  "update jobs set state = case when attempts < 2 then 'queued' else 'failed' end, phase = case when attempts < 2 then 'waiting' else 'finished' end, "
  "done = 0, total = null, finished_at = case when attempts < 2 then null else now() end, "
  "reason = case when attempts < 2 then $2 else $3 end "
  "where node = $1 and state = 'running'"};

constexpr statement claim_job{
  "jobs_claim",
  "update jobs j set state = 'running', phase = 'reading', started_at = now(), attempts = attempts + 1 from campaigns c "
  "where j.id = (select id from jobs where node = $1 and state = 'queued' order by created_at, id limit 1 for update skip locked) "
  "and c.id = j.campaign_id returning j.id, j.campaign_id, c.timezone, coalesce(j.file, ''), coalesce(j.request ->> 'country', ''), "
  "coalesce((j.request ->> 'heading')::boolean, true), coalesce((j.request -> 'same' ->> 'enabled')::boolean, false)"};
constexpr statement job_mapping{"jobs_mapping",
                                "select m.pair ->> 0, m.pair ->> 1 from jobs j, jsonb_array_elements(j.request -> 'mapping') with ordinality m "
                                "(pair, n) where j.id = $1 order by m.n"};
constexpr statement job_fields{"jobs_fields",
                               "select f.name from jobs j, jsonb_array_elements_text(j.request -> 'same' -> 'fields') with ordinality f (name, n) "
                               "where j.id = $1 order by f.n"};

constexpr statement tell_progress{"jobs_progress",
                                  "update jobs set phase = $2, done = $3::bigint, total = $4::bigint, description = $5 where id = $1 and state = 'running'"};
constexpr statement finish_job{
  "jobs_finish",
  "update jobs set state = 'done', phase = 'finished', done = $2::bigint, total = $2::bigint, heading = $3, description = $4, reason = null, "
  "finished_at = now(), result = jsonb_build_object('total', $2::bigint, 'valid', $5::bigint, 'invalid', $6::bigint, "
  "'duplicates', $7::bigint) where id = $1 and state = 'running' returning id"};
constexpr statement fail_job{"jobs_fail",
                             "update jobs set state = 'failed', phase = 'finished', reason = $2, finished_at = now() "
                             "where id = $1 and state in ('queued', 'running')"};
constexpr statement wait_again{"jobs_wait_again",
                               "update jobs set state = 'queued', phase = 'waiting', done = 0, total = null, attempts = attempts - 1 "
                               "where id = $1 and state = 'running'"};

constexpr statement sweep_jobs{"jobs_sweep", "delete from jobs where node = $1 and finished_at < now() - interval '30 days'"};
constexpr statement needed_files{"jobs_needed_files", "select file from jobs where node = $1 and state in ('queued', 'running') and file is not null"};

constexpr std::int64_t rows_a_chunk = 20'000;
constexpr int most_conflicts = 3;

/// Ends an import's transaction from inside; what it says is for the person who started it.
struct given_up : store_rejected {
  using store_rejected::store_rejected;
};

/// Tells how far a job is, not more often than twice a second.
class progress {
public:
  progress(session& db, std::string id, std::string description) : db_(db), id_(std::move(id)), description_(std::move(description)) {}

  void tell(const char* phase, std::int64_t done, std::optional<std::int64_t> total) {
    const auto now = std::chrono::steady_clock::now();
    if (phase == told_phase_ && now - told_at_ < milliseconds{500})
      return;
    told_phase_ = phase;
    told_at_ = now;
    db_.run(tell_progress, {id_, phase, std::to_string(done), total ? parameter{std::to_string(*total)} : parameter{}, description_});
  }

private:
  session& db_;
  std::string id_;
  std::string description_;
  std::string_view told_phase_;
  std::chrono::steady_clock::time_point told_at_{};
};

std::string as_csv(const source_row& row) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0)
      out += ';';
    append_csv_cell(out, row[i]);
  }
  return out;
}

std::string why(const rejected_row& row) {
  if (!row.like_line)
    return row.reason;
  return *row.like_line == 0 ? "Doublon détecté : ce contact est déjà dans la campagne."
                             : "Doublon détecté : même contact qu'à la ligne " + std::to_string(*row.like_line) + ".";
}

/// One list on its way into a campaign.
class list_import {
public:
  list_import(const import_job& job, row_source& list, const number_reader& numbers, const std::function<bool()>& stop, progress& told)
      : job_(job), list_(list), numbers_(numbers), stop_(stop), told_(told) {}

  /// Everything but the begin and the end of the transaction.
  void run(transaction& in) {
    contact_import into{in, job_.campaign, "contact-" + job_.id.substr(job_.id.find('-') + 1) + "-", job_.plan.same, true};
    if (!into.begin())
      throw given_up{"La campagne n'existe plus."};
    read_heading();
    while (!ended_) {
      into.stage(rows_a_chunk, [&](incoming_row& row) { return next(row); });
      look_up();
      told_.tell("reading", into.total(), estimate(into.total()));
    }
    told_.tell("comparing", into.total(), into.total());
    into.compare();
    for (std::int64_t to = 0; to < into.total();) {
      told_.tell("saving", to, into.total());
      look_up();
      to = std::min(to + rows_a_chunk, into.total());
      into.save(to);
    }
    keep_rejected(in, into);
    finish(in, into);
  }

private:
  void look_up() {
    if (problem_)
      throw given_up{problem_->text()};
    if (stop_())
      throw store_unavailable{"the node stops"};
  }

  /// While the file is read nobody knows how many rows there are.
  std::optional<std::int64_t> estimate(std::int64_t done) const {
    const auto part = list_.part_read();
    return part > 0.001 ? std::optional{std::max(done, static_cast<std::int64_t>(std::llround(static_cast<double>(done) / part)))} : std::nullopt;
  }

  /// False: the list has ended, or can't be read any further.
  bool next_row() {
    auto read = list_.next(row_);
    if (!read)
      problem_ = read.error();
    ended_ = !read || !*read;
    return !ended_;
  }

  void read_heading() {
    ended_ = false;
    if (job_.plan.heading && next_row())
      heading_ = as_csv(row_);
    if (problem_)
      throw given_up{problem_->text()};
    if (ended_)
      throw given_up{"Le fichier ne contient aucune ligne."};
    auto columns = map_columns(job_.plan.mapping, job_.plan.heading ? &row_ : nullptr);
    if (!columns)
      throw given_up{columns.error().text()};
    columns_ = std::move(columns.value());
  }

  bool next(incoming_row& out) {
    if (!next_row())
      return false;
    out.line = static_cast<std::int64_t>(row_.line);
    make_candidate(columns_, row_, numbers_, out.contact, out.reason);
    return true;
  }

  /// Reads the list a second time for the cells of what was rejected: nothing of it was held in memory.
  void keep_rejected(transaction& in, contact_import& from) {
    if (from.rejected() == 0)
      return;
    if (auto again = list_.restart(); !again)
      throw given_up{again.error().text()};
    problem_.reset();
    ended_ = false;
    if (job_.plan.heading)
      next_row();
    std::int64_t at = 0;
    for (auto page = from.rejected_after(0, page_size); !page.empty(); page = from.rejected_after(page.back().n, page_size)) {
      auto row = page.begin();
      in.copy("job_rejected_rows", {"job_id", "n", "line", "reason", "cells"}, [&](copy_line& line) {
        if (row == page.end())
          return false;
        while (at < row->n && next_row())
          ++at;
        line.add(job_.id);
        line.add(row->n);
        line.add(row->line);
        line.add(why(*row));
        line.add(at == row->n ? as_csv(row_) : std::string{});
        ++row;
        return true;
      });
      look_up();
    }
  }

  void finish(transaction& in, contact_import& from) {
    const auto text = [](std::int64_t n) { return parameter{std::to_string(n)}; };
    if (in.run(finish_job, {job_.id, text(from.total()), heading_, list_.description(), text(from.total() - from.rejected()),
                            text(from.rejected()), text(from.doubles())})
          .empty())
      throw given_up{"L'import a été abandonné."};
    from.finish();
  }

  static constexpr std::int64_t page_size = 10'000;

  const import_job& job_;
  row_source& list_;
  const number_reader& numbers_;
  const std::function<bool()>& stop_;
  progress& told_;
  source_row row_;
  column_map columns_;
  std::string heading_;
  bool ended_ = false;
  std::optional<failure> problem_;
};

class postgres_jobs : public jobs {
public:
  postgres_jobs(store_settings settings, milliseconds patience)
      : notes_(settings), bell_(settings, "evs_jobs"), lists_(patient(std::move(settings), patience)) {}

  void recover(const std::string& node, interruption by) override {
    if (by == interruption::node_ended)
      notes_.run(recover_jobs, {node, "Le serveur s'est arrêté pendant l'import ; rien n'avait été enregistré, il recommence.",
                                "Le serveur s'est arrêté deux fois pendant cet import ; rien n'a été enregistré."});
    else
      notes_.run(recover_jobs, {node, "La base de données n'a plus répondu pendant l'import ; rien n'avait été enregistré, il recommence.",
                                "La base de données n'a plus répondu, deux fois, pendant cet import ; rien n'a été enregistré. Relancez-le."});
  }

  std::optional<import_job> claim(const std::string& node) override {
    std::optional<import_job> out;
    notes_.run(isolation::read_committed, [&](transaction& t) {
      out.reset();
      const auto found = t.run(claim_job, {node});
      if (found.empty())
        return;
      const auto& j = found.front();
      import_job job{j.text(0), j.text(1), j.text(2), {}, j.text(3)};
      job.plan.country = j.text(4);
      job.plan.heading = j.flag(5);
      job.plan.same.enabled = j.flag(6);
      for (const auto& m : t.run(job_mapping, {job.id}))
        job.plan.mapping.emplace_back(m.text(0), m.text(1));
      for (const auto& f : t.run(job_fields, {job.id}))
        job.plan.same.fields.push_back(f.text(0));
      out = std::move(job);
    });
    return out;
  }

  void import(const import_job& what, row_source& list, const number_reader& numbers, const std::function<bool()>& stop) override {
    progress told{notes_, what.id, list.description()};
    told.tell("reading", 0, std::nullopt);
    try {
      for (int conflicts = 0; !once(what, list, numbers, stop, told);) {
        // The file is still there: what was streamed is read again.
        if (++conflicts == most_conflicts)
          return fail(what.id, "D'autres modifient cette campagne au même instant, " + std::to_string(most_conflicts) +
                                 " fois de suite ; rien n'a été enregistré. Relancez l'import.");
        if (auto again = list.restart(); !again)
          return fail(what.id, again.error().text());
      }
    } catch (const given_up& why) {
      fail(what.id, why.what());
    } catch (const store_overdue&) {
      fail(what.id, "La base de données a mis trop de temps pour cette liste ; rien n'a été enregistré. Relancez l'import plus tard, ou en plusieurs fichiers.");
    } catch (const store_unavailable&) {
      if (!stop())
        throw;
      notes_.run(wait_again, {what.id});
    }
  }

  void wait(milliseconds longest) override { bell_.wait(longest); }

  void fail(const std::string& id, const std::string& reason) override { notes_.run(fail_job, {id, reason}); }

  std::set<std::string> sweep(const std::string& node) override {
    std::set<std::string> needed;
    for (const auto& r : notes_.run(needed_files, {node}))
      needed.insert(r.text(0));
    notes_.run(sweep_jobs, {node});
    return needed;
  }

private:
  /// False: others crossed it, and nothing was kept.
  bool once(const import_job& what, row_source& list, const number_reader& numbers, const std::function<bool()>& stop, progress& told) {
    list_import work{what, list, numbers, stop, told};
    try {
      lists_.run(isolation::read_committed, [&](transaction& t) { work.run(t); });
      return true;
    } catch (const store_conflict&) {
      return false;
    }
  }

  static store_settings patient(store_settings settings, milliseconds patience) {
    settings.statement_timeout = patience;
    return settings;
  }

  /// Small statements; seen by others at once.
  session notes_;
  bell bell_;
  /// The transaction of a whole list.
  session lists_;
};

} // namespace

std::unique_ptr<jobs> make_postgres_jobs(store_settings settings, milliseconds patience) {
  return std::make_unique<postgres_jobs>(std::move(settings), patience);
}

} // namespace evs::persistence
