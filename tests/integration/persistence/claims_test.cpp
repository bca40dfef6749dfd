// What happens at the same time: sixteen agents ask, work, hang up, disappear; connections are cut; rules change. Whatever the
// order was, nothing is handed out twice, nothing is lost, no quota is exceeded.

#include "call_centre.hpp"

#include "domain/contact_rules.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <thread>

using namespace evs;
using namespace evs::persistence;
using namespace evs::persistence::testing;

namespace {

constexpr int agents = 16;

unsigned first_seed() {
  const char* given = std::getenv("EVS_SEED");
  return given ? static_cast<unsigned>(std::atoi(given)) : 1;
}

/// Who works on what, as the agents themselves know it: written when a contact was received, cleared before it is given away.
class ledger {
public:
  void received(const std::string& contact, const std::string& agent) {
    std::lock_guard lock{mutex_};
    auto [at, fresh] = holders_.try_emplace(contact, agent);
    if (!fresh && at->second != agent)
      twice_ += contact + " is with " + at->second + " and " + agent + "; ";
    ++handed_;
  }
  void gives_away(const std::string& contact) {
    std::lock_guard lock{mutex_};
    holders_.erase(contact);
  }
  std::string twice() const { return twice_; }
  int handed() const { return handed_; }

private:
  std::mutex mutex_;
  std::map<std::string, std::string> holders_;
  std::string twice_;
  int handed_ = 0;
};

struct Claims : ::testing::TestWithParam<unsigned>, call_centre {
  std::atomic<bool> over{false};
  ledger book;

  /// One agent's working day. A request whose answer was lost may have been done or not; the agent then simply asks again.
  void work(int number, unsigned seed, int steps) {
    std::mt19937 random{seed * 100 + static_cast<unsigned>(number)};
    const auto me = "user-" + std::to_string(number);
    const auto who = asker(me);
    auto own = open();
    auto ask = [&](contact_request what) -> std::optional<result<data_answer>> {
      try {
        return own->perform(who, data_request{std::move(what)});
      } catch (const store_unavailable&) {
        return std::nullopt;
      }
    };
    for (int i = 0; i < steps; ++i) {
      const auto said = ask(next_contact{{}, campaign_id{"campaign-1"}});
      if (!said)
        continue;
      if (!*said) {
        ADD_FAILURE() << said->error().text();
        continue;
      }
      const auto got = boost::json::parse((*said)->json);
      if (got.at("contact").is_null())
        continue;
      const contact_id contact{got.at("contact").at("id").as_string().c_str()};
      book.received(contact.value, me);
      if (random() % 2)
        ask(dial_contact{user_id{me}, contact, {}});
      book.gives_away(contact.value);
      switch (random() % 8) {
      case 0: ask(unlock_contact{contact, {}}); break;
      case 1: ask(release_contacts_of{user_id{me}}); break;
      case 2: ask(qualify_contact{{}, contact, {}, "qual-95", std::chrono::floor<milliseconds>(std::chrono::system_clock::now()), {}}); break;
      case 3: ask(contact_dialled{user_id{me}, contact, {}, "no line"}); break;
      case 4: ask(qualify_contact{{}, contact, {}, "qual-90", {}, {}}); break;
      case 5: own = open(); break; // the connection goes, with whatever was under way; he keeps his contact
      default: {
        const auto sold = ask(qualify_contact{{}, contact, {}, "qual-yes", {}, {}});
        if (sold && !*sold)
          ADD_FAILURE() << "a place was kept for " << contact.value << ", but: " << sold->error().text();
      }
      }
    }
  }

  void all_work(unsigned seed, int steps, const std::function<void(std::mt19937&)>& meanwhile) {
    std::vector<std::thread> all;
    for (int n = 1; n <= agents; ++n)
      all.emplace_back([=, this] { work(n, seed, steps); });
    std::thread troubles{[&] {
      std::mt19937 random{seed};
      while (!over)
        meanwhile(random);
    }};
    for (auto& t : all)
      t.join();
    over = true;
    troubles.join();
  }

  /// At any instant, in one consistent look: what is reached and in progress never passes the limit.
  std::string exceeded() const {
    return db.ask("select string_agg(q.rule_id || ': ' || q.reached || ' + ' || n.kept || ' of ' || q.limit_of, '; ') from campaign_quotas q, lateral "
                  "(select count(*) as kept from contact_locks l where l.campaign_id = q.campaign_id and (l.reserved >> q.position) & 1 = 1) n, lateral "
                  "(select count(*) as sold from contacts c where c.campaign_id = q.campaign_id and c.positive and (c.quota_mask >> q.position) & 1 = 1) s "
                  "where q.reached + n.kept > q.limit_of or s.sold + n.kept > q.limit_of");
  }
};

constexpr const char* quotas = R"(update campaigns set quotas_enabled = true, quota_rules =
  '[{"id":"paris","contactField":"postalCode","operator":"starts_with","value":"75","limit":40},
    {"id":"lyon","contactField":"postalCode","operator":"starts_with","value":"69","limit":25},
    {"id":"three","contactField":"age","operator":"equals","value":"3","limit":4}]' where id = 'campaign-1')";

