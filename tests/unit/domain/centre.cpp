#include "centre.hpp"

#include "domain/labels.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace evs::test {

namespace {
/// No message is on its way for longer.
constexpr milliseconds longest_delay{900};

template <class... Fs> struct overloaded : Fs... { using Fs::operator()...; };
} // namespace

centre::centre(std::uint64_t seed, faults f) : random_(seed), faults_(f) {
  for (std::size_t t = 0; t < trunk_count; ++t) {
    trunk_settings s;
    s.id = trunk_id{"trunk-" + std::to_string(t)};
    s.name = s.id.value;
    s.channel_limit = static_cast<std::uint32_t>(3 + roll(6));
    s.calls_per_second = roll(2) == 0 ? 0 : 1;
    trunks_[t] = trunk_fsm::start(s, trunk_policy_, now_);
  }
  for (std::size_t a = 0; a < agent_count; ++a) {
    agent_settings s;
    s.id = agent_id{std::to_string(a)};
    s.extension = std::to_string(1000 + a);
    agents_[a].m = agent_fsm::start(s, now_);
  }
  for (std::size_t q = 0; q < queue_count; ++q) {
    queue_settings s;
    s.id = queue_id{std::to_string(q)};
    s.strategy = static_cast<queue_strategy>(roll(5));
    s.max_wait = seconds{q == 0 ? 0 : 60};
    s.ring_timeout = seconds{15};
    for (std::size_t a = 0; a < (q == 0 ? agent_count : agent_count - 2); ++a)
      s.members.emplace_back(std::to_string(a));
    queues_[q].m = queue_line::start(s);
  }
  for (std::size_t a = 0; a < agent_count; ++a) tell_agent(a, agent_fsm::phone{reachability::reachable});
}

void centre::fail(const std::string& what) {
  if (broken.empty()) broken = what + " at " + to_iso8601(now_) + " after " + std::to_string(applied) + " events";
}

// --- messages and time ------------------------------------------------------------------------------------------------

void centre::send(std::uint64_t from, std::uint64_t to, job run) {
  if (chance(faults_.lost)) {
    ++messages_lost;
    return;
  }
  const auto route = from << 32 | to;
  // The switch repeats itself, and what queues and trunks hear may come again; orders between owners are carried once.
  const bool repeatable = from == the_switch || (to >= queues_at && to < the_switch);
  if (repeatable && chance(faults_.doubled))
    later(milliseconds{roll(1000)}, [this, route, run] { bus_.push_back({route, now_, run}); });
  bus_.push_back({route, now_, std::move(run)});
}

/// Delivers the oldest message of the route that message i takes: late, but in order between any two parties.
void centre::deliver(std::size_t i) {
  const auto route = bus_[i].route;
  auto first = std::find_if(bus_.begin(), bus_.end(), [&](auto& e) { return e.route == route; });
  auto run = std::move(first->run);
  bus_.erase(first);
  run();
}

void centre::deliver_all() {
  while (!bus_.empty() && broken.empty()) deliver(roll(bus_.size()));
}

void centre::later(milliseconds delay, job run) { timers_.emplace(now_ + delay, std::move(run)); }

void centre::pass(milliseconds time) {
  const auto until = now_ + time;
  for (;;) {
    while (!bus_.empty() && bus_.front().sent + longest_delay < until && broken.empty()) deliver(0);
    if (timers_.empty() || timers_.begin()->first > until || !broken.empty()) break;
    now_ = std::max(now_, timers_.begin()->first);
    auto run = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    run();
  }
  now_ = until;
}

void centre::story(const std::string& line) const {
  static const bool wanted = std::getenv("EVS_WALK_STORY") != nullptr;
  if (wanted) std::printf("%s %s\n", to_iso8601(now_).c_str(), line.c_str());
}

// --- agents -------------------------------------------------------------------------------------------------------------

