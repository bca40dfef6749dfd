#pragma once
// Whether something can be reached, tried anew.

#include "config/config.hpp"
#include "domain/error.hpp"

#include <string>

namespace evs {

/// Time of a TCP connection; a sentence why not. Blocking, at most 3 s.
result<milliseconds> try_connection(const std::string& host, std::uint16_t port);

/// Asterisk's version after a fresh login; a sentence why not. Blocking, at most 6 s.
result<std::string> try_asterisk(const config::asterisk_settings& server);

} // namespace evs
