#pragma once

#include "tests/bench/source/ami_server.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace evs::bench {

class switchboard;

/// Answers the actions an orchestrator sends, the way Asterisk 22 words them; unknown ones with an Error.
class ami_answers {
public:
  /// What the answers set in motion. `defer` runs its argument once the answer has been sent, `answer_later(index, epoch)`
  /// arranges for switchboard::answer after the time an agent takes to pick up.
  struct effects {
    std::function<void(std::function<void()>)> defer;
    std::function<void(std::uint64_t, std::uint64_t)> answer_later;
  };

  /// `phones` are the extensions that have a registered phone.
  ami_answers(switchboard& board, effects e, std::vector<std::string> phones);

  std::string operator()(const ami_action& action);

private:
  std::string channels(const ami_action& action) const;
  std::string bridges(const ami_action& action) const;
  std::string device_states(const ami_action& action) const;
  std::string contacts(const ami_action& action) const;
  std::string endpoints(const ami_action& action) const;
  std::string originate(const ami_action& action);
  std::string channel_action(const ami_action& action, bool asks) const;
  std::string hangup(const ami_action& action);

  switchboard& board_;
  effects effects_;
  std::vector<std::string> phones_;
};

} // namespace evs::bench
