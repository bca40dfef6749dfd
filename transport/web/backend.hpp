#pragma once
// What the web door needs from the rest of the program. Implemented in app/, which knows the actors and the database.

#include "domain/account.hpp"
#include "domain/error.hpp"
#include "domain/requests/requests.hpp"
#include "domain/roles.hpp"
#include "domain/snapshots.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace evs::web {

/// Called exactly once, from any thread, within a finite time.
template <class T> using callback = std::function<void(result<T>)>;

struct originate_request {
  agent_id agent;
  std::string destination;
  contact_id contact;
  campaign_id campaign;
  /// Of the contact's lock, as it was handed out; empty: only its owner is checked.
  std::string lock_token;
};

struct agent_state_request {
  agent_id agent;
  agent_state wanted = agent_state::available;
  std::string reason;
};

// Client -> server messages of both WebSocket doors, already parsed and checked for form.
struct status_change {
  agent_state wanted = agent_state::available;
  std::string reason;
};
struct raise_hand {};
struct reply_to_supervisor {
  std::string message;
};
struct write_to_agent {
  agent_id to;
  std::string message;
};
struct announce_planning {};
using client_command = std::variant<status_change, raise_hand, reply_to_supervisor, write_to_agent, announce_planning>;

enum class door : std::uint8_t { native, compatibility };

/// One WebSocket as a session sees it. Every function may be called from any thread and returns at once.
class connection {
public:
  virtual ~connection() = default;
  /// Queues one text message; shared by many connections, never copied. Returns the bytes that now wait to be sent, this one included.
  virtual std::size_t send(std::shared_ptr<const std::string> text) = 0;
  /// Bytes that wait to be sent.
  virtual std::size_t backlog() const = 0;
  /// Sends what waits (at most for two seconds), then closes with this code.
  virtual void close(std::uint16_t code, std::string reason) = 0;
};

/// What a connection tells its session. Called from the connection's strand; must return at once. Nothing is called after on_closed.
class session {
public:
  virtual ~session() = default;
  virtual void on_command(client_command what) = 0;
  virtual void on_closed() = 0;
};

struct session_request {
  viewer who;
  /// Family of the refresh token that the access token belongs to; ends with it.
  std::string family;
  evs::web::door door = door::native;
  /// Resume point that a native client asked for.
  std::optional<std::pair<std::string, std::uint64_t>> resume;
  std::string address;
};

/// One line of /readyz.
struct component_status {
  std::string name;
  bool ok = false;
  /// False: the node serves calls without it, the page says so.
  bool required = true;
  std::string detail;
};

struct reload_outcome {
  std::vector<std::string> changed;
  std::vector<std::string> needs_restart;
  /// Keys of the file that count for nothing, because an administrator saved another connection (POST /system-connection).
  std::vector<std::string> overridden;
  /// Not empty: nothing was changed.
  std::vector<std::string> problems;
};

class backend {
public:
  virtual ~backend() = default;

  // --- accounts (PostgreSQL; run off the network threads) ---
  virtual void find_account(std::string login_id, callback<std::optional<account>> done) = 0;
  virtual void account_by_id(user_id id, callback<std::optional<account>> done) = 0;
  /// The account as it is when the family opens; nullopt, and no family, for who may no longer sign in: deactivated or with another
  /// password since `checked_hash` was read.
  virtual void open_family(refresh_token token, std::string checked_hash, bool revoke_others, callback<std::optional<account>> done) = 0;
  struct rotation_result {
    rotation outcome = rotation::invalid;
    std::optional<account> who;
    std::string family;
  };
  /// `next.user` and `next.family` are filled by the database from the old token.
  virtual void rotate(std::string old_hash, refresh_token next, callback<rotation_result> done) = 0;
  virtual void revoke_family(std::string family, callback<evs::done> done) = 0;
  /// Somebody signed in / out: opens or closes the agent's session row, ends older WebSockets of the account (4001) other than `family`'s.
  virtual void signed_in(const account& who, const std::string& family) = 0;
  virtual void signed_out(const viewer& who, const std::string& family) = 0;

  // --- reading (JSON text ready to be sent) ---
  virtual void application_data(viewer who, callback<std::vector<std::pair<std::string, std::string>>> done) = 0;
  virtual void app_settings(callback<std::string> done) = 0;
  virtual void call_history(viewer who, int page, int limit, callback<std::string> done) = 0;
  virtual void call_record(viewer who, call_id id, callback<std::string> done) = 0;
  virtual void call_journal(viewer who, call_id id, callback<std::string> done) = 0;
  /// The snapshot object of GET /live and of the native door's hello.
  virtual void live_snapshot(viewer who, callback<std::string> done) = 0;
  /// JSON array of AgentState / one AgentState.
  virtual void agents(viewer who, callback<std::string> done) = 0;
  virtual void agent(viewer who, agent_id id, callback<std::string> done) = 0;

  // --- data (PostgreSQL; run off the network threads) ---
  /// Everything of domain/requests.
  virtual void perform(requester who, data_request what, callback<data_answer> done) = 0;

  // --- acting (the actors) ---
  virtual void originate(viewer who, originate_request what, callback<call_id> done) = 0;
  virtual void hangup(viewer who, call_id id, callback<evs::done> done) = 0;
  /// The new state (or the one that is pending).
  virtual void change_state(viewer who, agent_state_request what, callback<agent_snapshot> done) = 0;
  virtual void reload(viewer who, callback<reload_outcome> done) = 0;

  // --- live ---
  /// Opens the session of a freshly upgraded WebSocket; it sends its first frame itself.
  virtual std::shared_ptr<session> open_session(session_request what, std::shared_ptr<connection> wire) = 0;

  // --- operators ---
  virtual std::vector<component_status> readiness() = 0;
  /// Prometheus text format.
  virtual std::string metrics() = 0;
};

} // namespace evs::web
