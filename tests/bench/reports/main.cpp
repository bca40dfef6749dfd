// Reports and history on a large database: generates the calls of a year, computes the figures of its hours, then asks through the desk
// what a supervisor asks. EVS_PG_URL: a server and role that may create databases. bench_reports CALLS ROUNDS
#include "persistence/desk.hpp"
#include "persistence/housekeeping.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

using namespace evs;
using namespace evs::persistence;
using stopwatch = std::chrono::steady_clock;

constexpr const char* name = "evs_bench_reports";
const timestamp now = *from_iso8601("2026-01-01T00:00:00Z");

double ms_since(stopwatch::time_point begun) {
  return std::chrono::duration<double, std::milli>(stopwatch::now() - begun).count();
}

std::string with_database(const std::string& url, const std::string& database) {
  const auto path = url.find('/', url.find("://") + 3);
  return url.substr(0, path) + "/" + database;
}

/// 250 working days of 2025, 8 to 18 h: 500 agents, 20 sites, 30 queues, 50 campaigns.
void generate(const std::string& url, long calls) {
  pqxx::connection c{url};
  pqxx::nontransaction t{c};
  t.exec("set synchronous_commit = off");
  t.exec("insert into sites (id, name) select 'site-' || n, 'Site ' || n from generate_series(1, 20) n");
  t.exec(
      "insert into users (id, login_id, first_name, last_name, role, site_id) "
      "select 'user-' || n, n::text, 'Prénom', 'Nom ' || n, 'Agent', 'site-' || (n % 20 + 1) from generate_series(1, 500) n");
  t.exec("insert into queues (id, name) select 'queue-' || n, 'File ' || n from generate_series(1, 30) n");
  t.exec("insert into campaigns (id, name) select 'campaign-' || n, 'Campagne ' || n from generate_series(1, 50) n");
  t.exec(
      "insert into qualifications (id, code, description, type) "
      "select 'q-' || n, 'b' || n, 'Q', case n % 3 when 0 then 'positive' when 1 then 'negative' else 'neutral' end from generate_series(1, 9) n");
  const long a_day = std::max(1L, calls / 250);
  for (long day = 0; day < 250; ++day)
    t.exec(
        "insert into call_history (id, direction, started_at, answered_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, wrap_up_s, status, "
        "end_reason, source, destination, caller_number, did, agent_id, queue_id, campaign_id, qualification_id, site_id, trunk_id) "
        "select 'call-' || n, case when n % 2 = 0 then 'inbound' else 'outbound' end, t, case when n % 7 < 5 then t end, t + interval '200 s', 200, 180, "
        "case when n % 2 = 0 then n % 40 else 0 end, 8, case when n % 7 < 5 then 60 + n % 240 else 0 end, n % 10, 15, "
        "case when n % 7 < 5 then 'answered' when n % 7 = 5 then case n % 2 when 0 then 'abandoned' else 'no_answer' end else case n % 2 when 0 then 'missed' else 'busy' end end, "
        "case when n % 7 < 5 then 'caller_hangup' when n % 7 = 5 then case n % 2 when 0 then 'abandoned_waiting' else 'no_answer' end "
        "else case n % 2 when 0 then 'queue_timeout' else 'busy' end end, "
        "'+33' || (600000000 + n * 7919 % 99999999), '+33' || (700000000 + n * 6101 % 99999999), '+33' || (600000000 + n * 7919 % 99999999), null, "
        "case when n % 7 < 5 then 'user-' || (n * 31 % 500 + 1) end, case when n % 2 = 0 then 'queue-' || (n % 30 + 1) end, "
        "case when n % 2 = 1 then 'campaign-' || (n % 50 + 1) end, case when n % 2 = 1 and n % 7 < 5 then 'q-' || (n % 9 + 1) end, 'site-' || (n % 20 + 1), 'trunk-1' "
        "from (select n, timestamptz '2025-01-06 07:00Z' + " +
        std::to_string(day / 5 * 7 + day % 5) + " * interval '1 day' + (n % " + std::to_string(a_day) +
        ") * interval '1 s' * (36000.0 / " + std::to_string(a_day) + ") as t from generate_series(" +
        std::to_string(day * a_day) + "::bigint, " + std::to_string((day + 1) * a_day - 1) + "::bigint) n) x");
  // Eight working hours of each agent and day.
  t.exec(
      "insert into agent_hours select d + h * interval '1 hour', 'user-' || n, 900000, 60000, 1800000, 0, 240000, 600000, 0 from "
      "(select distinct date_trunc('day', hour, 'UTC') as d from call_hour_changes) days, generate_series(8, 15) h, generate_series(1, 500) n");
  t.exec("vacuum analyze call_history");
  t.exec("analyze");
}

struct question {
  const char* text;
  report_request what;
};

make_report report(report_kind kind, const char* from, const char* to, bool by_day = false) {
  make_report r;
  r.kind = kind;
  r.from = from;
  r.to = to;
  r.by_day = by_day;
  return r;
}

