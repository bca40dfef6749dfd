// Client messages of both WebSocket doors; the other half of event_codec.hpp.
#include "domain/labels.hpp"
#include "transport/web/event_codec.hpp"

#include <boost/json.hpp>

namespace evs::web {

namespace {

constexpr std::size_t longest_message = 2000, longest_reason = 200, longest_id = 200;

/// A payload's text fields, gathering what is wrong with them.
class payload_fields {
public:
  explicit payload_fields(const boost::json::value* payload) : fields_(payload ? payload->if_object() : nullptr) {}

  std::string required(std::string_view name, std::size_t longest) {
    auto text = optional(name, longest);
    if (text.empty()) wrong_.fields.try_emplace(std::string{name}, "Champ obligatoire.");
    return text;
  }

  std::string optional(std::string_view name, std::size_t longest) {
    auto found = fields_ ? fields_->if_contains(name) : nullptr;
    if (!found || found->is_null()) return {};
    if (!found->is_string() || found->get_string().size() > longest) {
      wrong_.fields.try_emplace(std::string{name},
                                "Un texte de " + std::to_string(longest) + " octets au plus est attendu.");
      return {};
    }
    return std::string{found->get_string()};
  }

  void refuse(std::string_view name, std::string why) { wrong_.fields.try_emplace(std::string{name}, std::move(why)); }

  result<client_command> finish(client_command made) {
    if (wrong_.fields.empty()) return made;
    wrong_.code = errc::invalid_input;
    for (const auto& [name, why] : wrong_.fields)
      wrong_.detail += (wrong_.detail.empty() ? "" : " ") + name + " : " + why;
    return wrong_;
  }

private:
  const boost::json::object* fields_;
  failure wrong_{};
};

} // namespace

result<client_command> decode_command(std::string_view text) {
  boost::json::error_code ec;
  boost::json::parse_options shallow;
  shallow.max_depth = 8;
  auto message = boost::json::parse(text, ec, {}, shallow);
  if (ec || !message.is_object()) return {errc::invalid_input, "Le message n'est pas un objet JSON valide."};
  auto type_value = message.as_object().if_contains("type");
  if (!type_value || !type_value->is_string()) return {errc::invalid_input, "Le message n'a pas de champ « type »."};
  std::string_view type = type_value->get_string();
  payload_fields payload{message.as_object().if_contains("payload")};

  if (type == "agentStatusChange") {
    status_change change;
    auto wanted = payload.required("status", 64);
    change.reason = payload.optional("reason", longest_reason);
    if (auto state = agent_state_from_label(wanted)) change.wanted = *state;
    else payload.refuse("status", "État d'agent inconnu.");
    return payload.finish(std::move(change));
  }
  if (type == "agentRaisedHand" || type == "agentRaiseHand") return client_command{raise_hand{}};
  if (type == "agentResponseToSupervisor")
    return payload.finish(reply_to_supervisor{payload.required("message", longest_message)});
  if (type == "supervisorResponseToAgent") {
    write_to_agent message_out{agent_id{payload.required("agentId", longest_id)},
                               payload.required("message", longest_message)};
    return payload.finish(std::move(message_out));
  }
  if (type == "planningUpdated") return client_command{announce_planning{}};
  return {errc::invalid_input, "Type de message inconnu."};
}

} // namespace evs::web
