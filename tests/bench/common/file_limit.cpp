#include "tests/bench/common/file_limit.hpp"

#include <sys/resource.h>

namespace evs::bench {

void raise_file_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace evs::bench
