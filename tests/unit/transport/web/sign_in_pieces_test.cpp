#include "transport/web/access_token.hpp"
#include "transport/web/acquaintances.hpp"
#include "transport/web/base64url.hpp"
#include "transport/web/device_marks.hpp"
#include "transport/web/idempotency.hpp"
#include "transport/web/password.hpp"
#include "transport/web/revocations.hpp"
#include "transport/web/throttle.hpp"
#include "transport/web/tickets.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace evs::web {
namespace {

const std::string key(32, 'k');
const timestamp start{seconds{1'700'000'000}};

std::string hmac(const std::string& secret, const std::string& text, const EVP_MD* digest) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
  out.resize(size);
  return out;
}

/// A token made by hand: whatever header and payload, signed as told.
std::string forge(const std::string& header, const std::string& payload, const std::string& secret = key,
                  const EVP_MD* digest = EVP_sha256()) {
  auto text = base64url_encode(header) + "." + base64url_encode(payload);
  return text + "." + base64url_encode(hmac(secret, text, digest));
}

const std::string good_header = R"({"alg":"HS256","typ":"JWT"})";
std::string payload_with(const std::string& from, const std::string& to) {
  std::string text =
      R"({"iss":"evscallpro","aud":"evscallpro-api","sub":"user-1001","login":"1001","role":"Agent","site":"site-paris","fam":"f","jti":"j","iat":1700000000,"nbf":1700000000,"exp":1700000900})";
  if (from.empty()) return text;
  auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(AccessToken, CarriesItsClaims) {
  access_tokens tokens{key};
  auto text = tokens.sign({{user_id{"user-1001"}, role::supervisor, site_id{"site-paris"}},
                           "1001",
                           "fam",
                           "id",
                           start,
                           start + seconds{900}});
  auto claims = tokens.verify(text, start + seconds{899});
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->who, (viewer{user_id{"user-1001"}, role::supervisor, site_id{"site-paris"}}));
  EXPECT_EQ(claims->login, "1001");
  EXPECT_EQ(claims->family, "fam");
  EXPECT_EQ(claims->expires, start + seconds{900});
}

TEST(AccessToken, TakesWhatAnotherImplementationWouldMake) {
  EXPECT_TRUE(access_tokens{key}.verify(forge(good_header, payload_with("", "")), start + seconds{1}));
}

TEST(AccessToken, RefusesWhateverIsNotExactlyOurs) {
  access_tokens tokens{key};
  auto good = payload_with("", "");
  auto signed_none = base64url_encode(R"({"alg":"none","typ":"JWT"})") + "." + base64url_encode(good) + ".";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"empty", ""},
      {"no dots", "abc"},
      {"two parts", "a.b"},
      {"four parts", forge(good_header, good) + ".x"},
      {"alg none", signed_none},
      {"alg none, signed", forge(R"({"alg":"none","typ":"JWT"})", good)},
      {"alg in other case", forge(R"({"alg":"hs256","typ":"JWT"})", good)},
      {"alg HS512", forge(R"({"alg":"HS512","typ":"JWT"})", good, key, EVP_sha512())},
      {"alg RS256", forge(R"({"alg":"RS256","typ":"JWT"})", good)},
      {"no typ", forge(R"({"alg":"HS256"})", good)},
      {"critical extension", forge(R"({"alg":"HS256","typ":"JWT","crit":["x"]})", good)},
      {"other key", forge(good_header, good, std::string(32, 'x'))},
      {"wrong audience", forge(good_header, payload_with("evscallpro-api", "other"))},
      {"wrong issuer", forge(good_header, payload_with(R"("iss":"evscallpro")", R"("iss":"other")"))},
      {"no audience", forge(good_header, payload_with(R"("aud":"evscallpro-api",)", ""))},
      {"expired", forge(good_header, payload_with("1700000900", "1700000001"))},
      {"no expiry", forge(good_header, payload_with(R"(,"exp":1700000900)", ""))},
      {"expiry as text", forge(good_header, payload_with("1700000900", R"("1700000900")"))},
      {"not yet valid", forge(good_header, payload_with(R"("nbf":1700000000)", R"("nbf":1700000100)"))},
      {"unknown role", forge(good_header, payload_with("Agent", "Root"))},
      {"no subject", forge(good_header, payload_with("user-1001", ""))},
      {"padding", forge(good_header, good) + "="},
  };
  for (const auto& [name, token] : cases) {
    auto verdict = tokens.verify(token, start + seconds{1});
    ASSERT_FALSE(verdict) << name;
    EXPECT_EQ(verdict.error().code, errc::unauthenticated) << name;
  }
}