centre::answer centre::tell_agent(std::size_t a, const agent_fsm::event& e) {
  ++applied;
  auto& box = agents_[a];
  auto [memory, effects] = agent_fsm::apply(std::move(box.m), e, agent_policy_, now_);
  box.m = std::move(memory);
  story("agent " + std::to_string(a) + " event " + std::to_string(e.index()) + ": " + std::string(token(box.m.now.state)) + " " +
        box.m.now.call.value);
  auto said = answer::none;
  for (auto& x : effects)
    std::visit(overloaded{
                   [&](const agent_fsm::announce& y) {
                     if (y.now.version != box.version + 1) fail("an agent's version jumped");
                     box.version = y.now.version;
                     for (std::size_t q = 0; q < queue_count; ++q)
                       send(a, queues_at + q, [this, q, now = y.now] { tell_queue(q, queue_line::agent_seen{now}); });
                   },
                   [&](const agent_fsm::start_timer& y) {
                     later(y.delay, [this, a, y] { tell_agent(a, agent_fsm::timer_elapsed{y.which, y.epoch}); });
                   },
                   [&](const agent_fsm::accepted&) { said = answer::accepted; },
                   [&](const agent_fsm::refused&) { said = answer::refused; },
                   [&](const agent_fsm::session_opened& y) {
                     if (box.logged_in) fail("logged in twice");
                     box.logged_in = y.at;
                   },
                   [&](const agent_fsm::session_closed& y) {
                     if (!box.logged_in) return fail("logged out twice");
                     box.logged += y.at - *box.logged_in;
                     box.logged_in.reset();
                   },
                   [&](const auto&) {},
               },
               x);
  check_agent(a);
  return said;
}

void centre::check_agent(std::size_t a) {
  const auto& m = agents_[a].m;
  const bool call = agent_fsm::has_call(m.now.state) || m.now.state == agent_state::wrap_up;
  if (call == m.now.call.empty())
    fail("agent " + std::to_string(a) + " is " + std::string(token(m.now.state)) + " with call '" + m.now.call.value +
         "'");
  if ((m.now.state == agent_state::wrap_up) != m.now.wrap_up_until.has_value())
    fail("a wrap-up without an end, or an end without a wrap-up");
  if (!call && m.now.pending) fail("something pending without a call");
  if (!agents_[a].logged_in.has_value() != (m.now.state == agent_state::offline))
    fail("session row and state disagree");
  milliseconds spent{0};
  for (std::size_t i = 1; i < m.spent.size(); ++i) spent += m.spent[i];
  if (m.now.state != agent_state::offline) spent += now_ - m.counted_to;
  const auto logged = agents_[a].logged + (agents_[a].logged_in ? now_ - *agents_[a].logged_in : milliseconds{0});
  if (spent != logged)
    fail("time over states is " + std::to_string(spent.count()) + " ms, logged in for " +
         std::to_string(logged.count()));
}

// --- queues -------------------------------------------------------------------------------------------------------------

void centre::tell_queue(std::size_t q, const queue_line::event& e) {
  ++applied;
  auto& box = queues_[q];
  const auto before = box.m.line.size();
  auto [memory, effects] = queue_line::apply(std::move(box.m), e, queue_policy_, now_);
  box.m = std::move(memory);
  if (std::holds_alternative<queue_line::call_arrived>(e) || std::holds_alternative<queue_line::call_restored>(e))
    box.arrived += box.m.line.size() > before ? 1 : 0;
  for (auto& x : effects)
    std::visit(
        overloaded{
            [&](const queue_line::offer& o) {
              ++offers;
          story("queue " + std::to_string(q) + " offers " + o.call.value + " to agent " + o.agent.value);
              check_offer(q, o);
              send(queues_at + q, index_of(o.agent), [this, q, o, a = index_of(o.agent)] {
                if (tell_agent(a, agent_fsm::offered{o.call, queues_[q].m.settings.id}) != answer::accepted)
                  return send(a, queues_at + q, [this, q, o] {
                    tell_queue(q, queue_line::offer_refused{o.call, o.agent, o.number});
                  });
                send(a, queues_at + q, [this, q, o] {
                  const bool awaited = queue_line::awaits(queues_[q].m, o.call, o.agent, o.number);
                  tell_queue(q, queue_line::offer_accepted{o.call, o.agent, o.number});
                  if (awaited)
                    send(queues_at + q, address(o.call), [this, o, leg = channel_id{"leg-" + std::to_string(++next_)}] {
                      tell_call(o.call,
                                call_input::agent_granted{o.agent, leg, "PJSIP/" + o.agent.value, o.ring_timeout});
                    });
                });
              });
            },
            [&](const queue_line::withdraw_offer& w) {
              if (w.granted)
                send(queues_at + q, address(w.call), [this, w] { tell_call(w.call, call_input::offer_withdrawn{w.agent}); });
              else
                send(queues_at + q, index_of(w.agent),
                     [this, w] { tell_agent(index_of(w.agent), agent_fsm::offer_ended{w.call, offer_end::withdrawn}); });
            },
            [&](const queue_line::give_up& g) {
              send(queues_at + q, address(g.call), [this, g] { tell_call(g.call, call_input::waited_too_long{}); });
            },
            [&](const queue_line::start_timer& t) {
              later(t.delay, [this, q, t] { tell_queue(q, queue_line::timer_elapsed{t.which, t.call, t.epoch}); });
            },
            [&](const queue_line::announce& y) {
              if (y.now.version != ++box.version) fail("a queue's version jumped");
            },
            [&](const fsm::ignored&) {},
        },
        x);
  check_queue(q);
}

