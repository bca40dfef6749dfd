// Contacts: handing out, locks, what becomes of them, lists.

#include "transport/web/data_routes.hpp"

#include "domain/catalogue.hpp"

#include <algorithm>
#include <array>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

constexpr std::size_t longest_id = 64;
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_number = 40;
constexpr std::size_t longest_note = 5000;
constexpr std::size_t longest_custom_fields = 64 * 1024;
constexpr std::size_t most_custom_fields = 400;
constexpr std::size_t most_deleted = 10'000;
/// A callback or a relaunch lies within two years.
constexpr auto furthest = std::chrono::hours{24 * 731};

/// A body, and everything that is wrong with it. Starred paths: members that nobody knows are ignored.
class form {
public:
  form(const request& what, bool empty_is_fine = false) {
    auto read = what.body.empty() && empty_is_fine ? result<value>{value{value::object{}}} : read_json(what.body);
    if (!read) wrong_ = read.error();
    else if (!read->members()) wrong_ = failure{errc::invalid_input, "Un objet JSON est attendu.", {}};
    else body_ = std::move(*read);
  }

  const value* find(std::string_view name) const { return body_.find(name); }

  /// Absent, null: nothing. Trimmed.
  std::optional<std::string> text(std::string_view name, std::size_t longest) {
    auto* given = body_.find(name);
    if (!given || given->is_null()) return std::nullopt;
    std::string out;
    // Older clients send numbers where texts are meant (postal codes, phone numbers).
    if (given->text()) out = *given->text();
    else if (given->integer()) out = std::to_string(*given->integer());
    else return refuse(name, "Un texte est attendu."), std::nullopt;
    const auto from = out.find_first_not_of(" \t\r\n");
    out = from == std::string::npos ? std::string{} : out.substr(from, out.find_last_not_of(" \t\r\n") - from + 1);
    if (out.size() > longest) refuse(name, std::to_string(longest) + " octets au plus.");
    return out;
  }
  /// An id, or "".
  std::string id(std::string_view name) {
    auto given = text(name, longest_id).value_or(std::string{});
    if (!given.empty() && !valid_id(given)) refuse(name, "Cet identifiant n'a pas la forme attendue.");
    return given;
  }
  std::string required_id(std::string_view name) {
    auto given = id(name);
    if (given.empty()) refuse(name, "Champ obligatoire.");
    return given;
  }
  std::optional<timestamp> moment(std::string_view name, timestamp now) {
    auto given = text(name, 40);
    if (!given || given->empty()) return std::nullopt;
    auto read = from_iso8601(*given);
    if (!read) refuse(name, "Une date ISO 8601 en UTC est attendue (2026-11-22T08:00:00Z).");
    else if (*read > now + furthest) refuse(name, "Cette date est trop lointaine.");
    return read;
  }
  void refuse(std::string_view name, std::string why) { problems_.fields.emplace(name, std::move(why)); }

  std::optional<failure> problem() const {
    if (wrong_) return wrong_;
    if (!problems_.fields.empty()) return problems_;
    return std::nullopt;
  }

private:
  value body_{value::object{}};
  std::optional<failure> wrong_;
  failure problems_{errc::invalid_input, {}, {}};
};

/// Ids in paths of what can't exist are not found, and no question to the database.
bool known_form(const std::string& id) { return valid_id(id); }

void ask(const shared_services& s, const request& what, const respond& answer, const form& body, contact_request question) {
  if (auto wrong = body.problem()) return answer(refusal(*wrong));
  perform(s, what, std::move(question), answer);
}

failure unknown_contact() { return {errc::not_found, "Cette fiche n'existe pas.", {}}; }

// ---------------------------------------------------------------- handing out

void next(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  next_contact wish{agent_id{body.id("agentId")}, campaign_id{body.required_id("activeCampaignId")}};
  ask(s, what, answer, body, std::move(wish));
}

void lock(const shared_services& s, const request& what, const respond& answer) {
  form body{what, true};
  ask(s, what, answer, body, lock_contact{contact_id{what.parameter("id")}});
}

void unlock(const shared_services& s, const request& what, const respond& answer) {
  form body{what, true};
  unlock_contact wish{contact_id{what.parameter("id")}, body.text("lockToken", longest_id).value_or("")};
  ask(s, what, answer, body, std::move(wish));
}

handler run(const shared_services& s, campaign_order order) {
  return [s, order](const request& what, const respond& answer) {
    perform(s, what, contact_request{run_campaign{campaign_id{what.parameter("id")}, order}}, answer);
  };
}

// ---------------------------------------------------------------- outcomes

