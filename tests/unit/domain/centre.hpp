#pragma once
// A small call centre without threads, clocks or I/O: the machines of domain/ around a make-believe switch, joined by messages
// that arrive late, twice or never. Seeded: the same seed gives the same day.

#include "domain/agent_fsm.hpp"
#include "domain/call_fsm.hpp"
#include "domain/queue_line.hpp"
#include "domain/trunk_fsm.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace evs::test {

struct faults {
  /// Of 1,000 messages.
  unsigned lost = 0;
  unsigned doubled = 0;
  /// Whether the truth audit runs, every few seconds.
  bool audit = false;
};

class centre {
public:
  centre(std::uint64_t seed, faults f);

  /// One random thing: a message arrives, a person acts, time passes.
  void act();
  /// Everybody hangs up and nobody calls any more; long enough for all timers and, where it runs, the audit.
  void close_down();

  /// Events applied to machines so far.
  std::uint64_t applied = 0;
  std::uint64_t calls_ended = 0, calls_answered = 0, offers = 0, messages_lost = 0, healed = 0;
  /// What went wrong first; empty: nothing.
  std::string broken;

private:
  static constexpr std::size_t agent_count = 6, queue_count = 2, trunk_count = 2;

  // --- messages and time ---
  using job = std::function<void()>;
  struct envelope { std::uint64_t route; timestamp sent; job run; };
  /// Addresses: agents from 0, queues from 100, trunks from 200, the switch 300, people 301, calls from 1000.
  static constexpr std::uint64_t queues_at = 100, trunks_at = 200, the_switch = 300, people = 301, calls_at = 1000;

  std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }
  bool chance(unsigned permille) { return roll(1000) < permille; }
  void send(std::uint64_t from, std::uint64_t to, job run);
  void deliver(std::size_t i);
  void deliver_all();
  void later(milliseconds delay, job run);
  void pass(milliseconds time);
  void fail(const std::string& what);
  /// A line of the story, when EVS_WALK_STORY is set.
  void story(const std::string& line) const;

  // --- agents ---
  struct agent_box {
    agent_fsm::memory m;
    std::uint64_t version = 0;
    std::optional<timestamp> logged_in;
    milliseconds logged{0};
    std::uint32_t handled = 0;
    bool phone = true;
  };
  enum class answer : std::uint8_t { none, accepted, refused };
  answer tell_agent(std::size_t a, const agent_fsm::event& e);
  void check_agent(std::size_t a);
  std::size_t index_of(const agent_id& id) const { return static_cast<std::size_t>(std::stoul(id.value)); }

  // --- queues ---
  struct queue_box { queue_line::memory m; std::uint64_t version = 0; std::uint32_t arrived = 0; };
  void tell_queue(std::size_t q, const queue_line::event& e);
  void check_offer(std::size_t q, const queue_line::offer& o);
  void check_queue(std::size_t q);
  std::size_t index_of(const queue_id& id) const { return static_cast<std::size_t>(std::stoul(id.value)); }

  // --- trunks ---
  /// Whether a line was granted.
  std::optional<failure> tell_trunk(std::size_t t, const trunk_fsm::event& e);
  std::size_t index_of(const trunk_id& id) const { return static_cast<std::size_t>(std::stoul(id.value.substr(6))); }

  // --- calls ---
  struct call_box { call_memory m; std::uint64_t address = 0; unsigned finished = 0; std::optional<call_record> row; };
  void tell_call(const call_id& id, const call_event& e);
  void perform(const call_id& id, std::vector<call_effect_t> effects);
  void begin(call_step_result r);
  void inbound_appears(const channel_id& uid);
  void dial_out(std::size_t a);
  void check_end(const call_box& c, const call_record& r);
  std::uint64_t address(const call_id& id) const;
  bool lives(const call_id& id) const;

  // --- the switch ---
  struct channel {
    channel_facts facts;
    call_id call;
    leg_role role = leg_role::caller;
    std::size_t agent = 0;
    channel_id peer;
    bool held = false;
  };
  void tell(const channel& c, leg_fact::news what, int cause = 0, std::string status = {});
  channel& open(const channel_id& uid, const std::string& name, const call_id& call, leg_role role, channel_state state);
  void ring(const call_id& call, const channel_id& leg, std::size_t a, const std::string& bridge_with, seconds timeout);
  void pick_up(const channel_id& uid);
  void join(const channel_id& a, const channel_id& b);
  void hang_up(channel_id uid, int cause);

  void people_act();
  void channel_acts(const channel_id& uid, bool closing);
  void audit();

  std::mt19937_64 random_;
  faults faults_;
  timestamp now_{seconds{1'800'000'000}};
  std::deque<envelope> bus_;
  std::multimap<timestamp, job> timers_;
  agent_fsm::policy agent_policy_;
  queue_line::policy queue_policy_;
  trunk_fsm::policy trunk_policy_;
  std::array<agent_box, agent_count> agents_;
  std::array<queue_box, queue_count> queues_;
  std::array<trunk_fsm::memory, trunk_count> trunks_;
  std::map<call_id, call_box> calls_;
  std::map<channel_id, channel> channels_;
  /// Legs that the server wants gone; the order is on its way.
  std::set<channel_id> doomed_;
  std::uint64_t next_ = 0;
};

} // namespace evs::test
