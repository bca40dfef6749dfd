#pragma once
// The two WebSocket doors: who is let in, and as what.

#include "transport/web/services.hpp"

#include <memory>
#include <variant>

namespace evs::web {

/// A client that may upgrade.
struct admission {
  session_request who;
  /// Sec-WebSocket-Protocol of the answer; empty: none.
  std::string subprotocol;
  /// When the credential was made: what was revoked since then ends the connection.
  timestamp issued{};
  /// The connection is closed with 4003 then.
  timestamp expires{};
  /// Its place among the sessions; given back with the last copy.
  std::shared_ptr<void> place{};
};

/// Whether this is a request for a WebSocket at one of the doors.
bool wants_websocket(const request& what);

/// Lets in, or says why not (before any upgrade).
std::variant<admission, response> admit(const request& what, services& shared);

} // namespace evs::web
