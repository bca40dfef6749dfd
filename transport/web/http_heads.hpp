#pragma once
// Heads of HTTP messages: what arrived becomes a request as routes know it, an answer becomes the bytes before its body. Pure: no
// socket, no library type; any thread.

#include "transport/web/http_message.hpp"
#include "transport/web/server_settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evs::web {

/// The first line of a request as it came.
struct request_line {
  std::string_view method;
  std::string_view target;
  /// 10 or 11.
  unsigned version = 11;
};

/// The name of a header as routes look for it: in small letters (RFC 9110 5.1: names know no case).
std::string header_name(std::string_view as_it_came);

/// Completes `what`, which has its headers (small letters) and the peer's address, with everything else that the head says: id, client
/// behind trusted proxies, path, query, method. The refusal for what no route should see: 400, or 405 for a method that nothing here has.
std::optional<response> complete(request& what, const request_line& line, const server_settings& settings);

/// Whether the client waits for "100 Continue" before it sends the body (RFC 9110 10.1.1).
bool expects_continue(const request& what, unsigned version);

/// "Name: value" with the end of its line; nothing when the value could end the line by itself.
void add_header(std::string& head, std::string_view name, std::string_view value);

/// Status line, the answer's headers, and those that every answer has: date, request id, length, caching, what a browser may do with
/// it. `length`: bytes of the body. `tls`: clients come by HTTPS only.
std::string make_head(const response& made, const request& what, std::uint64_t length, bool keep_alive, bool tls);

} // namespace evs::web
