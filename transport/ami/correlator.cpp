#include "transport/ami/correlator.hpp"

namespace evs::ami {

namespace {
/// Of one list; a switch has a few thousand channels at most.
constexpr std::size_t max_items = 200'000;
} // namespace

bool correlator::expect(time_point deadline, callback&& done) {
  if (pending_.size() >= max_pending_) return false;
  const auto number = ++last_;
  deadlines_.emplace(deadline, number);
  pending_.emplace(number, waiting{deadline, std::move(done), {}, false});
  return true;
}

std::uint64_t correlator::number_of(std::string_view action_id) const noexcept {
  if (!action_id.starts_with(prefix_)) return 0;
  return number_or<std::uint64_t>(action_id.substr(prefix_.size()), 0);
}

correlator::verdict correlator::take(const frame_view& arrived) {
  const bool is_event = arrived.has("Event");
  if (!is_event && !arrived.has("Response")) return verdict::stray;
  const auto number = number_of(arrived.get("ActionID"));
  if (number == 0) return is_event ? verdict::event : verdict::stray;
  // The outcome of an asynchronous originate repeats the ActionID of an action that was answered long ago.
  if (is_event && same_name(arrived.get("Event"), "OriginateResponse")) return verdict::event;
  const auto found = pending_.find(number);

  if (!is_event) {
    if (found == pending_.end() || found->second.listing) {
      ++late_;
      return verdict::late;
    }
    auto& its = found->second;
    const auto kind = arrived.get("Response");
    its.so_far.response = arrived.copy();
    if (same_name(kind, "Error")) {
      finish(found, reply_status::refused, std::string{arrived.get("Message")});
    } else if (same_name(arrived.get("EventList"), "start")) {
      its.listing = true;
    } else {
      finish(found, reply_status::ok, std::string{arrived.get("Message")});
    }
    return verdict::taken;
  }

  if (found == pending_.end()) {
    ++late_;
    return verdict::late;
  }
  if (!found->second.listing) return verdict::event;
  auto& its = found->second;
  const auto list = arrived.get("EventList");
  if (list.empty()) {
    if (its.so_far.items.size() >= max_items)
      finish(found, reply_status::incomplete, "the list is longer than anybody can want");
    else its.so_far.items.push_back(arrived.copy());
  } else if (same_name(list, "Complete")) {
    const auto arrived_items = its.so_far.items.size();
    const auto announced = number_or(arrived.get("ListItems"), arrived_items);
    if (announced == arrived_items) finish(found, reply_status::ok, {});
    else
      finish(found, reply_status::incomplete,
             std::to_string(arrived_items) + " of " + std::to_string(announced) + " entries arrived");
  } else {
    finish(found, reply_status::incomplete, "Asterisk cancelled the list");
  }
  return verdict::taken;
}

/// Out of the table first: the callback may come back with a new action.
void correlator::finish(table::iterator which, reply_status status, std::string message) {
  auto its = std::move(which->second);
  deadlines_.erase({its.deadline, which->first});
  pending_.erase(which);
  its.so_far.status = status;
  its.so_far.message = std::move(message);
  if (its.done) its.done(std::move(its.so_far));
}

void correlator::expire(time_point now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    ++timed_out_;
    finish(pending_.find(deadlines_.begin()->second), reply_status::timed_out, "Asterisk did not answer in time");
  }
}

void correlator::abandon(const std::string& why) {
  // Only what is there now: a callback that asks again is told by the link, not here.
  const auto until = last_;
  for (auto next = pending_.begin(); next != pending_.end();) {
    if (next->first > until) {
      ++next;
      continue;
    }
    finish(next, reply_status::disconnected, why);
    next = pending_.begin();
  }
}

std::optional<correlator::time_point> correlator::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

} // namespace evs::ami
