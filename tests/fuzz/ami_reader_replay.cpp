#include "tests/fuzz/frames_hold.hpp"
#include "tests/fuzz/replay.hpp"

int main(int count, char** arguments) {
  static constexpr std::string_view words[] = {
      "\r\n", "\n", "\r\n\r\n", "\r", ":", ": ", "Event: ", "ActionID: lab-1", "EventList: start",
      "EventList: Complete", "ListItems: ", "Response: Success", "Uniqueid: "};
  return evs::fuzz::replay(count, arguments, words, evs::fuzz::check_reader);
}
