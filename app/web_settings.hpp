#pragma once
// The web door's settings out of the configuration.

#include "config/config.hpp"
#include "transport/web/server_settings.hpp"

namespace evs {

/// Without a configured signing key a random one, the same for the life of the process: a restart ends all sign-ins.
web::server_settings web_settings_of(const config::settings& s);

} // namespace evs
