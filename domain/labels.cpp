#include "domain/labels.hpp"

#include <array>

namespace evs {

namespace {

template <class Enum>
struct row {
  Enum value;
  std::string_view token;
  /// What users read; empty where they never do.
  std::string_view label = {};
};

// clang 14 deduces nothing for aggregates by itself.
template <class Enum>
row(Enum, std::string_view) -> row<Enum>;
template <class Enum>
row(Enum, std::string_view, std::string_view) -> row<Enum>;

template <class Enum>
struct table;

// clang-format off
template <>
struct table<agent_state> {
  static constexpr std::array rows{
    row{agent_state::offline, "offline", "Déconnecté"},     row{agent_state::available, "available", "En Attente"},
    row{agent_state::ringing, "ringing", "Ringing"},        row{agent_state::on_call, "on_call", "En Appel"},
    row{agent_state::on_hold, "on_hold", "Mise en attente"}, row{agent_state::wrap_up, "wrap_up", "En Post-Appel"},
    row{agent_state::paused, "paused", "En Pause"},         row{agent_state::training, "training", "Formation"},
  };
  static constexpr auto last = agent_state::training;
};

template <>
struct table<call_state> {
  static constexpr std::array rows{
    row{call_state::offered, "offered"},     row{call_state::queued, "queued"}, row{call_state::ringing, "ringing"},
    row{call_state::connected, "connected"}, row{call_state::held, "held"},     row{call_state::ended, "ended"},
  };
  static constexpr auto last = call_state::ended;
};

template <>
struct table<call_direction> {
  static constexpr std::array rows{row{call_direction::inbound, "inbound"}, row{call_direction::outbound, "outbound"}};
  static constexpr auto last = call_direction::outbound;
};

template <>
struct table<end_reason> {
  static constexpr std::array rows{
    row{end_reason::none, "none"},
    row{end_reason::caller_hangup, "caller_hangup"},
    row{end_reason::agent_hangup, "agent_hangup"},
    row{end_reason::api_hangup, "api_hangup"},
    row{end_reason::abandoned_waiting, "abandoned_waiting"},
    row{end_reason::abandoned_ringing, "abandoned_ringing"},
    row{end_reason::queue_timeout, "queue_timeout"},
    row{end_reason::did_unknown, "did_unknown"},
    row{end_reason::busy, "busy"},
    row{end_reason::no_answer, "no_answer"},
    row{end_reason::invalid_number, "invalid_number"},
    row{end_reason::rejected, "rejected"},
    row{end_reason::congestion, "congestion"},
    row{end_reason::trunk_down, "trunk_down"},
    row{end_reason::trunk_full, "trunk_full"},
    row{end_reason::agent_no_answer, "agent_no_answer"},
    row{end_reason::agent_unreachable, "agent_unreachable"},
    row{end_reason::agent_cancelled, "agent_cancelled"},
    row{end_reason::telephony_failure, "telephony_failure"},
    row{end_reason::lost_track, "lost_track"},
  };
  static constexpr auto last = end_reason::lost_track;
};

template <>
struct table<trunk_state> {
  static constexpr std::array rows{row{trunk_state::down, "down"}, row{trunk_state::degraded, "degraded"}, row{trunk_state::up, "up"}};
  static constexpr auto last = trunk_state::up;
};

template <>
struct table<queue_strategy> {
  static constexpr std::array rows{
    row{queue_strategy::longest_idle, "longest_idle"}, row{queue_strategy::least_talk, "least_talk"},
    row{queue_strategy::fewest_calls, "fewest_calls"}, row{queue_strategy::round_robin, "round_robin"},
    row{queue_strategy::top_down, "top_down"},
  };
  static constexpr auto last = queue_strategy::top_down;
};

template <>
struct table<dialing_mode> {
  static constexpr std::array rows{row{dialing_mode::manual, "MANUAL"}, row{dialing_mode::progressive, "PROGRESSIVE"},
                                   row{dialing_mode::predictive, "PREDICTIVE"}};
  static constexpr auto last = dialing_mode::predictive;
};

template <>
struct table<attempt_outcome> {
  static constexpr std::array rows{
    row{attempt_outcome::intended, "intended"}, row{attempt_outcome::answered, "answered"},
    row{attempt_outcome::busy, "busy"},         row{attempt_outcome::no_answer, "no_answer"},
    row{attempt_outcome::invalid, "invalid"},   row{attempt_outcome::congestion, "congestion"},
    row{attempt_outcome::blocked, "blocked"},   row{attempt_outcome::failed, "failed"},
    row{attempt_outcome::abandoned, "abandoned"},
  };
  static constexpr auto last = attempt_outcome::abandoned;
};

/// Every value has its row, in the order of the enum, with a token that no other row has.
template <class Enum>
constexpr bool complete() {
  constexpr auto& rows = table<Enum>::rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].value) != i || rows[i].token.empty())
      return false;
    for (std::size_t k = 0; k < i; ++k)
      if (rows[k].token == rows[i].token || (!rows[i].label.empty() && rows[k].label == rows[i].label))
        return false;
  }
  return rows.size() == static_cast<std::size_t>(table<Enum>::last) + 1;
}
static_assert(complete<agent_state>() && complete<call_state>() && complete<call_direction>() && complete<end_reason>());
static_assert(complete<trunk_state>() && complete<queue_strategy>() && complete<dialing_mode>() && complete<attempt_outcome>());

