#include "tests/bench/api/figures.hpp"
#include "tests/bench/api/http_exchange.hpp"
#include "tests/bench/api/loads.hpp"
#include "tests/bench/api/plan.hpp"
#include "tests/bench/common/stamp_board.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <list>
#include <stdexcept>

namespace evs::bench {

namespace {

constexpr std::size_t most_at_once = 8000;
constexpr std::uint64_t patience_us = 15'000'000;

class flood_run {
public:
  explicit flood_run(const plan& what) : plan_(what) {
    if (what.people.empty() || what.rate <= 0) throw std::runtime_error("a flood needs people and a rate");
  }

  std::string play() {
    const auto begin = now_us();
    const auto total = static_cast<std::uint64_t>(plan_.rate * plan_.seconds);
    while (tried_ < total) {
      const auto due =
          std::min(total, static_cast<std::uint64_t>(static_cast<double>(now_us() - begin) * plan_.rate / 1e6));
      for (; tried_ < due; ++tried_) {
        if (under_way_.size() < most_at_once) attempt(tried_);
        else ++skipped_;
      }
      context_.run_one_for(std::chrono::milliseconds{1});
      context_.poll();
    }
    const auto took = static_cast<double>(now_us() - begin) / 1e6;
    for (const auto give_up = now_us() + patience_us; !under_way_.empty() && now_us() < give_up;)
      context_.run_one_for(std::chrono::milliseconds{5});
    return "{\"attempts\":" + std::to_string(tried_) +
           ",\"perSecond\":" + std::to_string(static_cast<double>(tried_) / took) +
           ",\"skipped\":" + std::to_string(skipped_) + ",\"unanswered\":" + std::to_string(under_way_.size()) +
           ",\"wrong\":" + wrong_.json() + ",\"right\":" + right_.json() + "}";
  }

private:
  using live = std::list<http_exchange>;

  void attempt(std::uint64_t n) {
    const bool right = plan_.right_every > 0 && n % plan_.right_every == 0;
    const auto& who = plan_.people[(right ? n / plan_.right_every : n) % plan_.people.size()];
    // Every other wrong one names somebody who does not exist.
    const auto login = !right && n % 2 == 1 ? "nobody-" + std::to_string(n) : who.login;
    const auto password = right ? who.password : "wrong-" + std::to_string(n);
    under_way_.emplace_front(context_, plan_.host, plan_.port, loopback_address(n % plan_.addresses));
    const auto mine = under_way_.begin();
    const auto from = now_us();
    mine->ask({"POST", "/api/auth/login", {}, R"({"loginId":")" + login + R"(","password":")" + password + "\"}"},
              [this, mine, from, right](http_reply reply) {
                (right ? right_ : wrong_).add(now_us() - from, reply.status, reply.bytes);
                under_way_.erase(mine);
              });
  }

  const plan& plan_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  live under_way_;
  figures wrong_;
  figures right_;
  std::uint64_t tried_ = 0;
  std::uint64_t skipped_ = 0;
};

} // namespace

std::string run_flood(const plan& what) { return flood_run(what).play(); }

} // namespace evs::bench
