#pragma once
// The parts of the route table.

#include "transport/web/router.hpp"
#include "transport/web/services.hpp"

#include <memory>
#include <vector>

namespace evs::web {

/// Sign-in, refresh, sign-out, who am I, WebSocket tickets.
std::vector<route> sign_in_routes(const std::shared_ptr<services>& shared);
/// What dashboards read: application data, live state, agents, call history.
std::vector<route> reading_routes(const std::shared_ptr<services>& shared);
/// What people do: agent states, calls.
std::vector<route> call_routes(const std::shared_ptr<services>& shared);
/// What a supervisor does to an agent: his state, his session.
std::vector<route> supervision_routes(const std::shared_ptr<services>& shared);
/// For operators: reload, health, metrics.
std::vector<route> system_routes(const std::shared_ptr<services>& shared);

} // namespace evs::web