void qualify(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  qualify_contact wish;
  wish.contact = contact_id{what.parameter("id")};
  wish.agent = agent_id{body.id("agentId")};
  wish.campaign = campaign_id{body.id("campaignId")};
  wish.qualification = body.required_id("qualificationId");
  wish.relaunch = body.moment("relaunchTime", s->now());
  wish.token = body.text("lockToken", longest_id).value_or("");
  ask(s, what, answer, body, std::move(wish));
}

void plan_callback(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  schedule_callback wish;
  wish.contact = contact_id{what.parameter("id")};
  wish.agent = agent_id{body.id("agentId")};
  wish.campaign = campaign_id{body.id("campaignId")};
  wish.name = body.text("contactName", 2 * longest_name).value_or("");
  wish.number = body.text("contactNumber", longest_number).value_or("");
  wish.notes = body.text("notes", longest_note).value_or("");
  const auto at = body.moment("scheduledTime", s->now());
  if (!at) body.refuse("scheduledTime", "Une date et une heure sont attendues.");
  else if (*at < s->now() - std::chrono::minutes{5}) body.refuse("scheduledTime", "Cette heure est passée.");
  wish.at = at.value_or(timestamp{});
  ask(s, what, answer, body, std::move(wish));
}

void edit_callback(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  change_callback wish;
  wish.id = what.parameter("id");
  wish.status = body.text("status", 20).value_or("");
  if (!wish.status.empty() && wish.status != "pending" && wish.status != "completed" && wish.status != "cancelled")
    body.refuse("status", "Statuts possibles : pending, completed, cancelled.");
  wish.at = body.moment("scheduledTime", s->now());
  wish.notes = body.text("notes", longest_note);
  ask(s, what, answer, body, std::move(wish));
}

void note(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  add_contact_note wish;
  wish.contact = contact_id{what.parameter("id")};
  wish.agent = agent_id{body.id("agentId")};
  wish.campaign = campaign_id{body.id("campaignId")};
  wish.note = body.text("note", longest_note).value_or("");
  if (wish.note.empty()) body.refuse("note", "Écrivez une note.");
  ask(s, what, answer, body, std::move(wish));
}

void recycle(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  recycle_contacts wish{campaign_id{what.parameter("id")}, body.required_id("qualificationId")};
  ask(s, what, answer, body, std::move(wish));
}

// ---------------------------------------------------------------- records

bool simple(const value& what) { return what.is_null() || what.text() || what.flag() || what.is_number(); }

/// Texts, numbers, flags, and lists of them (several boxes that were ticked).
void check_custom_fields(form& body, const value& given) {
  auto* all = given.members();
  if (!all) return body.refuse("customFields", "Un objet est attendu.");
  if (all->size() > most_custom_fields) return body.refuse("customFields", "400 champs au plus.");
  for (const auto& [name, content] : *all) {
    const auto path = "customFields." + name.substr(0, 100);
    if (name.empty() || name.size() > 100) body.refuse(path, "Le nom d'un champ a de 1 à 100 octets.");
    auto* list = content.list();
    if (!simple(content) && !(list && std::all_of(list->begin(), list->end(), simple)))
      body.refuse(path, "Un texte, un nombre ou une liste de textes est attendu.");
  }
  if (to_json(given).size() > longest_custom_fields) body.refuse("customFields", "64 Ko au plus.");
}

contact_fields read_fields(form& body) {
  contact_fields f;
  f.first_name = body.text("firstName", longest_name);
  f.last_name = body.text("lastName", longest_name);
  f.phone_number = body.text("phoneNumber", longest_number);
  f.postal_code = body.text("postalCode", 20);
  if (f.phone_number && !f.phone_number->empty() &&
      std::count_if(f.phone_number->begin(), f.phone_number->end(), [](char c) { return c >= '0' && c <= '9'; }) < 3)
    body.refuse("phoneNumber", "Ce n'est pas un numéro de téléphone.");
  if (auto* custom = body.find("customFields"); custom && !custom->is_null()) {
    check_custom_fields(body, *custom);
    f.custom_fields = *custom;
  }
  return f;
}

void create(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  create_contact wish;
  wish.id = body.id("id");
  wish.campaign = campaign_id{body.required_id("campaignId")};
  wish.fields = read_fields(body);
  ask(s, what, answer, body, std::move(wish));
}

/// If-Match as one version; "*" and nothing mean any.
std::string seen_version(const request& what) {
  auto text = std::string{what.header("if-match")};
  if (text.starts_with("W/")) text.erase(0, 2);
  std::erase(text, '"');
  return text == "*" ? std::string{} : text;
}

void update(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  update_contact wish;
  wish.contact = contact_id{what.parameter("id")};
  wish.fields = read_fields(body);
  wish.seen = seen_version(what);
  wish.token = body.text("lockToken", longest_id).value_or("");
  ask(s, what, answer, body, std::move(wish));
}

