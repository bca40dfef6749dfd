#include "persistence/store.hpp"

#include "domain/labels.hpp"
#include "persistence/postgres/directory_rows.hpp"
#include "persistence/postgres/write_batch.hpp"

namespace evs::persistence {

namespace {

using namespace postgres;

constexpr statement agent_states{
  "load_agent_states",
  "select u.id, u.login_id, u.first_name, u.last_name, u.site_id, u.extension, s.state, "
  "(extract(epoch from s.since) * 1000)::bigint, s.reason, s.call_id, s.campaign_id, s.phone_reachable, s.pending, "
  "(extract(epoch from s.wrap_up_until) * 1000)::bigint, s.calls_handled, s.calls_missed, s.pauses, s.trainings, s.talk_s, "
  "s.hold_s, s.wrap_up_s, s.paused_s, s.training_s, s.connected_s, s.version "
  "from agent_states s join users u on u.id = s.agent_id order by u.id"};

constexpr statement open_calls{"load_open_calls",
                               "select e.call_id, e.seq, (extract(epoch from e.at) * 1000)::bigint, e.kind, e.data "
                               "from open_calls o join call_events e on e.call_id = o.call_id order by o.since, e.call_id, e.seq"};

/// Time to answer is the time in the line and the time that phones rang.
constexpr statement queue_days{
  "load_queue_day",
  "select h.queue_id, count(*), count(h.answered_at), "
  "count(*) filter (where h.answered_at is null and h.end_reason in ('abandoned_waiting', 'abandoned_ringing')), "
  "count(*) filter (where h.answered_at is not null and h.wait_s + h.ring_s <= q.service_level_within_s) "
  "from call_history h join queues q on q.id = h.queue_id where h.started_at >= $1::timestamptz group by h.queue_id order by h.queue_id"};

constexpr statement one{"ping", "select 1"};

agent_snapshot to_agent_snapshot(const row& r) {
  auto count = [&](std::size_t i) { return static_cast<std::uint32_t>(r.number(i)); };
  auto state = [&](std::size_t i) {
    if (auto known = from_token<agent_state>(r.text(i)))
      return *known;
    throw store_rejected{"unknown agent state in the database: " + r.text(i)};
  };
  agent_snapshot a;
  a.id = agent_id{r.text(0)};
  a.login_id = r.text(1);
  a.first_name = r.text(2);
  a.last_name = r.text(3);
  a.site = site_id{r.text(4)};
  a.extension = r.text(5);
  a.state = state(6);
  a.since = r.moment(7);
  a.reason = r.text(8);
  a.call = call_id{r.text(9)};
  a.campaign = campaign_id{r.text(10)};
  a.phone_reachable = r.flag(11);
  if (!r.is_null(12))
    a.pending = state(12);
  a.wrap_up_until = r.optional_moment(13);
  a.today = {count(14), count(15), count(16), count(17), seconds{r.number(18)}, seconds{r.number(19)},
             seconds{r.number(20)}, seconds{r.number(21)}, seconds{r.number(22)}, seconds{r.number(23)}};
  a.version = static_cast<std::uint64_t>(r.number(24));
  return a;
}

class postgres_store : public store {
public:
  explicit postgres_store(store_settings settings) : session_(std::move(settings)) {}

  directory_data load_directory() override {
    directory_data all;
    session_.run(isolation::snapshot, [&](transaction& t) { all = read_directory(t); });
    return all;
  }

  std::vector<agent_snapshot> load_agent_states() override {
    std::vector<agent_snapshot> all;
    for (const auto& r : session_.run(agent_states))
      all.push_back(to_agent_snapshot(r));
    return all;
  }

  std::vector<open_call> load_open_calls() override {
    std::vector<open_call> all;
    for (const auto& r : session_.run(open_calls)) {
      const call_id id{r.text(0)};
      if (all.empty() || all.back().id != id)
        all.push_back({id, {}});
      all.back().steps.push_back({id, static_cast<std::uint32_t>(r.number(1)), r.moment(2), r.text(3), r.text(4)});
    }
    return all;
  }

  void write(const std::vector<store_write>& batch) override {
    if (batch.empty())
      return;
    session_.run(isolation::read_committed, [&](transaction& t) { write_batch(t, batch); });
  }

  std::vector<queue_day> load_queue_day(timestamp since) override {
    std::vector<queue_day> all;
    for (const auto& r : session_.run(queue_days, {moment(since)})) {
      auto count = [&](std::size_t i) { return static_cast<std::uint32_t>(r.number(i)); };
      all.push_back({queue_id{r.text(0)}, count(1), count(2), count(3), count(4)});
    }
    return all;
  }

  void ping() override { session_.run(one); }

private:
  session session_;
};

} // namespace

std::unique_ptr<store> make_postgres_store(store_settings settings) {
  return std::make_unique<postgres_store>(std::move(settings));
}

} // namespace evs::persistence
