// Agents that ask for contacts, all at once, through the desk that the node uses, and the list that they work on.
//   bench_claims fill --url URL --contacts N         an empty database: campaign, agents, N contacts
//   bench_claims run  --url URL --agents 16 --claims 200 --pause 0
// Prints one line of JSON. The time of an ask is from before the question to the JSON answer; what an agent does with the contact
// (a qualification) happens between and is not counted.

#include "tests/bench/common/arguments.hpp"
#include "persistence/desk.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace evs;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr const char* campaign = "campaign-bench";

void fill(const std::string& url, unsigned long contacts) {
  persistence::store_settings store;
  store.url = url;
  persistence::migrate(store);
  pqxx::connection db{url};
  auto run = [&](const std::string& sql) { pqxx::nontransaction{db}.exec(sql); };
  run("set synchronous_commit = off");
  run("insert into users (id, login_id, role) select 'user-' || n, n::text, 'Agent' from generate_series(1, 64) n");
  run("insert into qualifications (id, code, description) values ('qual-90', '90', 'Occupé')");
  run(std::string{"insert into campaigns (id, name, is_active) values ('"} + campaign + "', 'Bench', true)");
  run(std::string{"insert into campaign_agents (campaign_id, user_id) select '"} + campaign + "', id from users");
  for (unsigned long from = 1; from <= contacts; from += 200'000) {
    const auto to = std::min(contacts, from + 200'000 - 1);
    run("insert into contacts (id, campaign_id, first_name, last_name, phone_number, phone_e164, postal_code, custom_fields) "
        "select 'contact-' || lpad(n::text, 9, '0'), '" + std::string{campaign} + "', 'Prénom' || n % 5000, 'Nom' || n * 7919 % 60000, "
        "'06' || lpad(n::text, 8, '0'), '+336' || lpad(n::text, 8, '0'), lpad((n * 31 % 95999)::text, 5, '0'), "
        "jsonb_build_object('ville', 'Ville' || n % 3000, 'age', n % 90, 'source', 'bench') from generate_series(" +
        std::to_string(from) + "::bigint, " + std::to_string(to) + "::bigint) n order by n");
  }
  run("vacuum (analyze) contacts");
  run("vacuum (analyze) contact_pool");
  run("checkpoint");
}

/// The contact's id in an answer; "" for none.
std::string id_in(const std::string& json) {
  const std::string_view mark{"\"id\": \"contact-"};
  const auto at = json.find(mark);
  if (at == std::string::npos)
    return {};
  const auto from = at + mark.size() - 8;
  return json.substr(from, json.find('"', from) - from);
}

struct times {
  std::vector<double> ms;
  double share(double part) {
    if (ms.empty())
      return 0;
    std::sort(ms.begin(), ms.end());
    return ms[std::min(ms.size() - 1, static_cast<std::size_t>(part * static_cast<double>(ms.size())))];
  }
};

int work(const bench::arguments& given) {
  const auto agents = given.number("agents", 16);
  const auto claims = given.number("claims", 200);
  const auto pause = given.number("pause", 0);
  persistence::desk_settings settings;
  settings.store.url = given.text("url");
  settings.now = [] { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); };
  // As in the node, whose relay is woken by this.
  settings.events_written = [] {};
  std::atomic<unsigned> ready{0}, none{0}, failed{0};
  std::atomic<bool> go{false};
  std::vector<times> all(agents);
  std::vector<std::vector<std::string>> got(agents);
  std::vector<std::thread> threads;
  for (unsigned long n = 0; n < agents; ++n)
    threads.emplace_back([&, n] {
      const auto me = "user-" + std::to_string(n + 1);
      const requester who{{user_id{me}, role::agent, {}}, me, "127.0.0.1", {}};
      std::mt19937 random{static_cast<unsigned>(n)};
      auto desk = persistence::make_postgres_desk(settings);
      auto ask = [&] { return desk->perform(who, data_request{contact_request{next_contact{{}, campaign_id{campaign}}}}); };
      auto finish = [&](const std::string& contact) {
        return desk->perform(who, data_request{contact_request{qualify_contact{{}, contact_id{contact}, {}, "qual-90", {}, {}}}});
      };
      // Connections and plans are made before.
      for (int warm = 0; warm < 8; ++warm)
        if (const auto said = ask(); said)
          finish(id_in(said->json));
      ++ready;
      while (!go)
        std::this_thread::yield();
      for (unsigned long i = 0; i < claims; ++i) {
        if (pause)
          std::this_thread::sleep_for(std::chrono::microseconds{random() % (2000 * pause)});
        const auto from = clock_type::now();
        const auto said = ask();
        all[n].ms.push_back(std::chrono::duration<double, std::milli>(clock_type::now() - from).count());
        if (!said) {
          ++failed;
          continue;
        }
        const auto contact = id_in(said->json);
        if (contact.empty()) {
          ++none;
          continue;
        }
        got[n].push_back(contact);
        if (!finish(contact))
          ++failed;
      }
    });
  while (ready < agents)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  const auto from = clock_type::now();
  go = true;
  for (auto& t : threads)
    t.join();
  const auto took = std::chrono::duration<double>(clock_type::now() - from).count();
  times together;
  std::set<std::string> different;
  std::size_t handed = 0;
  for (unsigned long n = 0; n < agents; ++n) {
    together.ms.insert(together.ms.end(), all[n].ms.begin(), all[n].ms.end());
    different.insert(got[n].begin(), got[n].end());
    handed += got[n].size();
  }
  std::printf("{\"asks\":%zu,\"handed\":%zu,\"twice\":%zu,\"none\":%u,\"failed\":%u,\"perSecond\":%.1f,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"max\":%.3f}\n",
              together.ms.size(), handed, handed - different.size(), none.load(), failed.load(), static_cast<double>(together.ms.size()) / took,
              together.share(.5), together.share(.95), together.share(.99), together.share(1));
  return failed || handed != different.size() ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    const std::string command = argc > 1 ? argv[1] : "";
    const bench::arguments given{argc - 1, argv + 1};
    if (command == "fill") {
      fill(given.text("url"), given.number("contacts", 1'000'000));
      return 0;
    }
    if (command == "run")
      return work(given);
    std::cerr << "bench_claims fill|run --url URL ...\n";
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
  }
  return 2;
}
