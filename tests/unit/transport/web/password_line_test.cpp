#include "transport/web/password_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace evs::web {
namespace {

using instant = password_line::instant;
using ticket = password_line::ticket;

constexpr milliseconds hash{30};
constexpr instant never{0};

password_line make_line(milliseconds longest = milliseconds{3000}, unsigned servers = 1) { return {{servers, longest}, hash}; }

password_line::guest stranger(const std::string& address, std::uint32_t cost = 1) { return {standing::stranger, address, cost}; }
password_line::guest device(const std::string& login) { return {standing::device, login}; }
password_line::guest member(const std::string& user) { return {standing::member, user}; }

/// Enters and is ready; 0: refused.
ticket join(password_line& line, const password_line::guest& who, instant now = never) {
  auto in = line.enter(who, now);
  if (in.place) line.make_ready(*in.place);
  return in.place.value_or(0);
}

/// Everybody who waits, in the order of their turns; each takes `hash`.
std::vector<ticket> play(password_line& line, instant now = never) {
  std::vector<ticket> out;
  for (;;) {
    auto turn = line.take(now);
    if (!turn.next) return out;
    out.push_back(turn.next->place);
    line.done(hash);
  }
}

TEST(PasswordLine, ServesAnEqualInTheOrderOfArrival) {
  auto line = make_line();
  std::vector<ticket> came;
  for (int i = 0; i < 20; ++i) came.push_back(join(line, stranger("a")));
  EXPECT_EQ(play(line), came);
  EXPECT_EQ(line.waiting(), 0u);
}

TEST(PasswordLine, IsBoundedByTimeNotByNumber) {
  for (auto [longest, servers, took] : {std::tuple{milliseconds{3000}, 1u, milliseconds{30}}, {milliseconds{1500}, 1u, milliseconds{30}},
                                        {milliseconds{3000}, 4u, milliseconds{30}}, {milliseconds{3000}, 1u, milliseconds{300}}}) {
    password_line line{{servers, longest}, took};
    std::size_t in = 0;
    while (join(line, stranger("a" + std::to_string(in))) != 0) ASSERT_LT(++in, 1000u);
    EXPECT_EQ(in, static_cast<std::size_t>(longest / took) * servers + 1);
  }
}

TEST(PasswordLine, LearnsWhatAHashTakes) {
  auto line = make_line();
  for (int i = 0; i < 60; ++i) {
    join(line, stranger("a"));
    ASSERT_TRUE(line.take(never).next);
    line.done(milliseconds{120});
  }
  EXPECT_GT(line.hash_time(), milliseconds{115});
  std::size_t in = 0;
  while (join(line, stranger("a")) != 0) ++in;
  EXPECT_NEAR(static_cast<double>(in), 25, 2);
}

TEST(PasswordLine, SaysWhenToComeBackAndKeepsItsWord) {
  auto line = make_line();
  while (join(line, stranger("a")) != 0) {}
  // One who costs more than the whole line is worth.
  auto refused = line.enter(stranger("a", 1), never);
  ASSERT_FALSE(refused.place);
  EXPECT_EQ(refused.come_back, seconds{1});
  for (auto gone = instant{0}; gone < refused.come_back; gone += hash) {
    ASSERT_TRUE(line.take(gone).next);
    line.done(hash);
  }
  EXPECT_TRUE(line.enter(stranger("a"), refused.come_back).place);
}

TEST(PasswordLine, OneAddressDelaysOthersByATurnOnly) {
  auto line = make_line();
  while (join(line, stranger("flood")) != 0) {}
  const auto before = line.waiting();
  auto in = line.enter(stranger("person"), never);
  ASSERT_TRUE(in.place);
  line.make_ready(*in.place);
  ASSERT_EQ(in.displaced.size(), 1u) << "the flood's last place goes";
  EXPECT_EQ(line.waiting(), before);
  EXPECT_LE(*line.wait_of(*in.place), 2 * hash);
  const auto order = play(line);
  EXPECT_EQ(order.at(1), *in.place);
}

TEST(PasswordLine, AddressesThatWereWrongOftenComeLessOften) {
  auto line = make_line(milliseconds{60'000});
  std::map<ticket, std::string> whose;
  for (int i = 0; i < 200; ++i) {
    whose[join(line, stranger("clean"))] = "clean";
    whose[join(line, stranger("wrong", 5))] = "wrong";
  }
  std::map<std::string, int> turns;
  const auto order = play(line);
  for (std::size_t i = 0; i < 60; ++i) ++turns[whose[order[i]]];
  EXPECT_EQ(turns["clean"], 50);
  EXPECT_EQ(turns["wrong"], 10);
}

TEST(PasswordLine, WhatIsRefusedCostsNothing) {
  auto line = make_line();
  while (join(line, stranger("flood")) != 0) {}
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(join(line, stranger("flood")), 0u);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(line.take(never).next);
    line.done(hash);
  }
  EXPECT_NE(join(line, stranger("flood")), 0u) << "its next turn is as near as if it had not tried meanwhile";
}

TEST(PasswordLine, KnownDevicesGoFirst) {
  auto line = make_line();
  for (int i = 0; join(line, stranger("a" + std::to_string(i))) != 0; ++i) {}
  const auto mine = join(line, device("1001"));
  EXPECT_LE(*line.wait_of(mine), hash);
  EXPECT_EQ(play(line).front(), mine);
}

TEST(PasswordLine, KnownDevicesWaitForNoMoreThanEachOther) {
  auto line = make_line();
  for (int i = 0; join(line, device("insider")) != 0; ++i) {}
  EXPECT_EQ(line.waiting(standing::device), 101u) << "bounded as everybody";
  const auto mine = join(line, device("1001"));
  EXPECT_LE(*line.wait_of(mine), 2 * hash) << "accounts take turns";
}

TEST(PasswordLine, EveryStandingGetsItsShareWhileItWaits) {
  auto line = make_line(milliseconds{60'000});
  std::map<ticket, standing> who;
  auto fill = [&] {
    for (auto s : {standing::device, standing::member, standing::acquaintance, standing::stranger})
      while (line.waiting(s) < 20) who[join(line, {s, "x", 1})] = s;
  };
  std::map<standing, std::size_t> last;
  for (std::size_t n = 1; n <= 500; ++n) {
    fill();
    auto turn = line.take(never);
    ASSERT_TRUE(turn.next);
    line.done(hash);
    last[turn.next->who] = n;
    for (auto s : {standing::member, standing::acquaintance, standing::stranger})
      ASSERT_LE(n - last[s], password_line::share_of(s)) << to_string(s) << " starves";
    ASSERT_LE(n - last[standing::device], 4u);
  }
}

TEST(PasswordLine, MembersWaitLongerAtMost) {
  auto line = make_line();
  EXPECT_EQ(line.longest_wait(standing::member), 2 * line.longest_wait(standing::stranger));
  while (join(line, member("a")) != 0) {}
  EXPECT_EQ(line.waiting(standing::member), 201u);
}

TEST(PasswordLine, WhoIsNotReadyIsPassedOver) {
  auto line = make_line();
  auto first = line.enter(stranger("a"), never), second = line.enter(stranger("b"), never);
  EXPECT_FALSE(line.take(never).next);
  line.make_ready(*second.place);
  EXPECT_EQ(line.take(never).next->place, *second.place);
  line.done(hash);
  line.make_ready(*first.place);
  EXPECT_EQ(line.take(never).next->place, *first.place);
}

TEST(PasswordLine, ServesNoMoreThanItsServersAtOnce) {
  auto line = make_line(milliseconds{3000}, 2);
  for (int i = 0; i < 3; ++i) join(line, stranger("a"));
  EXPECT_TRUE(line.take(never).next);
  EXPECT_TRUE(line.take(never).next);
  EXPECT_FALSE(line.take(never).next);
  line.skip();
  EXPECT_TRUE(line.take(never).next);
}

TEST(PasswordLine, GivesUpPlacesThatWaitedTooLong) {
  auto line = make_line();
  const auto old = join(line, stranger("a"), instant{0});
  const auto fresh = join(line, stranger("b"), instant{seconds{4}});
  auto turn = line.take(instant{milliseconds{4501}});
  ASSERT_EQ(turn.late.size(), 1u);
  EXPECT_EQ(turn.late[0].place, old);
  ASSERT_TRUE(turn.next);
  EXPECT_EQ(turn.next->place, fresh);
  EXPECT_LT(line.give_up(standing::member), seconds{15}) << "before a client gives up";
}

TEST(PasswordLine, LeavingMakesRoom) {
  auto line = make_line();
  std::vector<ticket> in;
  while (auto one = join(line, stranger("a"))) in.push_back(one);
  EXPECT_TRUE(line.leave(in[3]));
  EXPECT_FALSE(line.leave(in[3]));
  EXPECT_NE(join(line, stranger("a")), 0u);
}

TEST(PasswordLine, HoldsNoMoreThanItsMostHoweverFastHashesAre) {
  password_line line{{1, milliseconds{3000}}, std::chrono::microseconds{1}};
  for (std::size_t i = 0; i < 3000; ++i) join(line, stranger(std::to_string(i)));
  EXPECT_EQ(line.waiting(), password_line::most);
  EXPECT_NE(join(line, device("1001")), 0u) << "at the cost of a stranger";
  EXPECT_EQ(line.waiting(), password_line::most);
}

/// Any number of addresses, standings and costs, comings, goings and servers: what the line promises holds at every step.
TEST(PasswordLine, KeepsItsPromisesWhateverComes) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 dice{seed};
    auto upto = [&](int n) { return std::uniform_int_distribution<int>{0, n - 1}(dice); };
    const auto servers = static_cast<unsigned>(1 + upto(4));
    password_line line{{servers, milliseconds{500 + upto(3000)}}, milliseconds{5 + upto(60)}};
    struct one {
      password_line::guest who;
      instant since;
      bool ready = false;
    };
    std::map<ticket, one> inside;
    std::set<ticket> answered;
    unsigned busy = 0;
    instant now{0};
    auto gone = [&](ticket place) {
      EXPECT_EQ(inside.erase(place), 1u) << "only who was in";
      EXPECT_TRUE(answered.insert(place).second) << "once";
    };
    const int addresses = 1 + upto(300), hurry = 1 + upto(20);
    for (int step = 0; step < 1500; ++step) {
      now += std::chrono::microseconds{upto(8000)};
      if (upto(hurry) != 0) {
        const auto kind = upto(10);
        const auto s = kind < 6 ? standing::stranger : static_cast<standing>(kind % 3);
        password_line::guest who{s, std::to_string(upto(addresses)), static_cast<std::uint32_t>(1 + (upto(3) ? 0 : upto(100)))};
        auto in = line.enter(who, now);
        if (in.place) inside[*in.place] = {who, now};
        else EXPECT_GE(in.come_back, seconds{1});
        for (const auto& d : in.displaced) {
          EXPECT_GE(d.who, s) << "nobody loses his place to somebody below him";
          EXPECT_GE(d.come_back, seconds{1});
          gone(d.place);
        }
        if (in.place) {
          EXPECT_LE(*line.wait_of(*in.place), line.longest_wait(s)) << "nobody is let in who would wait too long";
        }
        if (in.place && upto(4) != 0) {
          line.make_ready(*in.place);
          inside[*in.place].ready = true;
        }
      } else if (upto(2) == 0 && !inside.empty()) {
        const auto place = std::next(inside.begin(), upto(static_cast<int>(inside.size())))->first;
        if (upto(4) == 0) {
          EXPECT_TRUE(line.leave(place));
          gone(place);
        } else {
          line.make_ready(place);
          inside[place].ready = true;
        }
      } else {
        auto turn = line.take(now);
        for (const auto& l : turn.late) {
          EXPECT_GT(now - inside[l.place].since, line.give_up(l.who)) << "nobody is dropped before his time";
          gone(l.place);
        }
        if (turn.next) {
          ++busy;
          EXPECT_TRUE(inside[turn.next->place].ready);
          EXPECT_EQ(turn.next->waited, now - inside[turn.next->place].since);
          gone(turn.next->place);
        } else if (busy < servers) {
          EXPECT_TRUE(std::none_of(inside.begin(), inside.end(), [](const auto& i) { return i.second.ready; })) << "no server idles while somebody is ready";
        }
        EXPECT_LE(busy, servers);
        if (busy > 0 && upto(3) != 0) {
          --busy;
          upto(2) ? line.done(milliseconds{5 + upto(60)}) : line.skip();
        }
      }
      ASSERT_EQ(line.waiting(), inside.size());
    }
  }
}

/// A flood from few or many addresses, for minutes: whoever asks seldom is served in time.
TEST(PasswordLine, AFloodFromAnyNumberOfKnownWrongAddressesLetsACleanOneIn) {
  for (const int flooders : {1, 10, 60, 400, 4000}) {
    SCOPED_TRACE(flooders);
    auto line = make_line();
    std::map<ticket, std::string> whose;
    std::map<std::string, std::uint32_t> wrong;
    std::mt19937 dice{1};
    int refused = 0, served = 0;
    instant now{0}, free_at{0};
    std::optional<std::string> busy;
    // After a while each of the flood's addresses has been wrong a few times.
    for (int i = 0; i < flooders; ++i) wrong["f" + std::to_string(i)] = 3;
    for (int n = 0; n < 60'000; ++n, now += milliseconds{1}) {
      if (busy && now >= free_at) {
        line.done(hash);
        if (busy->starts_with('f')) ++wrong[*busy];
        else ++served;
        busy.reset();
      }
      const auto who = n % 500 == 499 ? "person" + std::to_string(n) : "f" + std::to_string(dice() % static_cast<unsigned>(flooders));
      auto in = line.enter(stranger(who, 1 + wrong[who]), now);
      if (in.place) {
        line.make_ready(*in.place);
        whose[*in.place] = who;
      }
      for (const auto& d : in.displaced) refused += whose[d.place].starts_with('p');
      if (who.starts_with('p') && !in.place) ++refused;
      if (!busy)
        if (auto turn = line.take(now); turn.next) {
          EXPECT_TRUE(turn.late.empty());
          busy = whose[turn.next->place];
          free_at = now + hash;
        }
    }
    EXPECT_EQ(refused, 0);
    EXPECT_GE(served, 115) << "of 120";
  }
}

} // namespace
} // namespace evs::web
