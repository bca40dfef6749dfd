// bench_dashboards: many WebSocket listeners that check and time what they are told. Prints "ready <n>" once all are
// connected and one line of JSON at the end, which comes when everything was delivered, when nothing has come for
// --patience-s after the source has finished, or when a line arrives on standard input.
#include "tests/bench/common/arguments.hpp"
#include "tests/bench/common/file_limit.hpp"
#include "tests/bench/common/stamp_board.hpp"
#include "tests/bench/dashboards/crowd.hpp"
#include "tests/bench/dashboards/rest_client.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <unistd.h>

namespace {

using namespace evs::bench;

constexpr unsigned long connections_per_address = 20'000;

int run(const arguments& args) {
  raise_file_limit();
  auto stamps = stamp_board::open(args.text("board"));
  const auto host = args.text("host", "127.0.0.1");
  const auto port = static_cast<unsigned short>(args.number("port", 8080));
  const auto origin = args.text("origin", "http://" + host + ":" + std::to_string(port));
  const auto door = args.text("door", "native");
  const auto wanted = args.number("connections", 1);
  const auto patience_us = args.number("patience-s", 20) * 1'000'000;
  const auto most_us = args.number("drain-s", 180) * 1'000'000;

  rest_client rest(host, port, origin);
  const auto token = rest.login(args.text("login", "1000"), args.text("password", "1000"));
  crowd dashboards(stamps);
  for (unsigned long i = 0; i < wanted; ++i) {
    const auto group = i / connections_per_address;
    const auto source = group == 0 ? std::string() : "127.0.2." + std::to_string(group);
    std::string leftover;
    const int fd =
        door == "native"
            ? websocket_connect(source, host, port, "/api/ws", "evs.v1, ticket." + rest.ticket(token), origin, leftover)
            : websocket_connect(source, host, port, "/api/?token=" + token, "", origin, leftover);
    dashboards.add(fd, leftover);
    dashboards.turn(0);
  }
  dashboards.watch(STDIN_FILENO);
  std::cout << "ready " << wanted << std::endl;

  std::uint64_t finished_at = 0;
  bool timed_out = false;
  while (!dashboards.complete() && !dashboards.stopped() && !timed_out) {
    dashboards.turn(20);
    const auto now = now_us();
    if (stamps.header().finished == 1 && finished_at == 0) finished_at = now;
    if (stamps.header().finished == 0) finished_at = 0;
    timed_out = finished_at != 0 && (now - std::max(finished_at, dashboards.last_progress_us()) > patience_us ||
                                     now - finished_at > most_us);
  }
  std::cout << dashboards.result(timed_out).json() << std::endl;
  return 0;
}

} // namespace

int main(int count, char** values) {
  try {
    return run(arguments(count, values));
  } catch (const std::exception& problem) {
    std::cerr << "bench_dashboards: " << problem.what() << '\n';
    return 1;
  }
}