/// First come, first served: whoever stands before has an offer, or this agent just failed for him.
void centre::check_offer(std::size_t q, const queue_line::offer& o) {
  for (const auto& c : queues_[q].m.line) {
    if (c.call == o.call) return;
    const bool tried = std::any_of(c.tries.begin(), c.tries.end(), [&](auto& t) {
      return t.agent == o.agent && t.at + queue_policy_.retry_agent_after > now_;
    });
    if (c.offered_to.empty() && !tried) fail("call " + o.call.value + " was served before " + c.call.value);
  }
  fail("an offer for a call that does not wait");
}

void centre::check_queue(std::size_t q) {
  const auto& m = queues_[q].m;
  std::size_t under_way = 0;
  for (std::size_t i = 0; i < m.line.size(); ++i) {
    const auto& c = m.line[i];
    if (i > 0 && (m.line[i - 1].priority < c.priority ||
                  (m.line[i - 1].priority == c.priority && m.line[i - 1].since > c.since)))
      fail("the line is out of order");
    if (c.offered_to.empty()) continue;
    ++under_way;
    auto member = m.members.find(c.offered_to);
    if (member == m.members.end() || member->second.offer != c.call)
      fail("a caller and an agent disagree about their offer");
  }
  std::uint32_t available = 0, busy = 0, paused = 0;
  for (const auto& [id, a] : m.members) {
    under_way -= a.offer.empty() ? 0 : 1;
    available += a.state == agent_state::available && a.phone_reachable;
    paused += a.state == agent_state::paused || a.state == agent_state::training;
    busy += agent_fsm::has_call(a.state) || a.state == agent_state::wrap_up;
  }
  if (under_way != 0) fail("an agent has an offer that no caller has");
  if (available != m.now.agents_available || busy != m.now.agents_busy || paused != m.now.agents_paused)
    fail("the numbers of agents are wrong");
  const auto& t = m.today;
  if (queues_[q].arrived != t.answered + t.abandoned + t.given_up + t.removed + m.line.size())
    fail("the counters of a queue do not add up");
}

// --- trunks -------------------------------------------------------------------------------------------------------------

std::optional<failure> centre::tell_trunk(std::size_t t, const trunk_fsm::event& e) {
  ++applied;
  auto [memory, effects] = trunk_fsm::apply(std::move(trunks_[t]), e, trunk_policy_, now_);
  trunks_[t] = std::move(memory);
  std::optional<failure> refused;
  for (auto& x : effects) {
    if (auto* r = std::get_if<trunk_fsm::refused>(&x)) refused = r->why;
    if (std::holds_alternative<trunk_fsm::granted>(x) && trunks_[t].lines.size() > trunks_[t].settings.channel_limit) {
      // An inbound call may have gone beyond the limit, a grant for a new call may not; the call that asked again has its line.
      const auto inbound =
          std::count_if(trunks_[t].lines.begin(), trunks_[t].lines.end(), [](auto& l) { return l.second.inbound; });
      if (inbound == 0 && !faults_.audit) fail("more lines than the trunk has");
    }
    if (auto* y = std::get_if<trunk_fsm::start_timer>(&x))
      later(y->delay, [this, t, epoch = y->epoch] { tell_trunk(t, trunk_fsm::timer_elapsed{epoch}); });
    if (std::holds_alternative<trunk_fsm::healed>(x)) ++healed;
  }
  if (trunks_[t].now.channels_in_use != trunks_[t].lines.size())
    fail("a trunk shows another number of lines than it has");
  return refused;
}