TEST(AccessToken, RefusesEveryChangedCharacter) {
  access_tokens tokens{key};
  auto good = forge(good_header, payload_with("", ""));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.verify(changed, start + seconds{1})) << i;
  }
}

TEST(AccessToken, WantsAKeyOfItsStrength) { EXPECT_THROW(access_tokens{std::string(31, 'k')}, std::invalid_argument); }

TEST(Base64url, HasOneTextForOneValue) {
  for (std::string bytes : {"", "a", "ab", "abc", "\xff\xfe\x00z"})
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  for (std::string_view bad : {"YQ==", "Y", "Y+", "YR", "YQ ", " YQ"})
    EXPECT_EQ(base64url_decode(bad), std::nullopt) << bad;
}

TEST(Password, IsHashedAsOwaspAsks) {
  auto hash = hash_password("père noël");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
  EXPECT_TRUE(verify_password(hash, "père noël"));
  EXPECT_FALSE(verify_password(hash, "pere noel"));
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("not a hash", "x"));
}

const password_guest somebody{{standing::stranger, "a", 1}, {}, {}};

TEST(PasswordPool, NeverFindsAnUnknownAccountRight) {
  std::promise<bool> verdict;
  password_pool pool{1, seconds{3}};
  pool.enter(somebody).at->verify("", "no account has this", [&](bool right) { verdict.set_value(right); });
  EXPECT_FALSE(verdict.get_future().get());
}

TEST(PasswordPool, HashesAtTheConfiguredCost) {
  password_pool pool{1, seconds{3}, {8 * 1024 * 1024, 3}};
  auto hashed = [&] {
    std::promise<std::string> made;
    pool.enter(somebody).at->hash("secret", [&](std::optional<std::string> hash) { made.set_value(hash.value_or("none")); });
    return made.get_future().get();
  };
  auto first = hashed();
  EXPECT_TRUE(first.starts_with("$argon2id$v=19$m=8192,t=3,p=1$")) << first;
  pool.set_cost({16 * 1024 * 1024, 1});
  auto second = hashed();
  EXPECT_TRUE(second.starts_with("$argon2id$v=19$m=16384,t=1,p=1$")) << second;
  EXPECT_TRUE(verify_password(first, "secret")) << "old hashes stay valid";
}

/// A pool whose only thread is busy until told otherwise.
class BusyPool : public testing::Test {
protected:
  void SetUp() override {
    pool.on_event([this](const password_event& e) {
      std::lock_guard lock(mutex);
      ++events[std::string{to_string(e.what)} + " " + std::string{to_string(e.who)}];
    });
    pool.enter(somebody).at->verify("x", "x", [this](bool) {
      begun.set_value();
      go.get_future().wait();
    });
    begun.get_future().wait();
  }
  void TearDown() override {
    if (!let_go) go.set_value();
  }
  void release() {
    let_go = true;
    go.set_value();
  }
  /// Until everybody who came before has been served.
  void drain() {
    std::promise<void> done;
    pool.enter({{standing::stranger, "last", 1}, {}, {}}).at->verify("x", "x", [&](bool) { done.set_value(); });
    done.get_future().wait();
  }
  int count(const std::string& what) {
    std::lock_guard lock(mutex);
    return events[what];
  }

  std::mutex mutex;
  std::map<std::string, int> events;
  std::promise<void> begun, go; // before the pool: its last job still uses them
  bool let_go = false;
  password_pool pool{1, milliseconds{500}, {8192, 1}};
};

TEST_F(BusyPool, RefusesAtOnceWhoWouldWaitTooLong) {
  std::vector<std::shared_ptr<password_pool::place>> in;
  for (;;) {
    auto entrance = pool.enter(somebody);
    if (!entrance.at) {
      EXPECT_GE(entrance.come_back, seconds{1});
      break;
    }
    in.push_back(std::move(entrance.at));
    ASSERT_LT(in.size(), 5000u);
  }
  EXPECT_EQ(count("refused stranger"), 1);
  in.pop_back();
  EXPECT_TRUE(pool.enter(somebody).at) << "a place that is let go of is free";
}

