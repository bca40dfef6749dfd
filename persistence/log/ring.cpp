#include "persistence/log/ring.hpp"

#include "persistence/secret.hpp"

#include <utility>

namespace evs::persistence {

void ring::begin(std::string why, bool drop_waiting) {
  last_ = 0;
  to_.begin_epoch(random_hex(), false, std::move(why), drop_waiting);
}

void ring::append(std::vector<log_entry> entries) {
  if (to_.waiting() + entries.size() > keep_)
    begin("the receiver is slower than the events", true);
  for (auto& entry : entries)
    entry.offset = ++last_;
  to_.push(std::move(entries));
}

} // namespace evs::persistence
