#pragma once
// One call and what it did: feeds the machine, keeps its effects as short lines, and checks what holds for every call.

#include "domain/call_fsm.hpp"

#include <set>
#include <string>
#include <vector>

namespace evs::test {

class story {
public:
  /// An inbound call of "+33612345678" on trunk-paris to "+33140000001".
  static story inbound(timestamp at = start());
  static story inbound(const channel_facts& caller, timestamp at = start());
  /// An outbound call of agent "1001", id "out-1".
  static story outbound(timestamp at = start());
  static story outbound(const outbound_plan& plan, timestamp at = start());

  static timestamp start() { return timestamp{seconds{1'800'000'000}}; }

  void feed(const call_event& event);
  void after(milliseconds time) { now += time; }
  void restart(const std::vector<listed_channel>& living);

  // News of one leg.
  void seen(const std::string& uid, channel_state state, const std::string& name = {});
  void news(const std::string& uid, leg_fact::news what, int cause = 0, const std::string& dial_status = {});
  void gone(const std::string& uid, int cause) { news(uid, leg_fact::news::gone, cause); }
  /// Not there any more, and nobody said why.
  void vanished(const std::string& uid);
  void routed();
  void granted(const std::string& agent, const std::string& leg);

  bool over() const { return finished == 1 && m.now.state == call_state::ended; }
  std::string reason() const;
  /// The lines so far, joined by "; ".
  std::string told() const;
  /// The same without what only tells the screens and the journal.
  std::string done() const;

  call_memory m;
  timestamp now{};
  std::vector<std::string> lines;
  unsigned finished = 0;
  std::vector<call_record> rows;
  std::vector<attempt_result> attempts;
  /// Kinds of the journal's steps.
  std::vector<std::string> steps;
  /// Orders to hang up, by leg.
  std::multiset<std::string> hung_up;
  /// The first promise that was broken; empty: none.
  std::string broken;

private:
  void take(call_step_result result, const call_event* why);
  void fail(const std::string& what);

  /// Agents who ring or talk because of this call.
  std::set<agent_id> engaged_;
  std::set<agent_id> connected_;
  bool ended_ = false;
  /// In line, and nobody has decided to end it.
  bool could_ring_ = false;
};

std::string text_of(offer_end how);

} // namespace evs::test
