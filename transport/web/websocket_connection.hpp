#pragma once
// One open WebSocket.

#include "transport/web/doors.hpp"
#include "transport/web/event_loop.hpp"

#include <memory>
#include <string>

namespace evs::web {

/// Takes over a socket whose handshake was answered, opens its session and serves it until either side ends it.
/// `early`: bytes that arrived with the handshake. On the loop's thread.
void start_websocket(std::shared_ptr<event_loop> loop, std::shared_ptr<services> shared, int socket, admission who,
                     std::string early);

} // namespace evs::web
