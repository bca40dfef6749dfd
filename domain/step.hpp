#pragma once
// What every state machine of domain/ answers: the memory to keep and the effects to perform, in order.

#include <vector>

namespace evs::fsm {

/// `apply(memory, event, policy, now)` takes the memory by value (move it in, keep what comes back) and never fails:
/// an event that does not fit is answered by an effect (`refused` to somebody who asked, `ignored` otherwise).
template <class Memory, class Effect>
struct step {
  Memory memory;
  /// Never empty.
  std::vector<Effect> effects;
};

/// The event was understood and changes nothing; `why` is a fixed token for logs and metrics.
struct ignored {
  const char* why = "";
};

} // namespace evs::fsm
