#include "tests/fuzz/frames_hold.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  evs::fuzz::check_reader({data, size});
  return 0;
}
