#include "tests/bench/api/figures.hpp"
#include "tests/bench/api/http_exchange.hpp"
#include "tests/bench/api/loads.hpp"
#include "tests/bench/api/plan.hpp"
#include "tests/bench/common/stamp_board.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

namespace evs::bench {

namespace {

constexpr std::size_t most_at_once = 8000;
constexpr std::uint64_t patience_us = 15'000'000;
constexpr std::size_t most_known = 100;
constexpr unsigned most_tries = 20;

class flood_run {
public:
  explicit flood_run(const plan& what) : plan_(what) {
    if (what.people.empty() || what.rate <= 0) throw std::runtime_error("a flood needs people and a rate");
  }

  std::string play() {
    meet();
    const auto begin = now_us();
    const auto total = static_cast<std::uint64_t>(plan_.rate * plan_.seconds);
    while (tried_ < total) {
      const auto due =
          std::min(total, static_cast<std::uint64_t>(static_cast<double>(now_us() - begin) * plan_.rate / 1e6));
      for (; tried_ < due; ++tried_) {
        if (under_way_.size() < most_at_once) attempt(tried_);
        else ++skipped_;
      }
      come_back();
      context_.run_one_for(std::chrono::milliseconds{1});
      context_.poll();
    }
    const auto took = static_cast<double>(now_us() - begin) / 1e6;
    // Whoever still waits for his next attempt was not let in while it lasted.
    over_ = true;
    for (const auto& [due, who] : waiting_) count(who, {429, 0, 0, {}});
    waiting_.clear();
    for (const auto give_up = now_us() + patience_us; !under_way_.empty() && now_us() < give_up;)
      context_.run_one_for(std::chrono::milliseconds{5});
    return "{\"attempts\":" + std::to_string(tried_) +
           ",\"perSecond\":" + std::to_string(static_cast<double>(tried_) / took) +
           ",\"skipped\":" + std::to_string(skipped_) + ",\"unanswered\":" + std::to_string(under_way_.size()) +
           ",\"returns\":" + std::to_string(returns_) + ",\"wrong\":" + all_[wrong].json() + ",\"right\":" + all_[right].json() +
           ",\"known\":" + all_[known].json() + "}";
  }

private:
  using live = std::list<http_exchange>;
  enum kind : std::size_t { wrong, right, known };
  struct somebody {
    kind what = wrong;
    std::string login, password, cookies, address;
    std::uint64_t from = 0;
    unsigned tries = 0;
  };

  /// Before the flood: the devices of those who are known.
  void meet() {
    if (plan_.known_every == 0) return;
    const auto count = std::min<std::size_t>(most_known, plan_.people.size());
    http_exchange wire{context_, plan_.host, plan_.port};
    for (std::size_t i = 0; i < count; ++i) {
      std::optional<http_reply> got;
      wire.ask({"POST", "/api/auth/login", {}, body_of(plan_.people[i].login, plan_.people[i].password), {}},
               [&](http_reply reply) { got = std::move(reply); });
      while (!got) context_.run_one();
      if (got->status != 200) throw std::runtime_error("the sign-in before the flood was answered " + std::to_string(got->status));
      std::string cookies;
      for (const auto& one : got->cookies)
        if (!one.starts_with("evs_refresh=")) cookies += (cookies.empty() ? "" : "; ") + one;
      devices_.push_back(std::move(cookies));
    }
  }

  static std::string body_of(const std::string& login, const std::string& password) {
    return R"({"loginId":")" + login + R"(","password":")" + password + "\"}";
  }

  void attempt(std::uint64_t n) {
    somebody who;
    if (plan_.known_every > 0 && n % plan_.known_every == plan_.known_every / 2) {
      const auto i = n / plan_.known_every % devices_.size();
      who = {known, plan_.people[i].login, plan_.people[i].password, devices_[i], {}, 0, 0};
    } else if (plan_.right_every > 0 && n % plan_.right_every == 0) {
      const auto& person = plan_.people[n / plan_.right_every % plan_.people.size()];
      who = {right, person.login, person.password, {}, {}, 0, 0};
    } else {
      // Every other one names somebody who does not exist.
      who.login = n % 2 == 1 ? "nobody-" + std::to_string(n) : plan_.people[n % plan_.people.size()].login;
      who.password = "wrong-" + std::to_string(n);
    }
    who.address = loopback_address(n % plan_.addresses);
    who.from = now_us();
    ask(std::move(who));
  }

  void ask(somebody who) {
    ++who.tries;
    under_way_.emplace_front(context_, plan_.host, plan_.port, who.address);
    const auto mine = under_way_.begin();
    http_question what{"POST", "/api/auth/login", {}, body_of(who.login, who.password), who.cookies};
    mine->ask(std::move(what), [this, mine, who = std::move(who)](http_reply reply) {
      // As the dashboard does: when it is told to, with a little spread.
      if (who.what != wrong && reply.status == 429 && reply.retry_after > 0 && who.tries < most_tries && !over_)
        waiting_.emplace(now_us() + reply.retry_after * 1'000'000 + who.from % 500'000, who);
      else count(who, reply);
      under_way_.erase(mine);
    });
  }

  void come_back() {
    while (!waiting_.empty() && waiting_.begin()->first <= now_us()) {
      ++returns_;
      ask(std::move(waiting_.extract(waiting_.begin()).mapped()));
    }
  }

  void count(const somebody& who, const http_reply& reply) { all_[who.what].add(now_us() - who.from, reply.status, reply.bytes); }

  const plan& plan_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  live under_way_;
  /// By when they come back.
  std::multimap<std::uint64_t, somebody> waiting_;
  std::vector<std::string> devices_;
  std::array<figures, 3> all_;
  bool over_ = false;
  std::uint64_t tried_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t returns_ = 0;
};

} // namespace

std::string run_flood(const plan& what) { return flood_run(what).play(); }

} // namespace evs::bench
