#include "domain/apply_schedule.hpp"

#include <algorithm>

namespace evs {

void apply_schedule::changed(milliseconds now) {
  if (!first_change_)
    first_change_ = now;
  due_ = std::min(now + policy_.quiet, *first_change_ + policy_.longest);
}

void apply_schedule::begun() {
  first_change_.reset();
  due_.reset();
}

void apply_schedule::done() { failures_ = 0; }

milliseconds apply_schedule::failed(milliseconds now) {
  // 2^20 of any pause is beyond every limit.
  const auto pause = std::min(policy_.retry * (std::int64_t{1} << std::min(failures_, 20U)), policy_.longest_retry);
  ++failures_;
  if (!due_)
    due_ = now + pause;
  return std::max(*due_ - now, milliseconds{0});
}

} // namespace evs
