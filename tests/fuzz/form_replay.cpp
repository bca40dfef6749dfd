#include "tests/fuzz/form_holds.hpp"
#include "tests/fuzz/replay.hpp"

int main(int count, char** arguments) {
  static constexpr std::string_view words[] = {"\r\n--b", "\r\n--b\r\n", "\r\n--b--", "\r\n", "\r", "--b", "\r\n\r\n", ": ", "; name=", "\"",
                                               "Content-Disposition: form-data; name=x", "; filename=\"../../x\"", "%22", "\\"};
  return evs::fuzz::replay(count, arguments, words, evs::fuzz::check_form);
}