TEST_P(Claims, NothingTwiceNothingLostNoQuotaExceeded) {
  import(1, 250);
  db.ask(quotas);
  std::string too_many;
  int looks = 0;
  all_work(GetParam(), 25, [&](std::mt19937&) {
    ++looks;
    if (auto what = exceeded(); !what.empty())
      too_many = what;
  });
  EXPECT_EQ(book.twice(), "");
  EXPECT_EQ(too_many, "") << "in one of " << looks << " looks";
  EXPECT_EQ(inconsistencies(), "");
  EXPECT_GT(book.handed(), 100);
  // Everybody is gone: rule 7 resolves what is left, and nobody who is still to be called is out of the pool.
  db.ask("update campaigns set unlock_timeouts_enabled = true where id = 'campaign-1'; update contact_locks set seen_at = now() - interval '1 hour'");
  sweep();
  EXPECT_EQ(db.ask("select count(*) from contact_locks"), "0");
  EXPECT_EQ(inconsistencies(), "");
  EXPECT_EQ(db.ask("select count(*) from contacts"), "250");
}

TEST_P(Claims, CutConnectionsLoseNothing) {
  import(1, 200);
  db.ask(quotas);
  all_work(GetParam(), 20, [&](std::mt19937& random) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5 + random() % 40});
    db.end_connections();
  });
  EXPECT_EQ(book.twice(), "");
  EXPECT_EQ(exceeded(), "");
  EXPECT_EQ(inconsistencies(), "");
  db.ask("update campaigns set unlock_timeouts_enabled = true where id = 'campaign-1'; update contact_locks set seen_at = now() - interval '1 hour'");
  one = open();
  sweep();
  EXPECT_EQ(db.ask("select count(*) from contact_locks"), "0");
  EXPECT_EQ(inconsistencies(), "");
}

TEST_P(Claims, RulesThatChangeMeanwhile) {
  import(1, 400);
  int changes = 0;
  auto own = open();
  all_work(GetParam() + 50, 15, [&](std::mt19937& random) {
    const auto limit = std::to_string(5 + random() % 60);
    switch (random() % 4) {
    case 0: db.ask(R"(update campaigns set quotas_enabled = true, quota_rules =
      '[{"id":"a","contactField":"postalCode","operator":"starts_with","value":"75","limit":)" + limit + R"(},
        {"id":"b","contactField":"age","operator":"is_not_empty","value":"","limit":300}]' where id = 'campaign-1')"); break;
    case 1: db.ask("update campaigns set quotas_enabled = false where id = 'campaign-1'"); break;
    case 2: db.ask(R"(update campaigns set filter_rules = '[{"type":"exclude","contactField":"age","operator":"equals","value":")" + std::to_string(random() % 10) +
                   R"("}]' where id = 'campaign-1')"); break;
    default: own->perform(requester{}, data_request{contact_request{sweep_contacts{}}});
    }
    ++changes;
    std::this_thread::sleep_for(std::chrono::milliseconds{random() % 30});
  });
  sweep();
  EXPECT_EQ(book.twice(), "");
  EXPECT_EQ(inconsistencies(), "") << "after " << changes << " changes";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Claims, ::testing::Range(first_seed(), first_seed() + 3));

TEST(ClaimsTogether, SixteenAtOnceGetTheFirstSixteen) {
  call_centre centre;
  centre.import(1, 20);
  std::vector<std::string> got(agents);
  std::vector<std::thread> all;
  for (int n = 0; n < agents; ++n)
    all.emplace_back([&, n] {
      const auto said = centre.open()->perform(asker("user-" + std::to_string(n + 1)), data_request{contact_request{next_contact{{}, campaign_id{"campaign-1"}}}});
      if (said)
        got[static_cast<std::size_t>(n)] = boost::json::parse(said->json).at("contact").at("id").as_string().c_str();
    });
  for (auto& t : all)
    t.join();
  std::sort(got.begin(), got.end());
  std::vector<std::string> first;
  for (int n = 1; n <= agents; ++n)
    first.push_back("contact-" + std::to_string(n));
  std::sort(first.begin(), first.end());
  EXPECT_EQ(got, first);
}

