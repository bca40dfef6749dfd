#pragma once

#include "tests/bench/source/sequence.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace evs::bench {

class stamp_board;

/// The recordings a switchboard plays from.
struct recordings {
  sequence inbound_arrives, inbound_ends, agent_rings, agent_answers, agent_gone, bridged_ends;
  static recordings load(const std::string& folder);
};

/// The calls of a pretended Asterisk: says their events, remembers which are alive. Pure but for the sink and the board.
class switchboard {
public:
  struct trunk {
    std::string id;
    std::string did;
  };
  enum class leg_state { none, ringing, bridged };
  struct call {
    std::uint64_t index = 0;
    field_values values;
    std::uint64_t arrived_us = 0;
    leg_state leg = leg_state::none;
    std::uint64_t epoch = 0; ///< changes with each leg, so that a late answer finds out it is late
  };
  using sink = std::function<void(std::string_view)>;

  /// `prefix` are the digits before the dot of every Uniqueid.
  switchboard(recordings r, std::vector<trunk> trunks, std::uint64_t prefix, stamp_board& board, sink out);

  /// A caller arrives: the first part of his events, up to the answer. Returns the call's index, which counts from 0.
  std::uint64_t arrive(std::uint64_t now);
  /// The rest of his arrival (Asterisk waits half a second for media after Answer).
  void settle(std::uint64_t index);
  /// The caller hangs up, with his agent's leg where he has one. No effect when he is gone.
  void end(std::uint64_t index, std::uint64_t now);

  /// An agent's phone starts ringing for the caller on `channel`; the returned epoch goes to answer(). 0: no such caller, or busy.
  std::uint64_t ring(const std::string& channel, const std::string& extension, const std::string& leg_id,
                     const std::string& action, const std::string& data);
  void answer(std::uint64_t index, std::uint64_t epoch);

  const call* find_channel(const std::string& channel) const;
  const std::unordered_map<std::uint64_t, call>& calls() const { return calls_; }
  const std::vector<trunk>& trunks() const { return trunks_; }

private:
  void say(const sequence::part& part, const call& c);
  void say(const sequence& s, const call& c);
  void count(std::size_t events, std::size_t bytes);

  recordings recordings_;
  std::vector<trunk> trunks_;
  std::string prefix_;
  stamp_board& board_;
  sink out_;
  std::unordered_map<std::uint64_t, call> calls_;
  std::uint64_t next_ = 0;
  std::uint64_t epochs_ = 0;
  std::string text_;
};

} // namespace evs::bench
