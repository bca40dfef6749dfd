#include "app/recollection.hpp"

#include "persistence/call_journal.hpp"

#include <chrono>
#include <ctime>
#include <optional>
#include <utility>

namespace evs {

std::string local_day(timestamp t) {
  const auto seconds_since = std::chrono::system_clock::to_time_t(t);
  std::tm tm{};
  localtime_r(&seconds_since, &tm);
  char text[16];
  std::strftime(text, sizeof text, "%F", &tm);
  return text;
}

timestamp start_of_local_day(timestamp t) {
  auto seconds_since = std::chrono::system_clock::to_time_t(t);
  std::tm tm{};
  localtime_r(&seconds_since, &tm);
  tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
  tm.tm_isdst = -1;
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::from_time_t(mktime(&tm)));
}

recollection recollect(persistence::store& store, timestamp now,
                       const std::function<void(const std::string&)>& complain) {
  recollection out;
  out.settings = std::make_shared<const directory_data>(store.load_directory());
  auto& memory = out.memory;
  memory.day_start = start_of_local_day(now);
  for (auto& a : store.load_agent_states()) memory.agents[a.id] = a;
  for (auto& q : store.load_queue_day(memory.day_start)) {
    queue_counters c;
    c.offered = q.offered;
    c.answered = q.answered;
    c.abandoned = q.abandoned;
    c.answered_within = q.within_target;
    memory.queues[q.id] = c;
  }
  for (auto& call : store.load_open_calls()) {
    std::optional<call_memory> last;
    if (!call.steps.empty()) last = persistence::decode_call(call.steps.back().data);
    if (!last) {
      complain("the journal of call " + call.id.value + " can't be read; it is left as it is");
      continue;
    }
    memory.open_calls[call.id] = true;
    out.unended[last->server.value].push_back(std::move(*last));
  }
  return out;
}

} // namespace evs
