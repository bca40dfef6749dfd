#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evs::bench {

struct person {
  std::string login;
  std::string password;
};

/// One kind of request. "{mark}" in its body becomes a text that no other request has, to be found again in the event.
struct request_kind {
  std::string name; ///< kinds of one name are counted together
  std::string method;
  std::string target;
  std::string body;
  std::size_t person = 0; ///< who asks: index into plan::people
  double rate = 0;        ///< `paced`: a second
  unsigned weight = 1;    ///< `busy`: share of all requests
  /// Groups of sessions that must hear of it, each once; all others must not.
  std::vector<std::size_t> heard_by;
};

struct session_group {
  std::size_t person = 0;
  std::size_t count = 0;
};

/// What a run does; written by tests/bench/api.bench.mjs as JSON.
struct plan {
  std::string host = "127.0.0.1";
  unsigned short port = 0;
  std::string door = "native"; ///< or "compat"
  std::string origin;
  std::vector<person> people;
  std::vector<request_kind> requests;
  std::vector<session_group> sessions;
  std::size_t connections = 1; ///< `busy`: how many ask at once
  double warmup = 1;           ///< seconds that are played and not measured
  double seconds = 5;
  // `flood`
  double rate = 0;           ///< attempts a second
  std::size_t addresses = 1; ///< different client addresses in 127.0.0.0/8
  unsigned right_every = 0;  ///< one in so many attempts has the right password; comes back when told to; 0: none
  unsigned known_every = 0;  ///< the same, on a device that has signed in before; 0: none
};

/// Throws std::runtime_error when it is no plan.
plan read_plan(const std::string& json);

/// The numbers that follow `prefix` in a text.
std::vector<std::uint64_t> marks_in(std::string_view text, std::string_view prefix);

/// `body` with each "{mark}" replaced.
std::string with_mark(const std::string& body, const std::string& mark);

/// The n-th address of 127.0.0.0/8 that is not 127.0.x.x.
std::string loopback_address(std::size_t n);

} // namespace evs::bench
