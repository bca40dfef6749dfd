#include "transport/web/routes.hpp"

#include "domain/labels.hpp"
#include "transport/web/answers.hpp"
#include "transport/web/event_codec.hpp"
#include "transport/web/json_body.hpp"
#include "transport/web/json_text.hpp"

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

constexpr std::size_t longest_id = 200;

/// Identity comes from the token: an Agent acts for himself only.
bool acts_for_another(const request& what, const agent_id& agent) {
  return what.who.role == role::agent && agent != what.who.user;
}

void change_state(const shared_services& s, const request& what, const respond& answer) {
  json_body form{what.body, unknown_fields::refused};
  agent_state_request wanted;
  wanted.agent = agent_id{what.parameter("id")};
  auto status = form.required_text("status", 64);
  wanted.reason = form.optional_text("reason", 200);
  auto state = agent_state_from_label(status);
  if (!status.empty() && !state) form.refuse("status", "État d'agent inconnu.");
  if (acts_for_another(what, wanted.agent)) return answer(refusal({errc::forbidden, {}, {}}));
  if (auto wrong = form.problem()) return answer(refusal(*wrong));
  wanted.wanted = *state;
  s->backend.change_state(what.who, std::move(wanted), [s, answer](result<agent_snapshot> now) {
    answer(now ? json_answer(encode_agent_state(*now, s->now())) : refusal(now.error()));
  });
}

/// Form only: which numbers may be called is a rule of domain/.
bool looks_like_a_number(const std::string& text) {
  return text.find_first_not_of("+0123456789 .-()/*#") == std::string::npos &&
         text.find_first_of("0123456789") != std::string::npos;
}

void originate(const shared_services& s, const request& what, const respond& answer) {
  json_body form{what.body, unknown_fields::ignored};
  originate_request wanted;
  wanted.agent = agent_id{form.optional_text("agentId", longest_id)};
  wanted.destination = form.required_text("destination", 40);
  wanted.contact = contact_id{form.optional_text("contactId", longest_id)};
  wanted.campaign = campaign_id{form.optional_text("campaignId", longest_id)};
  wanted.lock_token = form.optional_text("lockToken", longest_id);
  if (!wanted.destination.empty() && !looks_like_a_number(wanted.destination))
    form.refuse("destination", "Ce n'est pas un numéro de téléphone.");
  if (wanted.agent.empty()) {
    if (what.who.role == role::agent) wanted.agent = what.who.user;
    else form.refuse("agentId", "Champ obligatoire.");
  }
  if (acts_for_another(what, wanted.agent))
    return answer(refusal({errc::forbidden, "Un agent n'appelle qu'en son propre nom.", {}}));
  if (auto wrong = form.problem()) return answer(refusal(*wrong));
  s->backend.originate(what.who, std::move(wanted), [answer](result<call_id> made) {
    if (!made) return answer(refusal(made.error()));
    json_object body;
    body.id("callId", *made);
    answer(json_answer(std::move(body).str()));
  });
}

void hang_up(const shared_services& s, const request& what, const respond& answer) {
  call_id id{what.parameter("callId")};
  s->backend.hangup(what.who, id, [answer, id](result<evs::done> ended) {
    if (!ended) return answer(refusal(ended.error()));
    json_object body;
    body.id("callId", id);
    answer(json_answer(std::move(body).str()));
  });
}

} // namespace

std::vector<route> call_routes(const shared_services& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  return {
      {http_method::post, "/api/agents/{id}/status", at_least(role::agent), with(change_state), "Changer l'état d'un agent"},
      {http_method::post, "/api/call/originate", at_least(role::agent), with(originate), "Appeler"},
      {http_method::post, "/api/call/{callId}/hangup", at_least(role::agent), with(hang_up), "Raccrocher"},
  };
}

} // namespace evs::web