// --- calls --------------------------------------------------------------------------------------------------------------

std::uint64_t centre::address(const call_id& id) const {
  auto found = calls_.find(id);
  return found == calls_.end() ? calls_at : found->second.address;
}

bool centre::lives(const call_id& id) const {
  auto found = calls_.find(id);
  return found != calls_.end() && found->second.m.now.state != call_state::ended;
}

void centre::tell_call(const call_id& id, const call_event& e) {
  auto found = calls_.find(id);
  if (found == calls_.end()) return;
  ++applied;
  auto r = apply(std::move(found->second.m), e, now_);
  found->second.m = std::move(r.memory);
  story("call " + id.value + " event " + std::to_string(e.index()) + ": " + std::string(token(found->second.m.now.state)) + " agent " +
        found->second.m.now.agent.value);
  perform(id, std::move(r.effects));
}

void centre::begin(call_step_result r) {
  const auto id = r.memory.now.id;
  auto [it, added] = calls_.try_emplace(id);
  if (!added) return;
  ++applied;
  it->second.address = calls_at + ++next_;
  it->second.m = std::move(r.memory);
  perform(id, std::move(r.effects));
}

void centre::perform(const call_id& id, std::vector<call_effect_t> effects) {
  using namespace call_effect;
  auto& box = calls_.at(id);
  const auto self = box.address;
  auto to_agent = [&](const agent_id& agent, agent_fsm::event e) {
    const auto a = index_of(agent);
    send(self, a, [this, a, e = std::move(e)] { tell_agent(a, e); });
  };
  auto to_queue = [&](const queue_id& queue, queue_line::event e) {
    const auto q = index_of(queue);
    send(self, queues_at + q, [this, q, e = std::move(e)] { tell_queue(q, e); });
  };
  for (auto& x : effects)
    std::visit(overloaded{
                   [&](const ring_agent& y) {
                     send(self, the_switch,
                          [this, id, y] { ring(id, y.leg, index_of(y.agent), y.bridge_with, y.timeout); });
                   },
                   [&](const hang_up_leg& y) {
                     doomed_.insert(y.leg);
                   send(self, the_switch, [this, y] { hang_up(y.leg, y.cause); });
                   },
                   [&](const join_queue& y) {
                     to_queue(y.queue, queue_line::call_arrived{id, box.m.now.since, 0});
                   },
                   [&](const leave_queue& y) {
                     const auto reason = box.m.now.reason;
                     to_queue(y.queue, queue_line::caller_left{id, reason == end_reason::abandoned_ringing ||
                                                                       reason == end_reason::abandoned_waiting});
                   },
                   [&](const offer_failed& y) {
                     to_queue(y.queue, queue_line::ring_failed{id, y.agent});
                   },
                   [&](const answered& y) {
                     to_queue(y.queue, queue_line::answered{id, y.agent});
                   },
                   [&](const agent_offer_ended& y) {
                     to_agent(y.agent, agent_fsm::offer_ended{id, y.why});
                   },
                   [&](const agent_connected& y) { to_agent(y.agent, agent_fsm::connected{id}); },
                   [&](const agent_held& y) {
                     to_agent(y.agent, y.on_hold ? agent_fsm::event{agent_fsm::held{id}}
                                                 : agent_fsm::event{agent_fsm::unheld{id}});
                   },
                   [&](const agent_released& y) {
                     to_agent(y.agent, agent_fsm::call_ended{id, y.talked, y.wrap_up, y.talk, y.hold});
                   },
                   [&](const finished& y) {
                     ++calls_ended;
                     calls_answered += y.record.answered ? 1 : 0;
                     if (++box.finished > 1) fail("call " + id.value + " ended twice");
                     check_end(box, y.record);
                     box.row = y.record;
                     if (!box.m.now.trunk.empty())
                       send(self, trunks_at + index_of(box.m.now.trunk),
                            [this, id, t = index_of(box.m.now.trunk)] { tell_trunk(t, trunk_fsm::release{id}); });
                   },
                   [&](const auto&) {},
               },
               x);
}

