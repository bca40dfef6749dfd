#include "tests/fuzz/json_holds.hpp"
#include "tests/fuzz/replay.hpp"

int main(int count, char** arguments) {
  static constexpr std::string_view words[] = {"{", "}", "[", "]", ",", ":", "\"", "null", "true", "\"\\u0000\"", "\\ud800", "\xff", "1e999", "-0",
                                               "0.1e-400", "9223372036854775808", "\"name\":\"x\"", "\"id\":\"../x\"", "\"password\":\"***\"",
                                               "'; drop table users; --", "[[[[[[[[[[[[[[[[[[", "\"memberIds\":[\"a\"]", "\"role\":\"SuperAdmin\","};
  return evs::fuzz::replay(count, arguments, words, evs::fuzz::check_json);
}
