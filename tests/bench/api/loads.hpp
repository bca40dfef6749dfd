#pragma once

#include <functional>
#include <string>
#include <vector>

namespace evs::bench {

struct plan;
class rest_client;

/// Access tokens by person; whoever the plan does not use stays signed out. A person signs in once a run: the newest sign-in ends the
/// older ones.
std::vector<std::string> sign_in(const plan& what, rest_client& rest);

// Each plays a load and returns what came of it as one line of JSON. They run on the calling thread. Throw std::runtime_error where
// the server cannot be reached or refuses the sign-in.

/// `connections` clients that ask again as soon as they are answered; kinds of requests take turns by weight.
std::string run_busy(const plan& what);

/// Requests at fixed rates, whether the server keeps up or not, and sessions that listen: a late answer counts from the moment when it
/// was to be asked for. What is heard counts from the sending of its request. `ready` is called when all have signed in and listen.
std::string run_paced(
    const plan& what, const std::function<void()>& ready = [] {});

/// Sign-ins at a fixed rate, each on a connection of its own from one of many addresses.
std::string run_flood(const plan& what);

} // namespace evs::bench
