#include "transport/web/event_codec.hpp"

#include "domain/labels.hpp"
#include "transport/web/json_text.hpp"

#include <utility>

namespace evs::web {

namespace {

std::string entity(std::string_view kind, const std::string& id) { return std::string{kind} + ':' + id; }

audience supervisors(const site_id& site) { return {role::supervisor, site, {}}; }
/// To the agent himself too.
audience supervisors(const site_id& site, const agent_id& concerned) {
  audience out{role::supervisor, site, {}};
  if (concerned) out.also_to = out.about = {concerned};
  return out;
}
/// Of an agent, who is not told himself.
audience supervisors_of(const agent_id& agent, const site_id& site) { return {role::supervisor, site, {}, {agent}}; }

std::int64_t average(seconds total, std::uint32_t count) { return count == 0 ? 0 : total.count() / count; }

void add_counters(json_object& out, const agent_counters& c) {
  out.number("callsHandledToday", c.calls_handled)
      .number("averageHandlingTime", average(c.talk + c.hold + c.wrap_up, c.calls_handled))
      .number("averageTalkTime", average(c.talk, c.calls_handled))
      .number("pauseCount", c.pauses)
      .number("trainingCount", c.trainings)
      .number("totalPauseTime", c.paused.count())
      .number("totalTrainingTime", c.training.count())
      .number("totalConnectedTime", c.connected.count());
}

/// What the live event and the REST object have in common.
void add_agent_state(json_object& out, const agent_snapshot& a) {
  out.text("status", label(a.state))
      .time("since", a.since)
      .number("version", a.version)
      .id_if("callId", a.call)
      .text_if("reason", a.reason)
      .id_if("campaignId", a.campaign)
      .id("siteId", a.site)
      .text("firstName", a.first_name)
      .text("lastName", a.last_name)
      .text("loginId", a.login_id)
      .text("extension", a.extension)
      .flag("phoneReachable", a.phone_reachable);
  if (a.pending) out.text("pendingStatus", label(*a.pending));
  out.time_if("wrapUpUntil", a.wrap_up_until);
}

void add_call_start(json_object& out, const call_snapshot& c) {
  out.id("callId", c.id)
      .id_if("agentId", c.agent)
      .text("caller", c.caller)
      .text("callee", c.callee)
      .text("direction", token(c.direction))
      .id_if("campaignId", c.campaign)
      .id_if("queueId", c.queue)
      .id("siteId", c.site)
      .id("trunkId", c.trunk)
      .text_if("did", c.did)
      .time("timestamp", c.started)
      .text("status", token(c.state))
      .number("version", c.version);
}

/// The present state of a call, all of it, for snapshots.
std::string call_state_json(const call_snapshot& c) {
  json_object out;
  add_call_start(out, c);
  out.flag("onHold", c.on_hold).flag("recording", c.recording).time_if("answeredAt", c.answered).time("since", c.since);
  return std::move(out).str();
}

encoded_event call_event(std::string type, const call_snapshot& c, std::string payload, std::string state,
                         const agent_id& before = {}) {
  auto whom = supervisors(c.site, c.agent);
  if (before && before != c.agent) {
    whom.also_to.push_back(before);
    whom.about.push_back(before);
  }
  return {std::move(type), entity("call", c.id.value), std::move(payload), std::move(state), std::move(whom)};
}

encoded_event encode_one(const agent_changed& e) {
  const auto& a = e.now;
  json_object out, counters;
  out.id("agentId", a.id);
  add_agent_state(out, a);
  add_counters(counters, a.today);
  out.raw("counters", std::move(counters).str());
  return {"agentStatusUpdate", entity("agent", a.id.value), std::move(out).str(), {}, supervisors(a.site, a.id)};
}

encoded_event encode_one(const agent_removed& e) {
  json_object out;
  out.id("agentId", e.id);
  return {"agentRemoved", entity("agent", e.id.value), std::move(out).str(), "-", supervisors(e.site, e.id)};
}

encoded_event removed(const char* type, const char* kind, const char* key, const std::string& id, audience whom) {
  json_object out;
  out.text(key, id);
  return {type, entity(kind, id), std::move(out).str(), "-", std::move(whom)};
}

encoded_event encode_one(const queue_removed& e) { return removed("queueRemoved", "queue", "queueId", e.id.value, supervisors({})); }
encoded_event encode_one(const trunk_removed& e) { return removed("trunkRemoved", "trunk", "trunkId", e.id.value, supervisors(e.site)); }
encoded_event encode_one(const campaign_removed& e) { return removed("campaignRemoved", "campaign", "campaignId", e.id.value, supervisors({})); }

encoded_event encode_one(const call_started& e) {
  json_object out;
  add_call_start(out, e.now);
  return call_event("newCall", e.now, std::move(out).str(), call_state_json(e.now));
}

/// Beside the boards: they know the call.
encoded_event encode_one(const call_shown& e) {
  audience whom{std::nullopt, {}, {e.now.agent}, {e.now.agent}, e.now.site, {}};
  if (e.before)
    whom.known_with = {e.before};
  return {"newCall", {}, call_state_json(e.now), {}, std::move(whom)};
}

encoded_event encode_one(const call_changed& e) {
  const auto& c = e.now;
  json_object out;
  out.id("callId", c.id)
      .text("status", token(c.state))
      .id_if("agentId", c.agent)
      .id_if("queueId", c.queue)
      .flag("onHold", c.on_hold)
      .flag("recording", c.recording)
      .time_if("answeredAt", c.answered)
      .time("since", c.since)
      .number("version", c.version);
  return call_event("callUpdate", c, std::move(out).str(), call_state_json(c), e.before);
}

encoded_event encode_one(const call_finished& e) {
  const auto& c = e.now;
  json_object out;
  out.id("callId", c.id)
      .number("duration", c.duration.count())
      .number("billableDuration", c.billable.count())
      .text("endReason", token(c.reason))
      .text("direction", token(c.direction))
      .id_if("agentId", c.agent)
      .id_if("campaignId", c.campaign)
      .id_if("queueId", c.queue)
      .id("siteId", c.site)
      .id("trunkId", c.trunk);
  return call_event("callHangup", c, std::move(out).str(), "-", e.before);
}

encoded_event encode_one(const queue_changed& e) {
  const auto& q = e.now;
  json_object out;
  out.id("queueId", q.id)
      .text("name", q.name)
      .number("waiting", q.waiting)
      .number("longestWait", q.oldest ? whole_seconds(*q.oldest, e.at).count() : 0)
      .number("agentsAvailable", q.agents_available)
      .number("agentsBusy", q.agents_busy)
      .number("agentsPaused", q.agents_paused)
      .decimal("serviceLevel", q.service_level)
      .number("abandoned", q.abandoned)
      .number("answered", q.answered)
      .number("version", q.version)
      .time_if("oldestSince", q.oldest);
  return {"queueUpdate", entity("queue", q.id.value), std::move(out).str(), {}, supervisors({})};
}

encoded_event encode_one(const campaign_changed& e) {
  const auto& c = e.now;
  auto ended = c.answered + c.abandoned;
  json_object out;
  out.id("campaignId", c.id)
      .text("name", c.name)
      .text("status", c.is_active ? "active" : "inactive")
      .number("offered", c.offered)
      .number("answered", c.answered)
      .number("abandoned", c.abandoned)
      .decimal("abandonRate", ended == 0 ? 0.0 : 100.0 * c.abandoned / ended)
      .number("ringing", c.ringing)
      .decimal("dialLevel", c.dial_level)
      .number("agents", c.agents)
      .number("version", c.version);
  return {"campaignStatsUpdate", entity("campaign", c.id.value), std::move(out).str(), {}, supervisors({})};
}

encoded_event encode_one(const trunk_changed& e) {
  const auto& t = e.now;
  json_object out;
  out.id("trunkId", t.id)
      .text("name", t.name)
      .id("siteId", t.site)
      .text("state", token(t.state))
      .number("channelsInUse", t.channels_in_use)
      .number("channelLimit", t.channel_limit)
      .number("version", t.version);
  return {"trunkUpdate", entity("trunk", t.id.value), std::move(out).str(), {}, supervisors(t.site)};
}

encoded_event encode_one(const hand_raised& e) {
  json_object out;
  out.id("agentId", e.agent).text("agentName", e.name).text("agentLoginId", e.login_id);
  return {"agentRaisedHand", {}, std::move(out).str(), {}, supervisors_of(e.agent, e.site)};
}

encoded_event encode_one(const agent_replied& e) {
  json_object out;
  out.id("agentId", e.agent).text("agentName", e.name).text("message", e.message);
  return {"agentResponseMessage", {}, std::move(out).str(), {}, supervisors_of(e.agent, e.site)};
}

encoded_event encode_one(const supervisor_wrote& e) {
  json_object out;
  out.text("id", e.id).text("from", e.from_name).text("message", e.message);
  return {"supervisorMessage", {}, std::move(out).str(), {}, audience{std::nullopt, {}, {e.to}}};
}

encoded_event encode_one(const planning_changed& e) {
  json_object out;
  out.id_if("by", e.by);
  return {"planningUpdated", {}, std::move(out).str(), {}, supervisors({})};
}

encoded_event encode_one(const system_alert& e) {
  json_object out;
  out.text("level", e.level).text("code", e.code).text("message", e.message);
  return {"systemAlert", {}, std::move(out).str(), {}, audience{role::administrator, {}, {}}};
}

encoded_event encode_one(const data_changed& e) { return {e.type, {}, e.payload, {}, e.whom}; }

} // namespace

encoded_event encode(const live_event& what) {
  return std::visit([](const auto& e) { return encode_one(e); }, what);
}

std::string encode_error(const failure& why) {
  json_object payload, out;
  payload.text("error", why.text()).text("code", token(why.code));
  out.text("type", "error").raw("payload", std::move(payload).str());
  return std::move(out).str();
}

std::string encode_agent_state(const agent_snapshot& now, timestamp at) {
  json_object out;
  out.id("id", now.id).text("role", to_string(role::agent));
  add_agent_state(out, now);
  out.number("statusDuration", whole_seconds(now.since, at).count());
  add_counters(out, now.today);
  return std::move(out).str();
}

} // namespace evs::web
