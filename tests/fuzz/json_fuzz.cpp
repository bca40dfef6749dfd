#include "tests/fuzz/json_holds.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  evs::fuzz::check_json({data, size});
  return 0;
}
