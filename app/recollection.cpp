#include "app/recollection.hpp"

#include "calendar/day.hpp"
#include "persistence/call_journal.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace evs {

recollection recollect(persistence::store& store, timestamp now,
                       const std::function<void(const std::string&)>& complain) {
  recollection out;
  out.settings = std::make_shared<const directory_data>(store.load_directory());
  auto& memory = out.memory;
  for (auto& a : store.load_agent_states()) memory.agents[a.id] = a;
  for (auto& q : store.load_queue_day(calendar::start_of_day(now, out.settings->house_zone()))) {
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
