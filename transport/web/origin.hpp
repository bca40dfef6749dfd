#pragma once
// Which web pages may talk to us.

#include "transport/web/http_message.hpp"
#include "transport/web/server_settings.hpp"

namespace evs::web {

enum class origin_verdict : std::uint8_t { absent, same_host, listed, foreign };

/// Compares the Origin header with the Host header (whatever the scheme: TLS may end at a proxy) and the allow-list.
origin_verdict judge_origin(const request& what, const server_settings& settings);

} // namespace evs::web
