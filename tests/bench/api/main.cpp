// bench_api busy|paced|flood PLAN: a load of REST requests, WebSocket sessions and sign-ins; the plan is JSON (plan.hpp). Prints one line
// of JSON; paced prints "ready" before, once everybody has signed in and listens.
#include "tests/bench/api/loads.hpp"
#include "tests/bench/api/plan.hpp"
#include "tests/bench/common/file_limit.hpp"

#include <exception>
#include <iostream>
#include <string>

int main(int count, char** values) {
  using namespace evs::bench;
  try {
    const std::string command = count == 3 ? values[1] : "";
    if (command != "busy" && command != "paced" && command != "flood") {
      std::cerr << "bench_api busy|paced|flood PLAN\n";
      return 2;
    }
    raise_file_limit();
    const auto what = read_plan(values[2]);
    const auto said = command == "busy"    ? run_busy(what)
                      : command == "paced" ? run_paced(what, [] { std::cout << "ready" << std::endl; })
                                           : run_flood(what);
    std::cout << said << std::endl;
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "bench_api: " << problem.what() << '\n';
    return 1;
  }
}
