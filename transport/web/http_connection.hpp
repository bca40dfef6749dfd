#pragma once
// One HTTP connection: reads requests, has them answered, writes the answers; hands a WebSocket's socket on.

#include "transport/web/dispatcher.hpp"
#include "transport/web/event_loop.hpp"

#include <memory>

namespace evs::web {

/// On the loop's thread; owns the socket from here on.
void start_http(std::shared_ptr<event_loop> loop, std::shared_ptr<services> shared, std::shared_ptr<dispatcher> routes,
                int socket);

} // namespace evs::web
