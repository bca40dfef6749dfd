#pragma once
// The typed interface of every actor: a line per handler says what it promises.

#include "actors/messages/registration.hpp"
#include "actors/messages/wire.hpp"

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace evs {
// clang-format off

/// One person at a phone.
using agent_actor = caf::typed_actor<
  /// Goes to the state, keeps the wish until the call is over, or says why not.
  caf::replies_to<state_wanted>::with<state_answer>,
  /// Reserves himself for the call, or says why not. Asked again for the same call: the same answer.
  caf::replies_to<call_offered>::with<offer_answer>,
  /// Reserves himself for a call of his own, or says why not.
  caf::replies_to<dial_wanted>::with<offer_answer>,
  /// News of his call; news of another call is ignored and logged.
  caf::reacts_to<offer_ended>, caf::reacts_to<call_joined>, caf::reacts_to<call_held>, caf::reacts_to<call_released>,
  caf::reacts_to<call_attached>,
  /// Phone, browsers, settings.
  caf::reacts_to<phone_seen>, caf::reacts_to<browsers_seen>, caf::reacts_to<agent_settings_changed>,
  /// Sends agent_seen to each of his queues.
  caf::reacts_to<present_yourself>,
  /// INTERNAL: wrap-up over, browsers gone too long; self-check due.
  caf::reacts_to<agent_timer>, caf::reacts_to<tick>,
  /// The totals start again.
  caf::reacts_to<new_day>>;

/// One waiting line.
using queue_actor = caf::typed_actor<
  /// The call takes its place in line by priority and arrival; twice is once.
  caf::reacts_to<call_waits>,
  /// It left the line (hung up, answered elsewhere).
  caf::reacts_to<caller_left>,
  /// The offer failed; the caller keeps his place and the next agent is sought.
  caf::reacts_to<ring_failed>,
  /// It was answered.
  caf::reacts_to<call_answered>,
  /// A member changed.
  caf::reacts_to<agent_seen>, caf::reacts_to<queue_settings_changed>,
  /// INTERNAL: longest wait, offer without news; self-check due.
  caf::reacts_to<queue_timer>, caf::reacts_to<tick>,
  /// The totals start again.
  caf::reacts_to<new_day>>;

/// One site's line to the local operator.
using trunk_actor = caf::typed_actor<
  /// Takes a line for an outbound call, or says why not. Twice is once.
  caf::replies_to<line_wanted>::with<line_answer>,
  caf::reacts_to<line_released>, caf::reacts_to<line_seen>,
  /// OPTIONS health.
  caf::reacts_to<trunk_seen>,
  caf::reacts_to<trunk_settings_changed>,
  /// INTERNAL: flapping may be over; self-check due (gives back lines of calls that are not alive).
  caf::reacts_to<trunk_timer>, caf::reacts_to<tick>>;

/// One campaign: manual mode; pacing comes here.
using campaign_actor = caf::typed_actor<
  /// Allows and counts the attempt, or says why not.
  caf::replies_to<campaign_dial>::with<outcome>,
  caf::reacts_to<campaign_answered>, caf::reacts_to<campaign_ended>, caf::reacts_to<campaign_settings_changed>,
  /// The totals start again.
  caf::reacts_to<new_day>>;

/// One call; ends with it.
using call_actor = caf::typed_actor<
  /// News of its legs; what changes nothing has no effect.
  caf::reacts_to<leg_news>,
  /// From its queue.
  caf::reacts_to<agent_granted>, caf::reacts_to<offer_withdrawn>, caf::reacts_to<waited_too_long>,
  /// Ends it; answered when the order went out.
  caf::replies_to<hang_up_wanted>::with<outcome>,
  /// Outbound: does it; answered when Asterisk took the originate, or with the reason why not.
  caf::replies_to<dial_out>::with<dial_answer>,
  /// INTERNAL: the longest call is over.
  caf::reacts_to<tick>>;

/// The calls of one Asterisk server: link, routing of events, truth audit.
using ami_actor = caf::typed_actor<
  /// Starts an agent's call to the outside; answered when Asterisk took the originate, or with the reason why not.
  caf::replies_to<dial_out>::with<dial_answer>,
  /// Actions for a call's legs; answered by what Asterisk said, within the action's timeout.
  caf::replies_to<originate_bridge>::with<action_answer>, caf::replies_to<originate_dial>::with<action_answer>,
  caf::replies_to<hang_up_leg>::with<action_answer>,
  /// INTERNAL, from the link's thread.
  caf::reacts_to<ami_up>, caf::reacts_to<ami_down>, caf::reacts_to<ami_events>, caf::reacts_to<ami_reply>,
  /// INTERNAL: audit due; audit again, since the last one was not whole.
  caf::reacts_to<tick>, caf::reacts_to<audit_now>>;

/// The durable sink. Detached: it blocks on PostgreSQL, its senders never do.
using store_actor = caf::typed_actor<
  /// Written soon, in order, at least once; kept (bounded) while PostgreSQL is away.
  caf::reacts_to<store_rows>,
  /// Answered when the rows are committed, with database_unavailable at once when they can't be now, or internal when one was rejected.
  caf::replies_to<store_now>::with<outcome>,
  /// INTERNAL: flush due.
  caf::reacts_to<tick>,
  /// Writes what it has, then answers.
  caf::replies_to<stop_work>::with<outcome>>;

/// One WebSocket.
using session_actor = caf::typed_actor<
  /// The events of one tick.
  caf::reacts_to<session_frames>,
  /// One ready text.
  caf::reacts_to<session_text>,
  /// Closes with the code.
  caf::reacts_to<session_close>,
  /// INTERNAL, from the connection.
  caf::reacts_to<session_command>, caf::reacts_to<session_wire_closed>,
  /// INTERNAL: a reader who is behind may have caught up.
  caf::reacts_to<tick>>;

/// Orders events through the event log and hands them to the sessions.
using broadcast_actor = caf::typed_actor<
  caf::reacts_to<announce>,
  /// INTERNAL, from the event log's thread.
  caf::reacts_to<log_epoch>, caf::reacts_to<log_batch>,
  /// A session joins: gets hello (or resumed, or the present state as events), then everything that it may see.
  caf::reacts_to<session_joined>,
  /// The snapshot as JSON text.
  caf::replies_to<snapshot_wanted>::with<std::string>,
  caf::reacts_to<end_sessions>, caf::reacts_to<end_family>,
  /// Groups have other members: who now sees more or fewer people begins anew (reset and hello, or events of what came and went).
  caf::reacts_to<charges_changed>,
  /// What was missing twice running is announced as removed.
  caf::reacts_to<boards_due>,
  /// INTERNAL: flush due.
  caf::reacts_to<tick>>;

/// Owns and supervises agents, queues, trunks and campaigns; publishes where each lives.
using directory_actor = caf::typed_actor<
  /// Creates, changes and ends actors so that they match the settings.
  caf::reacts_to<directory_loaded>,
  /// INTERNAL: midnight may have passed.
  caf::reacts_to<tick>>;

/// The configuration in force.
using config_actor = caf::typed_actor<
  /// Parses the file, swaps what may change while running, tells only those concerned; on any problem nothing changes.
  caf::replies_to<reload_wanted>::with<reload_answer>,
  /// Connects to what is wanted and not connected, lets go what is not: the rest goes on untouched. Answered when that is under way.
  caf::replies_to<connect_asterisk>::with<outcome>>;

/// Starts the node's services and restarts those that crash, within the restart intensity.
using supervisor_actor = caf::typed_actor<
  /// Answered when the service was started (or why that failed).
  caf::replies_to<supervise>::with<outcome>,
  caf::reacts_to<dismiss>,
  /// Tells all services to end, the last started first; answered when they were told.
  caf::replies_to<stop_work>::with<outcome>>;

} // namespace evs