TEST_F(BusyPool, TellsWhoeverLosesHisPlace) {
  std::vector<std::shared_ptr<password_pool::place>> in;
  int told = 0;
  for (bool full = false; !full;) {
    auto entrance = pool.enter({{standing::stranger, "flood", 1}, {}, [&](seconds later) {
                                  ++told;
                                  EXPECT_GE(later, seconds{1});
                                }});
    full = !entrance.at;
    if (!full) in.push_back(std::move(entrance.at));
  }
  EXPECT_EQ(told, 0) << "who is refused at the door sees it";
  ASSERT_TRUE(pool.enter({{standing::stranger, "person", 1}, {}, {}}).at);
  ASSERT_EQ(told, 1);
  EXPECT_FALSE(in.back()->leave()) << "lost already";
  in.back()->verify("x", "x", [](bool) { FAIL() << "no hash for a lost place"; });
  EXPECT_EQ(count("displaced stranger"), 1);
  in.clear();
  release();
}

TEST_F(BusyPool, MakesNoHashForWhoHasHungUpOrWaitedTooLong) {
  int hashed = 0;
  std::vector<std::shared_ptr<password_pool::place>> in;
  std::promise<void> told;
  auto add = [&](bool gone, std::function<void(seconds)> away) {
    in.push_back(pool.enter({{standing::stranger, "a", 1}, [gone] { return gone; }, std::move(away)}).at);
    ASSERT_TRUE(in.back());
    in.back()->verify("x", "x", [&](bool) { ++hashed; });
  };
  add(true, [&](seconds) { told.set_value(); });
  add(false, {});
  release();
  told.get_future().wait();
  drain();
  EXPECT_EQ(hashed, 1);
  EXPECT_EQ(count("gone stranger"), 1);
}

TEST(PasswordPool, GivesUpWhoWaitedTooLong) {
  std::promise<void> begun, go;
  std::promise<seconds> late;
  password_pool pool{1, milliseconds{50}, {8192, 1}};
  pool.enter(somebody).at->verify("x", "x", [&](bool) {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  auto place = pool.enter({{standing::stranger, "a", 1}, {}, [&](seconds later) { late.set_value(later); }}).at;
  place->verify("x", "x", [](bool) { FAIL() << "too late"; });
  std::this_thread::sleep_for(milliseconds{90});
  go.set_value();
  EXPECT_GE(late.get_future().get(), seconds{1});
}

TEST(DeviceMarks, AreFoundForTheirAccountOnly) {
  device_marks marks{key};
  const auto cookie = marks.add("", "1001", start);
  const auto name = marks.find(cookie, "1001", start);
  ASSERT_TRUE(name);
  EXPECT_EQ(marks.any(cookie, start), name);
  EXPECT_FALSE(marks.find(cookie, "1002", start));
  EXPECT_FALSE(marks.find("", "1001", start));
  EXPECT_FALSE(marks.find(cookie, "1001", start + device_marks::lifetime)) << "over";
  EXPECT_TRUE(marks.find(cookie, "1001", start + device_marks::lifetime - seconds{1}));
  EXPECT_NE(marks.add("", "1001", start), cookie) << "each has a name of its own";
  EXPECT_EQ(cookie.find("1001"), std::string::npos) << "says nothing about the account";
  EXPECT_FALSE(device_marks{std::string(32, 'x')}.find(cookie, "1001", start));
}

TEST(DeviceMarks, RefuseEveryChangedCharacter) {
  device_marks marks{key};
  const auto good = marks.add("", "1001", start);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(marks.any(changed, start)) << i;
    EXPECT_FALSE(marks.any(good.substr(0, i), start)) << i;
  }
  for (const std::string& text : {good + "A", "A" + good, std::string(4096, '~'), std::string(4096, '.'), std::string(60, 'A'), std::string("..."),
                                  std::string(16, 'a') + "." + std::string(12, 'b') + ".99999999999999999999." + std::string(24, 'c')})
    EXPECT_FALSE(marks.any(text, start)) << text;
}

TEST(DeviceMarks, KeepOneOfEachWhoSharesTheDevice) {
  device_marks marks{key};
  std::string cookie;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 5; ++i) cookie = marks.add(cookie + "~nonsense", std::to_string(i), start);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(marks.find(cookie, std::to_string(i), start)) << i;
  EXPECT_EQ(std::count(cookie.begin(), cookie.end(), '~'), 4) << "one each";
  for (int i = 5; i < 40; ++i) cookie = marks.add(cookie, std::to_string(i), start);
  EXPECT_EQ(std::count(cookie.begin(), cookie.end(), '~') + 1, static_cast<long>(device_marks::most));
  EXPECT_LT(cookie.size(), 700u);
  EXPECT_TRUE(marks.find(cookie, "39", start));
  EXPECT_FALSE(marks.find(cookie, "5", start)) << "the oldest goes";
  EXPECT_EQ(marks.add(cookie, "x", start + device_marks::lifetime).find('~'), std::string::npos) << "what is over goes, too";
}

