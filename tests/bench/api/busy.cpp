#include "tests/bench/api/figures.hpp"
#include "tests/bench/api/http_exchange.hpp"
#include "tests/bench/api/loads.hpp"
#include "tests/bench/api/plan.hpp"
#include "tests/bench/common/stamp_board.hpp"
#include "tests/bench/dashboards/rest_client.hpp"

#include <boost/asio/io_context.hpp>

#include <set>

namespace evs::bench {

std::vector<std::string> sign_in(const plan& what, rest_client& rest) {
  std::set<std::size_t> used;
  for (const auto& kind : what.requests) used.insert(kind.person);
  for (const auto& group : what.sessions) used.insert(group.person);
  std::vector<std::string> tokens(what.people.size());
  for (const auto who : used) tokens[who] = rest.login(what.people[who].login, what.people[who].password);
  return tokens;
}

namespace {

class busy_run {
public:
  explicit busy_run(const plan& what) : plan_(what) {
    for (std::size_t i = 0; i < what.requests.size(); ++i) turns_.insert(turns_.end(), what.requests[i].weight, i);
  }

  std::string play() {
    rest_client rest(plan_.host, plan_.port, plan_.origin);
    tokens_ = sign_in(plan_, rest);
    for (std::size_t i = 0; i < plan_.connections; ++i) clients_.emplace_back(context_, plan_.host, plan_.port);
    const auto begin = now_us();
    measure_from_ = begin + static_cast<std::uint64_t>(plan_.warmup * 1e6);
    measure_to_ = measure_from_ + static_cast<std::uint64_t>(plan_.seconds * 1e6);
    for (auto& client : clients_) next(client);
    context_.run();
    return json();
  }

private:
  void next(http_exchange& client) {
    const auto now = now_us();
    if (now >= measure_to_) return;
    if (cpu_from_ < 0 && now >= measure_from_) cpu_from_ = own_cpu_seconds();
    const auto number = asked_++;
    const auto& kind = plan_.requests[turns_[number % turns_.size()]];
    const auto mark = "busy" + std::to_string(begin_) + "n" + std::to_string(number) + ".";
    client.ask({kind.method, kind.target, tokens_[kind.person], with_mark(kind.body, mark)},
               [this, &client, &kind, now](http_reply reply) {
                 const auto at = now_us();
                 if (now >= measure_from_ && at < measure_to_) {
                   kinds_[kind.name].add(at - now, reply.status, reply.bytes);
                   all_.add(at - now, reply.status, reply.bytes);
                 }
                 if (reply.status == 0 && ++failures_ > 100) return; // the server is gone: don't spin
                 next(client);
               });
  }

  std::string json() const {
    return "{\"seconds\":" + std::to_string(plan_.seconds) +
           ",\"perSecond\":" + std::to_string(static_cast<double>(all_.took.count()) / plan_.seconds) +
           ",\"clientCpu\":" + std::to_string((own_cpu_seconds() - cpu_from_) / plan_.seconds) +
           ",\"all\":" + all_.json() + ",\"kinds\":" + json_of(kinds_) + "}";
  }

  const plan& plan_;
  boost::asio::io_context context_{1};
  std::vector<http_exchange> clients_;
  std::vector<std::string> tokens_;
  std::vector<std::size_t> turns_; ///< kinds, each as often as its weight
  std::map<std::string, figures> kinds_;
  figures all_;
  std::uint64_t begin_ = now_us();
  std::uint64_t asked_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t measure_from_ = 0;
  std::uint64_t measure_to_ = 0;
  double cpu_from_ = -1;
};

} // namespace

std::string run_busy(const plan& what) { return busy_run(what).play(); }

} // namespace evs::bench
