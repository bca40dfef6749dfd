#include "tests/fuzz/workbook_holds.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  evs::fuzz::check_workbook({data, size});
  return 0;
}