TEST(Acquaintances, AreRememberedForAWhileAndUpToANumber) {
  acquaintances known;
  known.remember("1001", "10.0.0.1", start);
  EXPECT_TRUE(known.knows("1001", "10.0.0.1", start));
  EXPECT_FALSE(known.knows("1001", "10.0.0.2", start));
  EXPECT_FALSE(known.knows("1002", "10.0.0.1", start));
  EXPECT_FALSE(known.knows("1001", "10.0.0.1", start + acquaintances::lifetime));
  for (std::size_t i = 0; i < acquaintances::most; ++i) {
    known.remember(std::to_string(i), "10.0.0.9", start);
    if (i % 100 == 0) known.remember("1001", "10.0.0.1", start);
  }
  EXPECT_TRUE(known.knows("1001", "10.0.0.1", start)) << "the ones in use stay";
  EXPECT_FALSE(known.knows("0", "10.0.0.9", start));
}

std::optional<seconds> try_from(login_throttle& t, const std::string& login, const std::string& address, timestamp now,
                                const login_throttle_settings& limits) {
  return t.admit(login_trial::of_stranger(login, address_group(address)), now, limits);
}

TEST(LoginThrottle, SlowsOneAccountFromOneAddressDown) {
  login_throttle t;
  login_throttle_settings limits{3, 100, seconds{300}};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(try_from(t, "1001", "10.0.0.1", start, limits));
  auto wait = try_from(t, "1001", "10.0.0.1", start, limits);
  ASSERT_TRUE(wait);
  EXPECT_FALSE(try_from(t, "1001", "10.0.0.2", start, limits)) << "the owner, elsewhere, is not locked out";
  EXPECT_FALSE(try_from(t, "1002", "10.0.0.1", start, limits));
  auto later = start + *wait;
  EXPECT_FALSE(try_from(t, "1001", "10.0.0.1", later, limits));
  auto longer = try_from(t, "1001", "10.0.0.1", later, limits);
  ASSERT_TRUE(longer);
  EXPECT_GT(*longer, *wait);
  EXPECT_FALSE(try_from(t, "1001", "10.0.0.1", later + seconds{301}, limits)) << "old failures are forgotten";
}

TEST(LoginThrottle, SlowsAnAddressThatTriesManyAccounts) {
  login_throttle t;
  login_throttle_settings limits{3, 10, seconds{300}};
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(try_from(t, std::to_string(i), "2001:db8::" + std::to_string(i + 1), start, limits));
  EXPECT_TRUE(try_from(t, "new", "2001:db8::ffff", start, limits)) << "one /64 is one address";
  EXPECT_FALSE(try_from(t, "new", "2001:db9::1", start, limits));
}

TEST(LoginThrottle, CountsOnlyFailures) {
  login_throttle t;
  login_throttle_settings limits{2, 5, seconds{300}};
  const auto who = login_trial::of_stranger("1001", "10.0.0.1");
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(t.admit(who, start, limits)) << i;
    i % 2 ? t.succeeded(who) : t.undecided(who, limits);
  }
}

TEST(LoginThrottle, AKnownDeviceAnswersForItselfOnly) {
  login_throttle t;
  login_throttle_settings limits{3, 10, seconds{300}};
  const auto owner = login_trial::of_device("mark"), stolen = login_trial::of_device("stolen");
  for (int i = 0; i < 100; ++i) t.admit(login_trial::of_stranger("1001", "10.0.0.1"), start, limits);
  for (int i = 0; i < 100; ++i) t.admit(login_trial::of_stranger(std::to_string(i), "10.0.0.1"), start, limits);
  EXPECT_TRUE(t.admit(login_trial::of_stranger("other", "10.0.0.1"), start, limits)) << "the address is held up";
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(t.admit(stolen, start, limits));
  EXPECT_TRUE(t.admit(stolen, start, limits)) << "has a brake of its own";
  EXPECT_FALSE(t.admit(owner, start, limits));
  EXPECT_FALSE(t.admit(login_trial::of_acquaintance("1002", "10.0.0.1"), start, limits)) << "not held up by its address";
  EXPECT_TRUE(t.admit(login_trial::of_acquaintance("1001", "10.0.0.1"), start, limits)) << "but by what was tried with this very account there";
  EXPECT_FALSE(t.admit(login_trial::of_member("user-1"), start, limits));
}

