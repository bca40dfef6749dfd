#include "transport/web/routes.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/data_routes.hpp"
#include "transport/web/event_codec.hpp"
#include "transport/web/json_body.hpp"

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

constexpr std::size_t longest_id = 200;

/// Who may do this to whom is asked by the backend, which knows who has whom in his charge.
void force_state(const shared_services& s, const request& what, const respond& answer, agent_state wanted) {
  json_body form{what.body, unknown_fields::ignored};
  agent_state_request order;
  order.agent = agent_id{form.required_text("agentId", longest_id)};
  order.wanted = wanted;
  if (wanted == agent_state::paused) order.reason = form.optional_text("reason", 200);
  if (auto wrong = form.problem()) return answer(refusal(*wrong));
  s->backend.change_state(what.who, std::move(order), [s, answer](result<agent_snapshot> now) {
    answer(now ? json_answer(encode_agent_state(*now, s->now())) : refusal(now.error()));
  });
}

/// As if he had signed out himself: no token of his is good any more, he is offline (after the call that he is on), and what he held
/// goes back.
void force_logout(const shared_services& s, const request& what, const respond& answer) {
  json_body form{what.body, unknown_fields::ignored};
  const user_id agent{form.required_text("agentId", longest_id)};
  if (auto wrong = form.problem()) return answer(refusal(*wrong));
  perform(s, what, data_request{resource_request{end_sign_ins_of{agent}}}, [s, answer, agent, who = what.who](response made) {
    if (made.status == 200) {
      s->backend.change_state(who, {agent, agent_state::offline, {}}, [](result<agent_snapshot>) {});
      s->backend.perform({{agent, role::agent, {}}, {}, {}, {}}, data_request{contact_request{release_contacts_of{agent}}}, [](result<data_answer>) {});
    }
    answer(std::move(made));
  });
}

} // namespace

std::vector<route> supervision_routes(const shared_services& s) {
  auto state = [&](agent_state wanted) {
    return [s, wanted](const request& what, const respond& answer) { force_state(s, what, answer, wanted); };
  };
  return {
      {http_method::post, "/api/supervisor/force-pause", at_least(role::supervisor), state(agent_state::paused), "Mettre un agent en pause"},
      {http_method::post, "/api/supervisor/force-available", at_least(role::supervisor), state(agent_state::available), "Rendre un agent disponible"},
      {http_method::post, "/api/supervisor/force-logout", at_least(role::supervisor),
       [s](const request& what, const respond& answer) { force_logout(s, what, answer); }, "Fermer les sessions d'un agent"},
  };
}

} // namespace evs::web