list_calls history(std::vector<std::pair<std::string, std::string>> filters, std::string q = {}) {
  list_calls h;
  h.query.filters = std::move(filters);
  h.query.q = std::move(q);
  return h;
}

std::vector<question> questions() {
  auto zone = report(report_kind::calls, "2025-11-01", "2025-11-30", true);
  zone.timezone = "Asia/Kolkata";
  auto csv = report(report_kind::agents, "2025-11-01", "2025-11-30", true);
  csv.csv = true;
  return {
      {"calls, a month by day", report(report_kind::calls, "2025-11-01", "2025-11-30", true)},
      {"calls, the year by day", report(report_kind::calls, "2025-01-01", "2025-12-31", true)},
      {"queues, a month by day", report(report_kind::queues, "2025-11-01", "2025-11-30", true)},
      {"queues, the year", report(report_kind::queues, "2025-01-01", "2025-12-31")},
      {"campaigns, a month", report(report_kind::campaigns, "2025-11-01", "2025-11-30")},
      {"campaigns, the year", report(report_kind::campaigns, "2025-01-01", "2025-12-31")},
      {"agents, a day", report(report_kind::agents, "2025-11-04", "2025-11-04")},
      {"agents, a month", report(report_kind::agents, "2025-11-01", "2025-11-30")},
      {"agents, a month by day, CSV", csv},
      {"agents, the year", report(report_kind::agents, "2025-01-01", "2025-12-31")},
      {"calls, a month, zone of half hours", zone},
      {"history, newest page", history({})},
      {"history of an agent", history({{"agentId", "user-77"}})},
      {"history of an agent and a queue", history({{"agentId", "user-77"}, {"queueId", "queue-3"}})},
      {"history, a number", history({}, "0612345678")},
      {"history, part of a number", history({}, "345678")},
      {"history, a rare end", history({{"endReason", "trunk_down"}})},
  };
}

} // namespace

int main(int argc, char** argv) {
  const char* given = std::getenv("EVS_PG_URL");
  if (!given || argc != 3) {
    std::fprintf(stderr, "usage: EVS_PG_URL=... bench_reports CALLS ROUNDS\n");
    return 2;
  }
  const long calls = std::atol(argv[1]);
  const int rounds = std::atoi(argv[2]);
  const auto url = with_database(given, name);
  const auto folder = std::filesystem::temp_directory_path() / ("evs-bench-reports-" + std::to_string(::getpid()));
  {
    pqxx::connection admin{given};
    pqxx::nontransaction t{admin};
    t.exec(std::string{"drop database if exists "} + name + " with (force)");
    t.exec(std::string{"create database "} + name);
  }
  desk_settings s;
  s.store.url = url;
  s.store.statement_timeout = milliseconds{120'000};
  s.now = [] { return now; };
  s.data_dir = folder;
  migrate(s.store);

  auto begun = stopwatch::now();
  generate(url, calls);
  std::printf("%ld calls generated in %.1f s\n", calls, ms_since(begun) / 1000);

  auto house = make_postgres_housekeeping(s.store, [] { return now; });
  begun = stopwatch::now();
  std::size_t hours = 0;
  std::vector<double> each;
  for (std::size_t n = 4; n == 4; hours += n) {
    const auto one = stopwatch::now();
    n = house->refresh_figures(4);
    each.push_back(ms_since(one));
  }
  std::sort(each.begin(), each.end());
  std::printf("figures of %zu hours computed in %.1f s, four hours in %.1f ms (median), %.1f ms (worst)\n\n", hours,
              ms_since(begun) / 1000, each[each.size() / 2], each.back());
  {
    pqxx::connection c{url};
    pqxx::nontransaction t{c};
    t.exec("vacuum analyze call_hours");
    t.exec("vacuum analyze call_hour_changes");
  }

  auto desk = make_postgres_desk(s);
  const requester who{{user_id{"user-9999"}, role::super_admin, {}}, "9999", "127.0.0.1", "bench"};
  std::printf("%-38s %10s %10s %10s\n", "question", "median ms", "worst ms", "answer KB");
  bool failed = false;
  for (const auto& q : questions()) {
    std::vector<double> took;
    std::uintmax_t bytes = 0;
    for (int round = 0; round < rounds; ++round) {
      const auto from = stopwatch::now();
      const auto said = desk->perform(who, data_request{q.what});
      took.push_back(ms_since(from));
      if (!said) {
        std::fprintf(stderr, "%s: %s\n", q.text, said.error().text().c_str());
        failed = true;
        break;
      }
      bytes = said->attached ? std::filesystem::file_size(said->attached->path) : said->json.size();
    }
    std::sort(took.begin(), took.end());
    std::printf("%-38s %10.1f %10.1f %10.1f\n", q.text, took[took.size() / 2], took.back(),
                static_cast<double>(bytes) / 1024);
  }
  desk.reset();
  house.reset();
  std::filesystem::remove_all(folder);
  pqxx::connection admin{given};
  pqxx::nontransaction{admin}.exec(std::string{"drop database if exists "} + name + " with (force)");
  return failed ? 1 : 0;
}