TEST(LoginThrottle, WhoeverIsHeldUpStaysSoWhenATryIsNotJudged) {
  login_throttle t;
  login_throttle_settings limits{2, 100, seconds{300}};
  const auto who = login_trial::of_stranger("1001", "10.0.0.1");
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(t.admit(who, start, limits));
  const auto later = start + seconds{2};
  EXPECT_FALSE(t.admit(who, later, limits));
  t.undecided(who, limits);
  EXPECT_TRUE(t.admit(who, later, limits));
}

TEST(LoginThrottle, KnowsWhichAddressesWereWrongLately) {
  login_throttle t;
  login_throttle_settings limits{100, 100, seconds{300}};
  const auto who = login_trial::of_stranger("1001", "10.0.0.1");
  for (int i = 0; i < 8; ++i) t.admit(who, start, limits);
  EXPECT_EQ(t.wrong_from("10.0.0.1", start, limits), 0u) << "nothing is known yet";
  for (int i = 0; i < 8; ++i) t.failed(who);
  EXPECT_EQ(t.wrong_from("10.0.0.1", start, limits), 8u);
  t.succeeded(who);
  EXPECT_EQ(t.wrong_from("10.0.0.1", start, limits), 4u);
  EXPECT_EQ(t.wrong_from("10.0.0.2", start, limits), 0u);
  EXPECT_EQ(t.wrong_from("10.0.0.1", start + seconds{301}, limits), 0u);
}

TEST(RequestThrottle, RefillsAtItsRate) {
  request_throttle t;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(t.admit("u", start, 2, 5));
  EXPECT_TRUE(t.admit("u", start, 2, 5));
  EXPECT_FALSE(t.admit("v", start, 2, 5));
  EXPECT_FALSE(t.admit("u", start + milliseconds{500}, 2, 5));
  EXPECT_TRUE(t.admit("u", start + milliseconds{500}, 2, 5));
}

TEST(Ticket, OpensOnceAndBriefly) {
  ticket_office office;
  viewer who{user_id{"u"}, role::agent, {}};
  auto value = office.issue(who, "1001", "fam", start);
  ASSERT_TRUE(value);
  EXPECT_FALSE(office.redeem(*value + "x", start));
  auto found = office.redeem(*value, start + seconds{29});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->who, who);
  EXPECT_EQ(found->family, "fam");
  EXPECT_FALSE(office.redeem(*value, start + seconds{29}));
  auto late = office.issue(who, "1001", "fam", start);
  EXPECT_FALSE(office.redeem(*late, start + seconds{30}));
}

TEST(Revocations, EndFamiliesUsersAndOlderSignIns) {
  revocations r;
  user_id u{"u"};
  EXPECT_FALSE(r.ended(u, "a", start));
  r.end_family("a", start);
  EXPECT_TRUE(r.ended(u, "a", start + seconds{1}));
  r.end_user(u, start);
  EXPECT_TRUE(r.ended(u, "b", start));
  EXPECT_FALSE(r.ended(u, "b", start + seconds{1}));
  r.keep_only(u, "c", start + seconds{10});
  EXPECT_TRUE(r.ended(u, "b", start + seconds{5}));
  EXPECT_FALSE(r.ended(u, "c", start + seconds{10}));
  EXPECT_FALSE(r.ended(u, "d", start + seconds{11}));
  r.forget(start + seconds{3600}, seconds{900});
  EXPECT_FALSE(r.ended(u, "a", start));
}

TEST(Idempotency, AnswersTheSecondTimeFromMemory) {
  idempotency once;
  auto name = idempotency::name(user_id{"u"}, http_method::post, "/api/x", "k");
  EXPECT_NE(name, idempotency::name(user_id{"v"}, http_method::post, "/api/x", "k"));
  EXPECT_FALSE(once.begin(name, "body", start));
  EXPECT_EQ(once.begin(name, "body", start)->status, 409u) << "under way";
  once.finish(name, response{200, "application/json", R"({"callId":"1"})", nullptr, {}});
  auto again = once.begin(name, "body", start);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->body, R"({"callId":"1"})");
  EXPECT_EQ(once.begin(name, "other", start)->status, 409u);
  EXPECT_FALSE(once.begin(name, "body", start + seconds{601})) << "forgotten";
  once.finish(name, response{503, {}, {}, nullptr, {}});
  EXPECT_FALSE(once.begin(name, "body", start + seconds{602})) << "a fault may be tried again";
}

} // namespace
} // namespace evs::web
