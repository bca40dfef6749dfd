#pragma once
// One lasting connection to the manager interface of one Asterisk server.

#include "domain/id.hpp"
#include "domain/telephony.hpp"
#include "domain/time.hpp"

#include "transport/ami/action.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace evs::ami {

struct link_settings {
  server_id server;
  std::string host = "127.0.0.1";
  std::uint16_t port = 5038;
  std::string username;
  std::string secret;
  bool tls = false;
  /// CA certificates (PEM) that the server's certificate must come from; empty: the system's.
  std::string tls_ca_file;
  /// False takes any certificate: laboratories only.
  bool tls_verify = true;
  milliseconds connect_timeout{3000};
  /// A Ping is sent after this silence; the link is cut when nothing arrives for twice as long.
  milliseconds keep_alive{5000};
  /// First and longest wait before the next connection attempt; each wait is jittered by +-25 %.
  milliseconds backoff_min{200};
  milliseconds backoff_max{750};
  /// Wait after a refused login: somebody has to change something first.
  milliseconds backoff_refused{5000};
  /// Most actions that may wait for their reply at once; more are refused with `overloaded`.
  std::size_t max_pending = 10000;
  friend bool operator==(const link_settings&, const link_settings&) = default;
};

enum class reply_status : std::uint8_t {
  /// Response: Success, and the whole list where there is one.
  ok,
  /// Response: Error; `message` is Asterisk's.
  refused,
  /// A list that ended, but with fewer entries than it announced, or was cancelled.
  incomplete,
  /// No answer within the action's timeout.
  timed_out,
  /// The link was down, or went down before the answer.
  disconnected,
  /// Too many actions are waiting.
  overloaded,
  /// The action could not be written (a control byte, too long): never sent.
  not_sendable,
};

/// What came back for one action.
struct reply {
  reply_status status = reply_status::disconnected;
  std::string message;
  /// The response itself.
  frame response;
  /// The events of its list, in order.
  std::vector<frame> items;
};

/// What the link knows of itself; a snapshot, taken from any thread. Counters start at the link's birth and never go back.
struct link_stats {
  bool up = false;
  /// Events that were understood and handed on.
  std::uint64_t events = 0;
  /// Bytes read.
  std::uint64_t bytes = 0;
  /// Times it came up again after the first.
  std::uint64_t reconnects = 0;
  /// Lines or frames that broke the protocol.
  std::uint64_t malformed = 0;
  /// Answers and list entries that came after their action had been given up.
  std::uint64_t late = 0;
  /// Actions whose time ran out.
  std::uint64_t timed_out = 0;
  /// Actions that wait for their answer.
  std::size_t pending = 0;
};

/// Told by the link, always from its own thread, never concurrently; must return at once and not throw (so must callbacks of submit).
/// Events and answers come in the order in which Asterisk sent them.
class link_listener {
public:
  virtual ~link_listener() = default;
  /// Logged in and Asterisk has fully booted; events flow from here on. `version` is Asterisk's. `boot` = CoreStartupDate+Time as text: another value than before tells a restart of Asterisk.
  virtual void on_up(const std::string& version, const std::string& boot) = 0;
  /// No longer up, or not up yet for another reason than told last. Every pending action has had its callback (disconnected).
  /// Connecting again is under way. `why` is a sentence for the log; it never holds the secret. Not told by stop().
  virtual void on_down(const std::string& why) = 0;
  /// The events of one read, in order. `received` = when the bytes arrived.
  virtual void on_events(std::vector<telephony_event> events, timestamp received) = 0;
};

/// Connects, logs in, keeps alive, reconnects until stopped. All functions may be called from any thread and return at once.
class link {
public:
  virtual ~link() = default;
  virtual void start() = 0;
  /// Sends `what`; `done` is called exactly once, from the link's thread, within `timeout` plus a little. While the link is
  /// down that is at once (disconnected). After stop() has begun nothing is sent, and `done` is dropped without a call.
  virtual void submit(action what, milliseconds timeout, std::function<void(reply)> done) = 0;
  /// Logs off and ends; returns when no callback will be called any more. What was pending is called with `disconnected`.
  /// Not to be called from a callback.
  virtual void stop() = 0;
  virtual link_stats stats() const = 0;
};

/// A link on its own thread. The listener must outlive it.
std::unique_ptr<link> make_link(link_settings settings, link_listener& listener);

} // namespace evs::ami