void centre::check_end(const call_box& c, const call_record& r) {
  const auto parts = r.wait + r.ring + r.talk + r.hold;
  if (parts > r.duration + seconds{2} || r.duration > parts + seconds{2})
    fail("the parts of call " + r.id.value + " do not add up to its duration");
  const auto span = whole_seconds(r.started, r.ended);
  if (r.duration > span + seconds{1} || span > r.duration + seconds{1})
    fail("the duration of call " + r.id.value + " is not its span");
  if (r.reason == end_reason::none) fail("call " + r.id.value + " ended without a reason");
  if (c.m.now.state != call_state::ended) fail("a finished call that is not ended");
}

void centre::inbound_appears(const channel_id& uid) {
  auto found = channels_.find(uid);
  if (found == channels_.end() || calls_.contains(found->second.call)) return;
  const auto call = found->second.call;
  const auto trunk = trunk_id{endpoint_of(found->second.facts.name)};
  begin(begin_inbound(found->second.facts, now_));
  const auto t = index_of(trunk);
  send(address(call), trunks_at + t, [this, t, call] { tell_trunk(t, trunk_fsm::inbound_seen{call}); });
  tell_call(call,
            call_input::routed{trunk, site_id{}, queue_id{std::to_string(roll(queue_count))}, seconds{roll(3) * 5}});
}

void centre::dial_out(std::size_t a) {
  outbound_plan plan;
  plan.id = call_id{"out-" + std::to_string(++next_)};
  plan.agent = agent_id{std::to_string(a)};
  plan.destination = "0140000001";
  plan.trunk = trunk_id{"trunk-" + std::to_string(a % trunk_count)};
  plan.wrap_up = seconds{roll(2) * 5};
  if (tell_agent(a, agent_fsm::dials{plan.id, {}}) != answer::accepted) return;
  const auto t = a % trunk_count;
  send(a, trunks_at + t, [this, t, a, plan] {
    auto refused = tell_trunk(t, trunk_fsm::request_line{plan.id});
    send(trunks_at + t, a, [this, a, plan, refused] {
      if (calls_.contains(plan.id)) return;
      begin(begin_outbound(plan, now_));
      if (refused)
        return tell_call(plan.id, call_input::refused{refused->code == errc::trunk_full ? end_reason::trunk_full
                                                                                        : end_reason::trunk_down});
      tell_call(plan.id, call_input::dialing{});
      send(address(plan.id), the_switch,
           [this, a, plan] { ring(plan.id, channel_id{plan.id.value}, a, {}, seconds{20}); });
    });
  });
}

// --- the switch ---------------------------------------------------------------------------------------------------------

void centre::tell(const channel& c, leg_fact::news what, int cause, std::string status) {
  leg_fact f{what, c.facts, bridge_id{c.peer.value}, cause, std::move(status)};
  send(the_switch, address(c.call), [this, call = c.call, f = std::move(f)] { tell_call(call, call_input::fact{f}); });
}

centre::channel& centre::open(const channel_id& uid, const std::string& name, const call_id& call, leg_role role,
                              channel_state state) {
  auto& c = channels_[uid];
  c.facts.uid = uid;
  c.facts.name = name + "-" + uid.value;
  c.facts.linked = call;
  c.facts.state = state;
  c.call = call;
  c.role = role;
  return c;
}

