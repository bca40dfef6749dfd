#include "persistence/call_journal.hpp"

#include "domain/labels.hpp"

#include <boost/json.hpp>

#include <array>
#include <string_view>

namespace evs::persistence {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> roles{"caller", "agent", "customer"};
constexpr std::array<std::string_view, 5> phases{"intended", "dialing", "ringing", "up", "gone"};

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text)
      return i;
  throw std::invalid_argument("unknown token");
}

json::string text(std::string_view t) { return json::string{t.data(), t.size()}; }

/// Only what is set is written: a journal is read by people too.
void put(json::object& o, const char* key, const std::string& value) {
  if (!value.empty())
    o[key] = value;
}
void put(json::object& o, const char* key, std::int64_t value) {
  if (value != 0)
    o[key] = value;
}
void put(json::object& o, const char* key, bool value) {
  if (value)
    o[key] = true;
}

std::string get(const json::object& o, const char* key) {
  auto* v = o.if_contains(key);
  return v ? std::string{v->as_string().c_str(), v->as_string().size()} : std::string{};
}
std::int64_t number(const json::object& o, const char* key) {
  auto* v = o.if_contains(key);
  return v ? v->to_number<std::int64_t>() : 0;
}
bool flag(const json::object& o, const char* key) {
  auto* v = o.if_contains(key);
  return v && v->as_bool();
}
timestamp time(const json::object& o, const char* key) {
  auto t = from_iso8601(get(o, key));
  if (!t)
    throw std::invalid_argument(key);
  return *t;
}
template <class Enum>
Enum from(const json::object& o, const char* key) {
  auto x = from_token<Enum>(get(o, key));
  if (!x)
    throw std::invalid_argument(key);
  return *x;
}

json::object leg(const call_leg& l) {
  json::object o;
  o["uid"] = l.uid.value;
  o["role"] = text(roles[static_cast<std::size_t>(l.role)]);
  o["phase"] = text(phases[static_cast<std::size_t>(l.phase)]);
  put(o, "channel", l.name);
  put(o, "agent", l.agent.value);
  put(o, "bridge", l.bridge.value);
  put(o, "holding", l.holding);
  put(o, "dialStatus", l.dial_status);
  put(o, "cause", std::int64_t{l.cause});
  return o;
}

call_leg leg(const json::object& o) {
  call_leg l;
  l.uid.value = get(o, "uid");
  l.role = static_cast<leg_role>(index_of(roles, get(o, "role")));
  l.phase = static_cast<leg_phase>(index_of(phases, get(o, "phase")));
  l.name = get(o, "channel");
  l.agent.value = get(o, "agent");
  l.bridge.value = get(o, "bridge");
  l.holding = flag(o, "holding");
  l.dial_status = get(o, "dialStatus");
  l.cause = static_cast<int>(number(o, "cause"));
  return l;
}

} // namespace

std::string encode_call(const call_memory& m) {
  const auto& n = m.now;
  json::object o;
  o["callId"] = n.id.value;
  put(o, "server", m.server.value);
  o["direction"] = text(token(n.direction));
  o["state"] = text(token(n.state));
  put(o, "caller", n.caller);
  put(o, "callerName", m.caller_name);
  put(o, "callee", n.callee);
  put(o, "did", n.did);
  put(o, "siteId", n.site.value);
  put(o, "trunkId", n.trunk.value);
  put(o, "queueId", n.queue.value);
  put(o, "campaignId", n.campaign.value);
  put(o, "contactId", n.contact.value);
  put(o, "agentId", n.agent.value);
  o["started"] = to_iso8601(n.started);
  if (n.answered)
    o["answered"] = to_iso8601(*n.answered);
  o["since"] = to_iso8601(n.since);
  put(o, "onHold", n.on_hold);
  put(o, "recording", n.recording);
  if (n.reason != end_reason::none)
    o["endReason"] = text(token(n.reason));
  if (n.ended)
    o["ended"] = to_iso8601(*n.ended);
  put(o, "duration", std::int64_t{n.duration.count()});
  put(o, "billable", std::int64_t{n.billable.count()});
  o["version"] = n.version;
  o["steps"] = m.steps;
  put(o, "waitedMs", std::int64_t{m.waited.count()});
  put(o, "rangMs", std::int64_t{m.rang.count()});
  put(o, "talkedMs", std::int64_t{m.talked.count()});
  put(o, "heldMs", std::int64_t{m.held.count()});
  if (m.verdict != end_reason::none)
    o["verdict"] = text(token(m.verdict));
  put(o, "cause", std::int64_t{m.cause});
  if (m.first_to_leave)
    o["firstToLeave"] = text(roles[static_cast<std::size_t>(*m.first_to_leave)]);
  put(o, "wrapUp", std::int64_t{m.wrap_up.count()});
  json::array talked;
  for (const auto& a : m.talked_to)
    talked.emplace_back(a.value);
  if (!talked.empty())
    o["talkedTo"] = std::move(talked);
  json::array legs;
  for (const auto& l : m.legs)
    legs.emplace_back(leg(l));
  o["legs"] = std::move(legs);
  return json::serialize(o);
}

std::optional<call_memory> decode_call(const std::string& written) {
  try {
    json::error_code ec;
    const auto parsed = json::parse(written, ec);
    if (ec || !parsed.is_object())
      return std::nullopt;
    const auto& o = parsed.get_object();
    call_memory m;
    auto& n = m.now;
    n.id.value = get(o, "callId");
    m.server.value = get(o, "server");
    n.direction = from<call_direction>(o, "direction");
    n.state = from<call_state>(o, "state");
    n.caller = get(o, "caller");
    m.caller_name = get(o, "callerName");
    n.callee = get(o, "callee");
    n.did = get(o, "did");
    n.site.value = get(o, "siteId");
    n.trunk.value = get(o, "trunkId");
    n.queue.value = get(o, "queueId");
    n.campaign.value = get(o, "campaignId");
    n.contact.value = get(o, "contactId");
    n.agent.value = get(o, "agentId");
    n.started = time(o, "started");
    if (o.contains("answered"))
      n.answered = time(o, "answered");
    n.since = time(o, "since");
    n.on_hold = flag(o, "onHold");
    n.recording = flag(o, "recording");
    if (o.contains("endReason"))
      n.reason = from<end_reason>(o, "endReason");
    if (o.contains("ended"))
      n.ended = time(o, "ended");
    n.duration = seconds{number(o, "duration")};
    n.billable = seconds{number(o, "billable")};
    n.version = static_cast<std::uint64_t>(number(o, "version"));
    m.steps = static_cast<std::uint32_t>(number(o, "steps"));
    m.waited = milliseconds{number(o, "waitedMs")};
    m.rang = milliseconds{number(o, "rangMs")};
    m.talked = milliseconds{number(o, "talkedMs")};
    m.held = milliseconds{number(o, "heldMs")};
    if (o.contains("verdict"))
      m.verdict = from<end_reason>(o, "verdict");
    m.cause = static_cast<int>(number(o, "cause"));
    if (o.contains("firstToLeave"))
      m.first_to_leave = static_cast<leg_role>(index_of(roles, get(o, "firstToLeave")));
    m.wrap_up = seconds{number(o, "wrapUp")};
    if (auto* talked = o.if_contains("talkedTo"))
      for (const auto& a : talked->as_array())
        m.talked_to.emplace_back(agent_id{std::string{a.as_string().c_str()}});
    for (const auto& l : o.at("legs").as_array())
      m.legs.push_back(leg(l.as_object()));
    return m;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace evs::persistence
