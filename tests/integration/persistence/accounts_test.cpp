#include "surroundings.hpp"

#include "persistence/accounts.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <thread>

using namespace evs;
using namespace evs::persistence;
using evs::persistence::testing::scratch_database;

namespace {

const timestamp t0{seconds{1'800'000'000}};

refresh_token token(const std::string& hash, const std::string& family, timestamp issued = t0) {
  return {hash, family, user_id{"user-1001"}, issued, issued + std::chrono::hours{24}, "127.0.0.1", "Firefox \"'\\"};
}

const std::string checked = "hash of 1001";

struct Accounts : ::testing::Test {
  scratch_database db;
  std::unique_ptr<accounts> a;

  void SetUp() override {
    seed(db.settings(), true, [](const std::string& p) { return "hash of " + p; });
    a = make_postgres_accounts(db.settings());
  }
};

TEST_F(Accounts, FindsAndTellsNoSecret) {
  const auto found = a->find_by_login("1001");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, user_id{"user-1001"});
  EXPECT_EQ(found->role, role::agent);
  EXPECT_TRUE(found->is_active);
  EXPECT_EQ(found->site, site_id{"site-paris"});
  EXPECT_EQ(found->password_hash, "hash of 1001");
  const auto json = boost::json::parse(found->json).as_object();
  EXPECT_EQ(json.at("loginId").as_string(), "1001");
  EXPECT_EQ(json.at("role").as_string(), "Agent");
  EXPECT_EQ(json.at("campaignIds").as_array().size(), 1u);
  EXPECT_TRUE(json.at("createdAt").as_string().ends_with("Z"));
  EXPECT_EQ(found->json.find(db.ask("select sip_secret from users where id = 'user-1001'")), std::string::npos);
  EXPECT_EQ(found->json.find("hash of"), std::string::npos);
  EXPECT_EQ(a->find(user_id{"user-9999"})->role, role::super_admin);
  for (const auto& nobody : {std::string{""}, std::string{"' or 1=1 --"}, std::string("1001\0x", 6), std::string{"1001\xFF"}, std::string{"%"}})
    EXPECT_FALSE(a->find_by_login(nobody));
  EXPECT_FALSE(a->find(user_id{"1001"}));
}

TEST_F(Accounts, ChangesAPassword) {
  a->set_password_hash(user_id{"user-1001"}, "another");
  EXPECT_EQ(a->find_by_login("1001")->password_hash, "another");
}

TEST_F(Accounts, RotationOutcomes) {
  a->open_family(token("h1", "f1"), checked, false);
  EXPECT_TRUE(a->family_alive("f1"));
  EXPECT_FALSE(a->family_alive("f2"));
  auto r = a->rotate("h1", token("h2", "ignored"), t0 + seconds{10}, seconds{5});
  EXPECT_EQ(r.outcome, rotation::rotated);
  EXPECT_EQ(r.user, user_id{"user-1001"});
  EXPECT_EQ(r.family, "f1");
  EXPECT_EQ(a->rotate("h1", token("h3", ""), t0 + seconds{15}, seconds{5}).outcome, rotation::sibling);
  EXPECT_EQ(a->rotate("h3", token("h4", ""), t0 + seconds{15}, seconds{5}).outcome, rotation::rotated); // the sibling works too
  r = a->rotate("h1", token("h5", ""), t0 + seconds{16}, seconds{5});
  EXPECT_EQ(r.outcome, rotation::reused);
  EXPECT_EQ(r.family, "f1");
  EXPECT_FALSE(a->family_alive("f1"));
  for (const char* hash : {"h1", "h2", "h3", "h4", "h5", "unknown", ""})
    EXPECT_EQ(a->rotate(hash, token("h6", ""), t0 + seconds{17}, seconds{5}).outcome, rotation::invalid) << hash;
  EXPECT_EQ(db.ask("select count(*) from refresh_tokens"), "4"); // h1..h4: nothing was stored by a refusal
}

TEST_F(Accounts, ExpiredOrDisabledIsInvalid) {
  a->open_family(token("h1", "f1"), checked, false);
  EXPECT_EQ(a->rotate("h1", token("h2", ""), t0 + std::chrono::hours{24}, seconds{5}).outcome, rotation::invalid);
  db.ask("update users set is_active = false where id = 'user-1001'");
  EXPECT_EQ(a->rotate("h1", token("h2", ""), t0 + seconds{1}, seconds{5}).outcome, rotation::invalid);
  db.ask("update users set is_active = true where id = 'user-1001'");
  EXPECT_EQ(a->rotate("h1", token("h2", ""), t0 + seconds{1}, seconds{5}).outcome, rotation::invalid)
    << "who was disabled was signed out: he signs in again";
}

TEST_F(Accounts, ANewLoginMayEndTheOthers) {
  a->open_family(token("h1", "f1"), checked, false);
  a->open_family(token("h2", "f2"), checked, false);
  EXPECT_TRUE(a->family_alive("f1"));
  a->open_family(token("h3", "f3"), checked, true);
  EXPECT_FALSE(a->family_alive("f1"));
  EXPECT_FALSE(a->family_alive("f2"));
  EXPECT_TRUE(a->family_alive("f3"));
  a->revoke_family("f3");
  EXPECT_FALSE(a->family_alive("f3"));
  EXPECT_EQ(a->rotate("h3", token("h4", ""), t0 + seconds{1}, seconds{5}).outcome, rotation::invalid);
}

TEST_F(Accounts, ExpiredFamiliesAreForgotten) {
  a->open_family(token("h1", "f1"), checked, false);
  a->open_family(token("h2", "f2", t0 + std::chrono::hours{25}), checked, false);
  EXPECT_EQ(db.ask("select string_agg(family, ' ') from token_families"), "f2");
}

TEST_F(Accounts, AnUnknownUserIsRefused) {
  auto stranger = token("h1", "f1");
  stranger.user = user_id{"user-none"};
  EXPECT_FALSE(a->open_family(stranger, checked, true));
  EXPECT_EQ(db.ask("select count(*) from token_families"), "0");
}

TEST_F(Accounts, WhoMayNoLongerSignInOpensNoFamily) {
  // As it was when the password was checked; then it changed.
  EXPECT_FALSE(a->open_family(token("h1", "f1"), "hash of another password", true));
  db.ask("update users set is_active = false where id = 'user-1001'");
  EXPECT_FALSE(a->open_family(token("h2", "f2"), checked, true));
  EXPECT_EQ(db.ask("select count(*) from token_families"), "0");
  db.ask("update users set is_active = true, role = 'Superviseur', site_id = 'site-lyon' where id = 'user-1001'");
  const auto now = a->open_family(token("h3", "f3"), checked, true);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->role, role::supervisor) << "as it is, not as it was checked";
  EXPECT_EQ(now->site, site_id{"site-lyon"});
}

/// Runs two things at the same time, again and again, each with accounts of its own.
struct Race : Accounts {
  std::unique_ptr<accounts> b;
  void SetUp() override {
    Accounts::SetUp();
    b = make_postgres_accounts(db.settings());
    b->family_alive("warm");
  }
  template <class One, class Two>
  void race(One one, Two two) {
    std::atomic<int> ready{0};
    auto side = [&](auto& what, accounts& own) {
      ++ready;
      while (ready < 2) std::this_thread::yield();
      what(own);
    };
    std::thread other{[&] { side(two, *b); }};
    side(one, *a);
    other.join();
  }
};

TEST_F(Race, TwoTabsAtOnceNeverBothSpend) {
  for (int i = 0; i < 20; ++i) {
    const auto n = std::to_string(i);
    a->open_family(token("old" + n, "f" + n), checked, false);
    rotation one{}, two{};
    race([&](accounts& x) { one = x.rotate("old" + n, token("a" + n, ""), t0 + seconds{1}, seconds{5}).outcome; },
         [&](accounts& x) { two = x.rotate("old" + n, token("b" + n, ""), t0 + seconds{1}, seconds{5}).outcome; });
    EXPECT_NE(one, two);
    EXPECT_TRUE(one == rotation::rotated || two == rotation::rotated);
    EXPECT_TRUE(one == rotation::sibling || two == rotation::sibling);
  }
}

TEST_F(Race, NoTokenOutlivesARevocation) {
  for (int i = 0; i < 20; ++i) {
    const auto n = std::to_string(i);
    a->open_family(token("old" + n, "f" + n), checked, false);
    race([&](accounts& x) { x.rotate("old" + n, token("new" + n, ""), t0 + seconds{1}, seconds{5}); },
         [&](accounts& x) { x.revoke_family("f" + n); });
    EXPECT_FALSE(a->family_alive("f" + n));
    EXPECT_EQ(a->rotate("new" + n, token("x" + n, ""), t0 + seconds{2}, seconds{5}).outcome, rotation::invalid);
  }
}

TEST_F(Race, ALoginBesideItsDeactivationLeavesNothingThatNobodyHeardOf) {
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    const auto n = std::to_string(i);
    std::optional<account> in;
    race([&](accounts& x) { in = x.open_family(token("h" + n, "f" + n), checked, true); },
         [&](accounts&) { db.ask("update users set is_active = false where id = 'user-1001'"); });
    EXPECT_FALSE(a->family_alive("f" + n));
    if (in)
      EXPECT_EQ(db.ask("select count(*) from outbox where type = 'sessionsRevoked' and payload->'families' ? 'f" + n + "'"), "1")
        << "every node is told to refuse its access tokens";
    else
      ++refused;
    db.ask("update users set is_active = true where id = 'user-1001'");
  }
  RecordProperty("refused", refused);
}

TEST_F(Race, TwoLoginsAtOnceLeaveOne) {
  for (int i = 0; i < 20; ++i) {
    const auto n = std::to_string(i);
    race([&](accounts& x) { x.open_family(token("a" + n, "fa" + n), checked, true); },
         [&](accounts& x) { x.open_family(token("b" + n, "fb" + n), checked, true); });
    EXPECT_NE(a->family_alive("fa" + n), a->family_alive("fb" + n));
  }
}

} // namespace