template <class Enum>
std::string_view token_of(Enum x) noexcept {
  return table<Enum>::rows[static_cast<std::size_t>(x)].token;
}

// clang-format on

} // namespace

std::string_view token(agent_state x) noexcept { return token_of(x); }
std::string_view token(call_state x) noexcept { return token_of(x); }
std::string_view token(call_direction x) noexcept { return token_of(x); }
std::string_view token(end_reason x) noexcept { return token_of(x); }
std::string_view token(trunk_state x) noexcept { return token_of(x); }
std::string_view token(queue_strategy x) noexcept { return token_of(x); }
std::string_view token(dialing_mode x) noexcept { return token_of(x); }
std::string_view token(attempt_outcome x) noexcept { return token_of(x); }

template <class Enum>
std::optional<Enum> from_token(std::string_view text) noexcept {
  for (const auto& r : table<Enum>::rows)
    if (r.token == text)
      return r.value;
  return std::nullopt;
}

template std::optional<agent_state> from_token(std::string_view) noexcept;
template std::optional<call_state> from_token(std::string_view) noexcept;
template std::optional<call_direction> from_token(std::string_view) noexcept;
template std::optional<end_reason> from_token(std::string_view) noexcept;
template std::optional<trunk_state> from_token(std::string_view) noexcept;
template std::optional<queue_strategy> from_token(std::string_view) noexcept;
template std::optional<dialing_mode> from_token(std::string_view) noexcept;
template std::optional<attempt_outcome> from_token(std::string_view) noexcept;

std::string_view label(agent_state s) noexcept { return table<agent_state>::rows[static_cast<std::size_t>(s)].label; }

std::optional<agent_state> agent_state_from_label(std::string_view text) noexcept {
  for (const auto& r : table<agent_state>::rows)
    if (r.label == text || r.token == text)
      return r.value;
  return std::nullopt;
}

std::string_view call_status_text(const call_record& call) noexcept {
  if (call.answered)
    return "answered";
  switch (call.reason) {
    case end_reason::abandoned_waiting:
    case end_reason::abandoned_ringing: return "abandoned";
    case end_reason::caller_hangup: return call.direction == call_direction::inbound ? "abandoned" : "no_answer";
    case end_reason::queue_timeout: return "missed";
    case end_reason::busy:
    case end_reason::rejected: return "busy";
    case end_reason::no_answer: return "no_answer";
    case end_reason::agent_cancelled:
    case end_reason::agent_hangup:
    case end_reason::api_hangup: return "cancelled";
    case end_reason::agent_no_answer:
    case end_reason::agent_unreachable:
    case end_reason::did_unknown:
    case end_reason::invalid_number:
    case end_reason::congestion:
    case end_reason::trunk_down:
    case end_reason::trunk_full:
    case end_reason::telephony_failure:
    case end_reason::lost_track:
    case end_reason::none: return "failed";
  }
  return "failed";
}

} // namespace evs