void centre::ring(const call_id& call, const channel_id& leg, std::size_t a, const std::string& bridge_with,
                  seconds timeout) {
  if (channels_.contains(leg)) return; // Asterisk refuses a ChannelId that exists
  if (!agents_[a].phone)
    return send(the_switch, address(call), [this, call, leg] { tell_call(call, call_input::leg_failed{leg, false}); });
  for (const auto& [uid, c] : channels_)
    if (c.role == leg_role::agent && c.agent == a && !doomed_.contains(uid) && !doomed_.contains(leg) && !faults_.audit)
      fail("agent " + std::to_string(a) + " has two calls: " + c.call.value + " and " + call.value);
  auto& c = open(leg, "PJSIP/" + std::to_string(1000 + a), call, leg_role::agent, channel_state::ringing);
  c.agent = a;
  for (const auto& [uid, other] : channels_)
    if (!bridge_with.empty() && other.facts.name == bridge_with) c.peer = uid;
  tell(c, leg_fact::news::seen);
  later(timeout, [this, leg] {
    if (auto found = channels_.find(leg);
        found != channels_.end() && found->second.facts.state == channel_state::ringing)
      hang_up(leg, 19);
  });
}

/// A ringing agent's or customer's phone is answered.
void centre::pick_up(const channel_id& uid) {
  auto& c = channels_.at(uid);
  c.facts.state = channel_state::up;
  tell(c, leg_fact::news::seen);
  if (c.role == leg_role::agent && c.facts.uid.value == c.call.value) {
    // Outbound: his channel executes the Dial to the customer.
    const channel_id far{"far-" + std::to_string(++next_)};
    auto& customer = open(far, "PJSIP/trunk-0", c.call, leg_role::customer, channel_state::dialing);
    customer.peer = uid;
    channels_.at(uid).peer = far;
    tell(customer, leg_fact::news::seen);
    return;
  }
  if (!channels_.contains(c.peer)) return hang_up(uid, 16);
  join(uid, c.peer);
}

void centre::join(const channel_id& a, const channel_id& b) {
  auto& x = channels_.at(a);
  auto& y = channels_.at(b);
  x.peer = b;
  y.peer = a;
  tell(x, leg_fact::news::bridged);
  tell(y, leg_fact::news::bridged);
}

void centre::hang_up(channel_id uid, int cause) {
  auto found = channels_.find(uid);
  if (found == channels_.end()) return;
  auto gone = std::move(found->second);
  channels_.erase(found);
  doomed_.erase(uid);
  auto peer = channels_.find(gone.peer);
  const bool bridged = peer != channels_.end() && peer->second.peer == uid;
  if (bridged) {
    tell(gone, leg_fact::news::unbridged);
    peer->second.peer = {};
    tell(peer->second, leg_fact::news::unbridged);
  }
  tell(gone, leg_fact::news::gone, cause);
  // Bridge() and Dial() end with either side; now and then the caller's channel is left over, as seen after transfers.
  if (bridged && (peer->second.role != leg_role::caller || !chance(100))) hang_up(peer->first, cause);
}

// --- people -------------------------------------------------------------------------------------------------------------

void centre::channel_acts(const channel_id& uid, bool closing) {
  auto& c = channels_.at(uid);
  const bool up = c.facts.state == channel_state::up;
  if (closing) return hang_up(uid, up ? 16 : 19);
  switch (c.role) {
  case leg_role::caller:
    if (chance(120)) hang_up(uid, 16);
    return;
  case leg_role::agent:
    if (!up) return chance(700) ? pick_up(uid) : chance(300) ? hang_up(uid, chance(500) ? 21 : 17) : void();
    if (chance(300)) return hang_up(uid, 16);
    if (chance(300)) {
      c.held = !c.held;
      tell(c, c.held ? leg_fact::news::held : leg_fact::news::unheld);
    }
    return;
  case leg_role::customer:
    if (up) return chance(300) ? hang_up(uid, 16) : void();
    if (c.facts.state == channel_state::dialing && chance(600)) {
      c.facts.state = channel_state::ringing;
      return tell(c, leg_fact::news::seen);
    }
    if (chance(500)) {
      c.facts.state = channel_state::up;
      tell(c, leg_fact::news::seen);
      return join(uid, c.peer);
    }
    tell(c, leg_fact::news::dial_status, 0, chance(500) ? "BUSY" : "NOANSWER");
    return hang_up(uid, chance(500) ? 17 : 19);
  }
}

