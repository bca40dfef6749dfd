#include "tests/fuzz/http_holds.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  evs::fuzz::check_http({data, size});
  return 0;
}