void bulk_delete(const shared_services& s, const request& what, const respond& answer) {
  form body{what};
  delete_contacts wish;
  auto* given = body.find("contactIds");
  auto* list = given ? given->list() : nullptr;
  if (!list || list->empty() || list->size() > most_deleted) body.refuse("contactIds", "Une liste de 1 à 10 000 identifiants est attendue.");
  else
    for (const auto& id : *list) {
      if (!id.text() || !valid_id(*id.text())) {
        body.refuse("contactIds", "Un des identifiants n'a pas la forme attendue.");
        break;
      }
      wish.contacts.emplace_back(*id.text());
    }
  ask(s, what, answer, body, std::move(wish));
}

// ---------------------------------------------------------------- reading

void read_one(const shared_services& s, const request& what, const respond& answer) {
  perform(s, what, contact_request{read_contact{contact_id{what.parameter("id")}}}, answer);
}

void history_of_one(const shared_services& s, const request& what, const respond& answer) {
  perform(s, what, contact_request{read_contact_history{contact_id{what.parameter("id")}}}, answer);
}

constexpr std::array<std::string_view, 2> list_filters{"status", "qualificationId"};

void search(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  auto query = read_list_query(what, list_filters, problem);
  const auto from = query.q.find_first_not_of(' ');
  query.q = from == std::string::npos ? std::string{} : query.q.substr(from, query.q.find_last_not_of(' ') - from + 1);
  if (query.q.size() < 2) problem.fields.emplace("q", "Deux caractères au moins : un nom (et un prénom) ou un numéro.");
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, contact_request{search_contacts{std::move(query)}}, answer);
}

void list(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  auto query = read_list_query(what, list_filters, problem);
  query.paged = true;
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, contact_request{list_contacts{campaign_id{what.parameter("id")}, std::move(query)}}, answer);
}

void campaign_history(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  auto query = read_list_query(what, {}, problem);
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, contact_request{list_campaign_history{campaign_id{what.parameter("id")}, std::move(query)}}, answer);
}

} // namespace

std::vector<route> contact_routes(const std::shared_ptr<services>& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) {
      auto id = what.parameters.empty() ? std::string{} : what.parameters.front().second;
      if (!what.parameters.empty() && !known_form(id)) return answer(refusal(unknown_contact()));
      action(s, what, answer);
    };
  };
  const auto agents = at_least(role::agent), supervisors = at_least(role::supervisor), administrators = at_least(role::administrator);
  return {
      {http_method::post, "/api/campaigns/next-contact", agents, with(next), "Demander la fiche suivante"},
      {http_method::post, "/api/campaigns/{id}/start", supervisors, run(s, campaign_order::start), "Démarrer une campagne"},
      {http_method::post, "/api/campaigns/{id}/pause", supervisors, run(s, campaign_order::pause), "Mettre une campagne en pause"},
      {http_method::post, "/api/campaigns/{id}/stop", supervisors, run(s, campaign_order::stop), "Arrêter une campagne"},
      {http_method::post, "/api/campaigns/{id}/recycle", supervisors, with(recycle), "Remettre en appel les fiches d'une qualification"},
      {http_method::get, "/api/campaigns/{id}/history", supervisors, with(campaign_history), "Historique d'une campagne"},
      {http_method::get, "/api/campaigns/{id}/contacts", supervisors, with(list), "Lister les contacts d'une campagne"},
      {http_method::get, "/api/contacts", agents, with(search), "Chercher des contacts"},
      {http_method::post, "/api/contacts", agents, with(create), "Créer un contact"},
      {http_method::post, "/api/contacts/bulk-delete", administrators, with(bulk_delete), "Supprimer des contacts"},
      {http_method::get, "/api/contacts/{id}", agents, with(read_one), "Lire un contact"},
      {http_method::put, "/api/contacts/{id}", agents, with(update), "Modifier un contact"},
      {http_method::get, "/api/contacts/{id}/history", agents, with(history_of_one), "Historique d'un contact"},
      {http_method::post, "/api/contacts/{id}/lock", agents, with(lock), "Verrouiller une fiche"},
      {http_method::post, "/api/contacts/{id}/unlock", agents, with(unlock), "Libérer une fiche"},
      {http_method::post, "/api/contacts/{id}/qualify", agents, with(qualify), "Qualifier une fiche"},
      {http_method::post, "/api/contacts/{id}/schedule-callback", agents, with(plan_callback), "Planifier un rappel personnel"},
      {http_method::post, "/api/contacts/{id}/notes", agents, with(note), "Ajouter une note"},
      {http_method::put, "/api/planning-events/callbacks/{id}", agents, with(edit_callback), "Modifier un rappel personnel"},
  };
}

} // namespace evs::web