void centre::people_act() {
  const auto a = roll(agent_count);
  switch (roll(12)) {
  case 0:
  case 1:
    if (channels_.size() < 24) {
      const channel_id uid{"in-" + std::to_string(++next_)};
      open(uid, "PJSIP/trunk-" + std::to_string(roll(trunk_count)), call_id{uid.value}, leg_role::caller,
           channel_state::up);
      send(the_switch, the_switch, [this, uid] { inbound_appears(uid); });
    }
    return;
  case 2: dial_out(a); return;
  case 3:
  case 4: {
    const auto wish = roll(10);
    const auto wanted = wish < 6   ? agent_state::available
                        : wish < 8 ? agent_state::paused
                        : wish < 9 ? agent_state::training
                                   : agent_state::offline;
    tell_agent(a, agent_fsm::wants_state{wanted, "r" + std::to_string(roll(3)), user_id{chance(200) ? "1000" : ""}});
    return;
  }
  case 5:
    if (chance(100)) {
      agents_[a].phone = !agents_[a].phone;
      send(the_switch, a, [this, a, up = agents_[a].phone] {
        tell_agent(a, agent_fsm::phone{up ? reachability::reachable : reachability::unreachable});
      });
    }
    return;
  case 6:
    if (chance(50))
      tell_agent(a, chance(500) ? agent_fsm::event{agent_fsm::session_lost{}}
                                : agent_fsm::event{agent_fsm::session_back{}});
    if (chance(20))
      tell_trunk(roll(trunk_count),
                 trunk_fsm::contact_seen{chance(800) ? reachability::reachable : reachability::unreachable, 1000});
    return;
  case 7:
    if (chance(50) && !calls_.empty()) {
      auto i = calls_.begin();
      std::advance(i, static_cast<std::ptrdiff_t>(roll(calls_.size())));
      tell_call(call_id{i->first}, call_input::hang_up{chance(500)});
    }
    return;
  default:
    if (!channels_.empty()) {
      auto i = channels_.begin();
      std::advance(i, static_cast<std::ptrdiff_t>(roll(channels_.size())));
      channel_acts(channel_id{i->first}, false);
    }
    return;
  }
}

void centre::act() {
  const auto what = roll(10);
  if (what < 6 && !bus_.empty()) return deliver(roll(bus_.size()));
  if (what < 9) return people_act();
  pass(milliseconds{roll(2500)});
  // Forget calls that ended long ago; nothing about them is on its way any more.
  if (calls_.size() > 40)
    std::erase_if(calls_, [&](auto& c) { return c.second.m.now.ended && *c.second.m.now.ended + seconds{60} < now_; });
  if (faults_.audit && roll(8) == 0) audit();
}

// --- the audit ----------------------------------------------------------------------------------------------------------

