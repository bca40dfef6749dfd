#include "tests/bench/api/figures.hpp"
#include "tests/bench/api/hearing.hpp"
#include "tests/bench/api/http_exchange.hpp"
#include "tests/bench/api/listeners.hpp"
#include "tests/bench/api/loads.hpp"
#include "tests/bench/api/plan.hpp"
#include "tests/bench/common/stamp_board.hpp"
#include "tests/bench/dashboards/rest_client.hpp"
#include "tests/bench/dashboards/websocket.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <unistd.h>

namespace evs::bench {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_connections = 128;
/// What has not come so long after the last request is missing.
constexpr std::uint64_t patience_us = 10'000'000;
/// And what comes twice or astray gets this time to do so.
constexpr std::uint64_t silence_us = 500'000;

class paced_run {
public:
  explicit paced_run(const plan& what)
      : plan_(what), prefix_("save" + std::to_string(::getpid()) + "x" + std::to_string(now_us()) + "n"),
        listeners_(context_, prefix_,
                   [this](std::size_t session, std::uint64_t n, std::uint64_t at) { hearing_.heard(session, n, at); }) {
  }

  std::string play(const std::function<void()>& ready) {
    rest_client rest(plan_.host, plan_.port, plan_.origin);
    tokens_ = sign_in(plan_, rest);
    open_sessions(rest);
    // What arrives at the opening of the last session is not the first request's business.
    settle(silence_us);
    ready();
    const auto begin = now_us();
    measure_from_ = begin + static_cast<std::uint64_t>(plan_.warmup * 1e6);
    stop_at_ = measure_from_ + static_cast<std::uint64_t>(plan_.seconds * 1e6);
    for (std::size_t i = 0; i < plan_.requests.size(); ++i) {
      if (plan_.requests[i].rate <= 0) continue;
      const auto gap = 1e6 / plan_.requests[i].rate;
      auto& fresh = clocks_.emplace_back(context_, i, gap);
      fresh.next = static_cast<double>(begin) +
                   gap * static_cast<double>(i + 1) / static_cast<double>(plan_.requests.size() + 1);
      arm(fresh);
    }
    while (now_us() < measure_from_) context_.run_one_for(std::chrono::milliseconds{5});
    const auto cpu = own_cpu_seconds();
    while (now_us() < stop_at_) context_.run_one_for(std::chrono::milliseconds{5});
    cpu_share_ = (own_cpu_seconds() - cpu) / plan_.seconds;
    const auto give_up = now_us() + patience_us;
    while ((under_way_ > 0 || !hearing_.complete()) && now_us() < give_up)
      context_.run_one_for(std::chrono::milliseconds{5});
    settle(silence_us);
    return json();
  }

private:
  struct clock {
    clock(asio::io_context& context, std::size_t k, double g) : timer(context), kind(k), gap(g) {}
    asio::steady_timer timer;
    std::size_t kind;
    double gap;
    double next = 0;
  };
  struct asked {
    std::size_t kind;
    std::uint64_t due_us;
  };

  void open_sessions(rest_client& rest) {
    for (std::size_t group = 0; group < plan_.sessions.size(); ++group)
      for (std::size_t i = 0; i < plan_.sessions[group].count; ++i) {
        const auto& token = tokens_[plan_.sessions[group].person];
        std::string leftover;
        const int fd =
            plan_.door == "native"
                ? websocket_connect("", plan_.host, plan_.port, "/api/ws", "evs.v1, ticket." + rest.ticket(token),
                                    plan_.origin, leftover)
                : websocket_connect("", plan_.host, plan_.port, "/api/?token=" + token, "", plan_.origin, leftover);
        hearing_.add_session(group);
        listeners_.add(fd, leftover);
        context_.poll();
      }
  }

  void settle(std::uint64_t us) {
    for (const auto end = now_us() + us; now_us() < end;) context_.run_one_for(std::chrono::milliseconds{5});
  }

  void arm(clock& c) {
    const auto now = static_cast<double>(now_us());
    c.timer.expires_after(std::chrono::microseconds{c.next > now ? static_cast<std::int64_t>(c.next - now) : 0});
    c.timer.async_wait([this, &c](boost::system::error_code ec) {
      if (ec) return;
      for (auto at = now_us(); c.next <= static_cast<double>(at); c.next += c.gap) {
        if (static_cast<std::uint64_t>(c.next) >= stop_at_) return;
        waiting_.push_back({c.kind, static_cast<std::uint64_t>(c.next)});
        ++under_way_;
      }
      send_waiting();
      arm(c);
    });
  }

  void send_waiting() {
    while (!waiting_.empty()) {
      if (idle_.empty()) {
        if (connections_.size() >= most_connections) return;
        idle_.push_back(connections_.size());
        connections_.emplace_back(context_, plan_.host, plan_.port);
      }
      const auto which = idle_.back();
      idle_.pop_back();
      const auto what = waiting_.front();
      waiting_.pop_front();
      send(which, what);
    }
  }

  void send(std::size_t which, const asked& what) {
    const auto& kind = plan_.requests[what.kind];
    const bool measured = what.due_us >= measure_from_;
    std::uint64_t number = 0;
    if (!kind.heard_by.empty()) number = hearing_.sent(kind.heard_by, now_us(), measured);
    connections_[which].ask(
        {kind.method, kind.target, tokens_[kind.person], with_mark(kind.body, prefix_ + std::to_string(number) + ".")},
        [this, which, what, measured, number](http_reply reply) {
          --under_way_;
          if (measured) kinds_[plan_.requests[what.kind].name].add(now_us() - what.due_us, reply.status, reply.bytes);
          if (!plan_.requests[what.kind].heard_by.empty() && (reply.status < 200 || reply.status >= 300))
            hearing_.refused(number);
          idle_.push_back(which);
          send_waiting();
        });
  }

  std::string json() const {
    return "{\"seconds\":" + std::to_string(plan_.seconds) + ",\"clientCpu\":" + std::to_string(cpu_share_) +
           ",\"sessions\":" + std::to_string(listeners_.count()) +
           ",\"lostSessions\":" + std::to_string(listeners_.lost()) +
           ",\"messages\":" + std::to_string(listeners_.messages()) + ",\"unanswered\":" + std::to_string(under_way_) +
           ",\"heard\":" + hearing_.json() + ",\"kinds\":" + json_of(kinds_) + "}";
  }

  const plan& plan_;
  std::string prefix_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  hearing hearing_;
  listeners listeners_;
  std::vector<std::string> tokens_;
  std::deque<http_exchange> connections_;
  std::vector<std::size_t> idle_;
  std::deque<asked> waiting_;
  std::deque<clock> clocks_;
  std::map<std::string, figures> kinds_;
  std::size_t under_way_ = 0; ///< due and not answered
  std::uint64_t measure_from_ = 0;
  std::uint64_t stop_at_ = 0;
  double cpu_share_ = 0;
};

} // namespace

std::string run_paced(const plan& what, const std::function<void()>& ready) { return paced_run(what).play(ready); }

} // namespace evs::bench
