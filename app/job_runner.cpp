#include "app/job_runner.hpp"

#include "imports/list_file.hpp"
#include "imports/phone_numbers.hpp"
#include "persistence/import_files.hpp"
#include "persistence/jobs.hpp"

namespace evs {

namespace {

constexpr milliseconds longest_wait{1000};
constexpr std::chrono::hours between_sweeps{1};

} // namespace

result<std::string> read_phone_number(std::string_view typed, std::string_view country, std::string_view time_zone) {
  return imports::phone_reader{country.empty() ? imports::country_of_zone(time_zone) : std::string{country}}.e164(typed);
}

job_runner::job_runner(persistence::desk_settings settings, logger log)
    : settings_(std::move(settings)), log_(std::move(log)), thread_([this] { run(); }) {}

job_runner::~job_runner() {
  stopping_ = true;
  thread_.join();
}

void job_runner::run() {
  const auto book = persistence::make_postgres_jobs(settings_.store);
  const persistence::import_files files{settings_.data_dir};
  bool sound = false, told = false;
  auto cause = persistence::interruption::node_ended;
  auto swept = std::chrono::steady_clock::time_point{};
  while (!stopping_) {
    try {
      // Whatever runs on this node while nobody works on it was interrupted.
      if (!std::exchange(sound, true))
        book->recover(settings_.node, cause);
      told = false;
      while (auto job = stopping_ ? std::nullopt : book->claim(settings_.node))
        work(*book, *job);
      if (std::chrono::steady_clock::now() - swept > between_sweeps) {
        files.sweep(book->sweep(settings_.node));
        swept = std::chrono::steady_clock::now();
      }
    } catch (const std::exception& e) {
      sound = false;
      cause = persistence::interruption::database_away;
      if (!std::exchange(told, true))
        log_(severity::warning, std::string{"waits for the database: "} + e.what());
    }
    if (!stopping_)
      book->wait(longest_wait);
  }
}

void job_runner::work(persistence::jobs& book, const import_job& job) {
  const persistence::import_files files{settings_.data_dir};
  log_(severity::info, job.id + ": contacts for campaign " + job.campaign);
  auto list = imports::open_list(files.path(job.file));
  if (!list) {
    book.fail(job.id, list.error().text());
  } else {
    const auto country = job.plan.country.empty() ? imports::country_of_zone(job.time_zone) : job.plan.country;
    if (!imports::known_country(country)) {
      book.fail(job.id, "Le pays « " + country + " » n'a pas de plan de numérotation connu.");
    } else {
      const imports::phone_reader reader{country};
      try {
        book.import(job, *list.value(), [&](std::string_view typed) { return reader.e164(typed); }, [this] { return stopping_.load(); });
      } catch (const persistence::store_rejected& e) {
        log_(severity::warning, job.id + ": refused by the database: " + e.what());
        book.fail(job.id, "La base de données a refusé une valeur de ce fichier ; rien n'a été enregistré.");
      }
    }
  }
  if (!stopping_)
    files.remove(job.file);
  log_(severity::info, job.id + ": ended");
}

} // namespace evs