/// What the server does continuously: compares its owners with the switch, then with each other. A listing is in order with the
/// events and actions of its connection, so whatever is on its way arrives first.
void centre::audit() {
  deliver_all();
  std::vector<listed_channel> listing;
  for (const auto& [uid, c] : channels_)
    listing.push_back({c.facts, c.facts.state == channel_state::up ? bridge_id{c.peer.value} : bridge_id{}, {}, 0});
  for (const auto& [uid, c] : std::map(channels_))
    if (c.role == leg_role::caller && !calls_.contains(c.call)) inbound_appears(uid);
    else if (!lives(c.call)) hang_up(uid, 16);
  std::vector<call_id> ids;
  for (const auto& [id, c] : calls_)
    if (c.m.now.state != call_state::ended) ids.push_back(id);
  for (const auto& id : ids) {
    ++applied;
    auto r = recover(std::move(calls_.at(id).m), listing, now_);
    calls_.at(id).m = std::move(r.memory);
    perform(id, std::move(r.effects));
  }
  deliver_all();
  for (std::size_t a = 0; a < agent_count; ++a) {
    const call_box* his = nullptr;
    bool up = false;
    for (const auto& [id, c] : calls_)
      for (const auto& leg : c.m.legs)
        if (c.m.now.state != call_state::ended && leg.role == leg_role::agent && leg.agent == agents_[a].m.now.id &&
            leg.phase != leg_phase::gone && (!his || id == agents_[a].m.now.call)) {
          his = &c;
          up = leg.phase == leg_phase::up;
        }
    if (his) {
      const auto state = !up                                    ? agent_state::ringing
                         : his->m.now.state == call_state::held ? agent_state::on_hold
                                                                : agent_state::on_call;
      tell_agent(a, agent_fsm::attached{his->m.now.id, state, {}});
    } else if (agent_fsm::has_call(agents_[a].m.now.state) && agents_[a].m.now.since + seconds{10} < now_)
      tell_agent(a, agent_fsm::call_ended{agents_[a].m.now.call, false, {}, {}, {}});
    tell_agent(a, agent_fsm::phone{agents_[a].phone ? reachability::reachable : reachability::unreachable});
    for (std::size_t q = 0; q < queue_count; ++q) tell_queue(q, queue_line::agent_seen{agents_[a].m.now});
  }
  for (std::size_t q = 0; q < queue_count; ++q) {
    for (const auto& c : std::vector(queues_[q].m.line))
      if (!lives(c.call) || calls_.at(c.call).m.now.answered) tell_queue(q, queue_line::caller_left{c.call, false});
    for (const auto& id : ids)
      if (const auto& n = calls_.at(id).m.now;
          n.state == call_state::queued && n.queue == queues_[q].m.settings.id &&
          std::none_of(queues_[q].m.line.begin(), queues_[q].m.line.end(), [&](auto& c) { return c.call == id; }))
        tell_queue(q, queue_line::call_restored{id, n.started, 0});
  }
  for (std::size_t t = 0; t < trunk_count; ++t) {
    trunk_fsm::resync on;
    for (const auto& id : ids)
      if (lives(id) && index_of(calls_.at(id).m.now.trunk) == t) on.live.push_back(id);
    tell_trunk(t, on);
  }
}

void centre::close_down() {
  for (int round = 0; round < 200 && broken.empty(); ++round) {
    for (const auto& [uid, c] : std::map(channels_))
      if (channels_.contains(uid)) channel_acts(uid, true);
    deliver_all();
    pass(seconds{3});
    if (faults_.audit && round % 3 == 2) audit();
  }
  faults_.lost = 0; // a last look without faults: what the next audit in real life sees
  if (faults_.audit)
    for (int round = 0; round < 8; ++round) {
      audit();
      deliver_all();
      for (const auto& [uid, c] : std::map(channels_))
        if (channels_.contains(uid)) hang_up(uid, 16);
      deliver_all();
      pass(seconds{60});
    }
  if (faults_.doubled > 0)
    // News of an inbound call may come a second time after its end: the continuous resync is for that.
    for (std::size_t t = 0; t < trunk_count; ++t) tell_trunk(t, trunk_fsm::resync{});
  if (!broken.empty()) return;
  for (const auto& [id, c] : calls_)
    if (c.m.now.state != call_state::ended || c.finished != 1)
      return fail("call " + id.value + " never ended, it is " + std::string(token(c.m.now.state)));
  for (std::size_t a = 0; a < agent_count; ++a)
    if (const auto s = agents_[a].m.now.state; agent_fsm::has_call(s) || s == agent_state::wrap_up)
      return fail("agent " + std::to_string(a) + " is stuck " + std::string(token(s)));
  for (std::size_t q = 0; q < queue_count; ++q)
    if (!queues_[q].m.line.empty()) return fail("a caller is stuck in queue " + std::to_string(q));
  for (const auto& t : trunks_)
    if (!t.lines.empty()) return fail("line leaked: " + t.lines.begin()->first.value);
  if (faults_.audit) return;
  std::uint64_t handled = 0;
  for (const auto& a : agents_) handled += a.m.now.today.calls_handled;
  if (handled != calls_answered)
    fail("agents handled " + std::to_string(handled) + " calls, " + std::to_string(calls_answered) + " were answered");
}

} // namespace evs::test
