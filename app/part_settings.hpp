#pragma once
// The parts' settings out of the configuration; those of the web door: web_settings.hpp. Pure.

#include "actors/store.hpp"
#include "config/config.hpp"
#include "persistence/event_log.hpp"
#include "persistence/store.hpp"
#include "transport/ami/link.hpp"

namespace evs {

persistence::store_settings store_settings_of(const config::database_settings& s);
persistence::log_settings log_settings_of(const config::redis_settings& s);
ami::link_settings link_settings_of(const config::asterisk_settings& s);
/// How the store actor batches and keeps rows.
store_policy store_policy_of(const config::store_settings& s);

} // namespace evs