TEST(ClaimsTogether, TheSameAgentTwiceAtOnceGetsOneContact) {
  call_centre centre;
  centre.import(1, 20);
  std::vector<std::string> got(8);
  std::vector<std::thread> all;
  for (auto& mine : got)
    all.emplace_back([&] {
      const auto said = centre.open()->perform(asker("user-1"), data_request{contact_request{next_contact{{}, campaign_id{"campaign-1"}}}});
      if (said)
        mine = boost::json::parse(said->json).at("contact").at("id").as_string().c_str();
    });
  for (auto& t : all)
    t.join();
  EXPECT_EQ(got, std::vector<std::string>(8, "contact-1"));
}

// ---------------------------------------------------------------- the rules in C++ and in SQL

class row_fields : public contact_rules::fields {
public:
  explicit row_fields(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {}
  std::string text(std::string_view field) const override {
    const auto at = texts_.find(std::string{field});
    return at == texts_.end() ? std::string{} : at->second;
  }

private:
  std::map<std::string, std::string> texts_;
};

TEST(ContactRules, TheDatabaseDecidesLikeTheDomain) {
  call_centre centre;
  std::mt19937 random{7};
  const std::vector<std::string> names{"firstName", "lastName", "postalCode", "phoneNumber", "city", "age", "nothing"};
  const std::vector<std::string> operators{"equals", "starts_with", "contains", "is_not_empty", "unknown"};
  const std::vector<std::string> texts{"", "75", "750", "75011", "Zoé", "é", "a'b\"\\", "%", "_", "Paris", "paris", "7"};
  auto any = [&](const auto& from) { return from[random() % from.size()]; };
  for (int round = 0; round < 40; ++round) {
    std::map<std::string, std::string> contact;
    for (const auto& name : names)
      contact[name] = any(texts);
    value custom{value::object{}};
    for (auto name : {"city", "age"})
      custom.set(name, contact[name]);
    contact["nothing"].clear();
    value filter_list{value::array{}}, quota_list{value::array{}};
    std::vector<contact_rules::filter> filters;
    std::vector<contact_rules::field_rule> rules;
    for (unsigned i = random() % 4; i > 0; --i) {
      const auto field = any(names), how = any(operators), wanted = any(texts);
      const bool include = random() % 2 == 0;
      filter_list.list()->push_back(value::object{{"type", include ? "include" : "exclude"}, {"contactField", field}, {"operator", how}, {"value", wanted}});
      if (auto known = contact_rules::comparison_from_token(how))
        filters.push_back({include, {field, *known, wanted}});
      else if (include) // nothing matches a comparison that nobody knows
        filters.push_back({include, {field, contact_rules::comparison::equals, "\x01never"}});
    }
    for (unsigned i = random() % 4; i > 0; --i) {
      const auto field = any(names), how = operators[random() % 4], wanted = any(texts);
      quota_list.list()->push_back(value::object{{"id", "q" + std::to_string(i)}, {"contactField", field}, {"operator", how}, {"value", wanted}, {"limit", static_cast<int>(random() % 2)}});
      rules.push_back({field, *contact_rules::comparison_from_token(how), wanted});
    }
    const bool quotas_on = random() % 2 == 0;
    std::uint64_t full = 0;
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (*quota_list.list()->at(i).find("limit")->integer() == 0)
        full |= std::uint64_t{1} << i;
    auto quoted = [](const std::string& text) {
      std::string out = "'";
      for (char c : text)
        out += c == '\'' ? std::string{"''"} : std::string{c};
      return out + "'";
    };
    centre.db.ask("delete from contact_locks");
    centre.db.ask("delete from contacts");
    centre.db.ask("insert into contacts (id, campaign_id, first_name, last_name, postal_code, phone_number, custom_fields) values ('c', 'campaign-1', " +
                  quoted(contact["firstName"]) + ", " + quoted(contact["lastName"]) + ", " + quoted(contact["postalCode"]) + ", " +
                  quoted(contact["phoneNumber"]) + ", " + quoted(to_json(custom)) + ")");
    centre.db.ask("update campaigns set quotas_enabled = " + std::string{quotas_on ? "true" : "false"} + ", filter_rules = " + quoted(to_json(filter_list)) +
                  ", quota_rules = " + quoted(to_json(quota_list)) + " where id = 'campaign-1'");
    const row_fields fields{contact};
    EXPECT_EQ(centre.db.ask("select quota_mask_of(c) from contacts c"), std::to_string(contact_rules::quota_mask(rules, fields))) << to_json(quota_list);
    EXPECT_EQ(centre.db.ask("select passes_filters(c) from contacts c"), contact_rules::passes(filters, fields) ? "t" : "f") << to_json(filter_list);
    EXPECT_EQ(!centre.next("user-1").empty(), contact_rules::may_be_handed_out(filters, quotas_on, rules, full, fields))
      << to_json(filter_list) << (quotas_on ? to_json(quota_list) : std::string{" no quotas"});
  }
}

} // namespace
