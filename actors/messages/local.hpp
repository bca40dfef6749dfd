#pragma once
// Messages that never leave the node: they carry shared or unserialisable things (bytes, handles, callbacks).

#include "domain/account.hpp"
#include "domain/live_event.hpp"
#include "domain/records.hpp"
#include "domain/settings.hpp"
#include "domain/telephony.hpp"
#include "persistence/event_log.hpp"
#include "transport/ami/link.hpp"
#include "transport/web/backend.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_control_block.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace evs {
// clang-format off

/// To the broadcast: tell the outside. `caused` = when the cause reached us.
struct announce { live_event what; timestamp caused{}; };

/// To the store: rows to be written soon, in order.
struct store_rows { std::vector<store_write> rows; };
/// To the store: rows that must be on disk before the answer comes.
struct store_now { std::vector<store_write> rows; };

/// From the AMI link's thread.
struct ami_up { std::string version; std::string boot; };
struct ami_down { std::string why; };
struct ami_events { std::vector<telephony_event> events; timestamp received{}; };
struct ami_reply { std::uint64_t ticket = 0; ami::reply what; };

/// From the event log's thread.
struct log_epoch { std::string epoch; bool shared = false; std::string why; };
struct log_batch { std::shared_ptr<const std::vector<persistence::log_entry>> entries; };

/// Texts of one tick for sessions that see the same; the session takes those of its door.
struct tick_frames {
  /// One JSON array of events.
  std::shared_ptr<const std::string> native;
  /// One text a event.
  std::vector<std::shared_ptr<const std::string>> compatibility;
  /// The entries themselves, for a session that must coalesce.
  std::vector<std::shared_ptr<const persistence::log_entry>> entries;
};
struct session_frames { std::shared_ptr<const tick_frames> frames; };
/// To a session: one ready text (hello, resumed, error).
struct session_text { std::shared_ptr<const std::string> text; };
/// To a session: end with this code.
struct session_close { std::uint16_t code = 4001; std::string reason; };
/// From the connection.
struct session_command { web::client_command what; };
struct session_wire_closed {};

/// To the broadcast, for REST: the snapshot that this viewer may see.
struct snapshot_wanted { viewer who; };
/// To the broadcast: end the sessions of this user, except those of one family (empty: all).
struct end_sessions { user_id user; std::string except_family; std::uint16_t code = 4001; std::string reason; };
struct end_family { std::string family; std::uint16_t code = 4001; std::string reason; };

/// A session joins the broadcast. `ref` is its handle; `id` tells it from others.
struct session_joined { std::uint64_t id = 0; web::session_request what; caf::actor_addr ref; };

/// To the config actor: read the file again. Problems: nothing was changed.
struct reload_wanted {};
struct reload_answer { web::reload_outcome what; };
/// To the config actor: connect to the Asterisk servers that are wanted now, as the file and the saved connection say. The first one
/// begins it.
struct connect_asterisk {};

/// To the supervisor: start this service and keep it alive. `spawn` starts it and publishes its handle; called again after a crash.
struct supervise { std::string name; std::function<caf::strong_actor_ptr()> spawn; };
/// To the supervisor: end this service, it is no longer wanted.
struct dismiss { std::string name; };

/// To the broadcast: who has whom in his charge is another on the directory board.
struct charges_changed {};
/// To the broadcast, from time to time: take what is no longer on the directory board off the live board. Nobody that was dismissed is
/// still about to say something.
struct boards_due {};

/// To the directory: settings as the database has them now.
struct directory_loaded { std::shared_ptr<const directory_data> data; };

} // namespace evs
