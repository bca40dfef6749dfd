#pragma once
// The Asterisk servers in force, and the calls that the first actor of each takes over from the node before.

#include "config/config.hpp"
#include "domain/call_fsm.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace evs {

/// Thread-safe.
class asterisk_servers {
public:
  /// A reload or a saved connection changes them.
  void set(const std::vector<config::asterisk_settings>& all);
  std::vector<std::string> names() const;

  /// Calls without an end on record, by server; "": those whose server is not known.
  void keep_unended(std::map<std::string, std::vector<call_memory>> calls);
  /// Those of this server, and to the first server those of none; nothing the second time.
  std::vector<call_memory> take_unended(const std::string& name);

private:
  mutable std::mutex mutex_;
  std::vector<std::string> names_;
  std::map<std::string, std::vector<call_memory>> unended_;
};

} // namespace evs
