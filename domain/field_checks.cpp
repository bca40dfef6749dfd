#include "domain/field_checks.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace evs {

namespace {

using namespace std::string_view_literals;

std::string under(const std::string& path, std::string_view name) { return path + "." + std::string{name}; }
std::string at(const std::string& path, std::size_t i) { return path + "[" + std::to_string(i) + "]"; }

/// The elements of a list of objects, each with its path; a problem where it is something else.
template <class Each>
void each_object(const value& what, const std::string& path, problems& found, std::size_t most, Each&& each) {
  auto* list = what.list();
  if (!list)
    return found.add(path, "Une liste est attendue.");
  if (list->size() > most)
    return found.add(path, std::to_string(most) + " éléments au plus.");
  for (std::size_t i = 0; i < list->size(); ++i) {
    if ((*list)[i].members())
      each((*list)[i], at(path, i));
    else
      found.add(at(path, i), "Un objet est attendu.");
  }
}

void need_text(const value& in, std::string_view name, const std::string& path, problems& found, std::size_t longest = 200) {
  auto* member = in.find(name);
  if (!member || !member->text() || member->text()->empty() || member->text()->size() > longest)
    found.add(under(path, name), "Un texte de 1 à " + std::to_string(longest) + " caractères est attendu.");
}

void need_whole(const value& in, std::string_view name, const std::string& path, problems& found, std::int64_t lowest, std::int64_t highest) {
  auto* member = in.find(name);
  if (!member || !member->integer() || *member->integer() < lowest || *member->integer() > highest)
    found.add(under(path, name), "Un nombre de " + std::to_string(lowest) + " à " + std::to_string(highest) + " est attendu.");
}

void need_choice(const value& in, std::string_view name, const std::string& path, problems& found, std::initializer_list<std::string_view> choices) {
  auto* member = in.find(name);
  if (member && member->text() && std::find(choices.begin(), choices.end(), *member->text()) != choices.end())
    return;
  std::string all;
  for (auto one : choices)
    all += (all.empty() ? "" : ", ") + std::string{one};
  found.add(under(path, name), "Une de ces valeurs est attendue : " + all + ".");
}

bool flag_or_absent(const value& in, std::string_view name) {
  auto* member = in.find(name);
  return !member || member->is_null() || member->flag();
}

bool clock_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':')
    return false;
  for (const std::size_t i : {0U, 1U, 3U, 4U})
    if (text[i] < '0' || text[i] > '9')
      return false;
  const auto hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
  return (hour < 24 && minute < 60) || (hour == 24 && minute == 0);
}

void need_clock(const value& in, std::string_view name, const std::string& path, problems& found) {
  auto* member = in.find(name);
  if (!member || !member->text() || !clock_time(*member->text()))
    found.add(under(path, name), "Une heure HH:MM est attendue.");
}

} // namespace

void check_extensions(const value& what, const std::string& path, problems& found) {
  each_object(what, path, found, 500, [&](const value& one, const std::string& here) {
    need_text(one, "number", here, found, 20);
    if (!flag_or_absent(one, "directMediaEnabled"))
      found.add(under(here, "directMediaEnabled"), "true ou false est attendu.");
  });
}

void check_controls(const value& what, const std::string& path, problems& found) {
  constexpr std::array known{"dial"sv, "hangup"sv, "hold"sv, "transfer"sv, "mute"sv, "record"sv, "keypad"sv,
                             "qualify"sv, "search"sv, "insert"sv, "history"sv, "raiseHand"sv};
  if (!what.members())
    return found.add(path, "Un objet est attendu.");
  for (const auto& [name, allowed] : *what.members()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      found.add(under(path, name), "Commande inconnue.");
    else if (!allowed.flag())
      found.add(under(path, name), "true ou false est attendu.");
  }
}

void check_user_skills(const value& what, const std::string& path, problems& found) {
  std::set<std::string> seen;
  each_object(what, path, found, 200, [&](const value& one, const std::string& here) {
    need_text(one, "skillId", here, found, 64);
    need_whole(one, "level", here, found, 1, 5);
    if (auto* id = one.find("skillId"); id && id->text() && !seen.insert(*id->text()).second)
      found.add(under(here, "skillId"), "Cette compétence figure deux fois.");
  });
}

void check_queue_skills(const value& what, const std::string& path, problems& found) {
  each_object(what, path, found, 50, [&](const value& one, const std::string& here) {
    need_text(one, "skillId", here, found, 64);
    need_whole(one, "minLevel", here, found, 1, 5);
    if (auto* relax = one.find("relaxAfter"); relax && !relax->is_null())
      need_whole(one, "relaxAfter", here, found, 0, 86400);
  });
}

void check_overflow(const value& what, const std::string& path, problems& found) {
  if (!what.members())
    return found.add(path, "Un objet est attendu.");
  need_choice(what, "to", path, found, {"queue", "voicemail", "ivr", "hangup"});
  auto* to = what.find("to");
  if (to && to->text() && (*to->text() == "queue" || *to->text() == "ivr"))
    need_text(what, "id", path, found, 64);
}

void check_service_level(const value& what, const std::string& path, problems& found) {
  if (!what.members())
    return found.add(path, "Un objet est attendu.");
  need_whole(what, "percent", path, found, 0, 100);
  need_whole(what, "seconds", path, found, 1, 3600);
}

void check_schedule(const value& what, const std::string& path, problems& found) {
  each_object(what, path, found, 50, [&](const value& one, const std::string& here) {
    if (auto* day = one.find("dayOfWeek"); !day || !day->text())
      need_whole(one, "dayOfWeek", here, found, 0, 7);
    else
      need_text(one, "dayOfWeek", here, found, 10);
    if (!flag_or_absent(one, "active"))
      found.add(under(here, "active"), "true ou false est attendu.");
    if (auto* active = one.find("active"); active && active->flag() && !*active->flag())
      return;
    need_clock(one, "startTime", here, found);
    need_clock(one, "endTime", here, found);
    auto *from = one.find("startTime"), *to = one.find("endTime");
    if (from && to && from->text() && to->text() && clock_time(*from->text()) && clock_time(*to->text()) && *from->text() >= *to->text())
      found.add(under(here, "endTime"), "La fin doit être après le début.");
  });
}

void check_quotas(const value& what, const std::string& path, problems& found) {
  each_object(what, path, found, 100, [&](const value& one, const std::string& here) {
    need_text(one, "id", here, found, 64);
    need_text(one, "contactField", here, found, 100);
    need_choice(one, "operator", here, found, {"equals", "starts_with"});
    need_text(one, "value", here, found);
    need_whole(one, "limit", here, found, 0, 1'000'000'000);
  });
}

void check_filters(const value& what, const std::string& path, problems& found) {
  each_object(what, path, found, 100, [&](const value& one, const std::string& here) {
    need_text(one, "id", here, found, 64);
    need_choice(one, "type", here, found, {"include", "exclude"});
    need_text(one, "contactField", here, found, 100);
    need_choice(one, "operator", here, found, {"equals", "starts_with", "contains", "is_not_empty"});
    auto* how = one.find("operator");
    if (how && how->text() && *how->text() != "is_not_empty")
      need_text(one, "value", here, found);
  });
}

void check_pages(const value& what, const std::string& path, problems& found) {
  constexpr std::array kinds{"group"sv, "label"sv, "text"sv, "input"sv, "email"sv, "phone"sv, "date"sv, "time"sv, "radio"sv,
                             "checkbox"sv, "dropdown"sv, "button"sv, "web-view"sv, "textarea"sv, "history"sv, "image"sv};
  each_object(what, path, found, 200, [&](const value& page, const std::string& here) {
    need_text(page, "id", here, found, 100);
    need_text(page, "name", here, found);
    std::set<std::string> ids;
    auto* blocks = page.find("blocks");
    if (!blocks)
      return found.add(under(here, "blocks"), "Une liste est attendue.");
    each_object(*blocks, under(here, "blocks"), found, 500, [&](const value& block, const std::string& there) {
      need_text(block, "id", there, found, 100);
      auto* type = block.find("type");
      if (!type || !type->text() || std::find(kinds.begin(), kinds.end(), *type->text()) == kinds.end())
        found.add(under(there, "type"), "Type de bloc inconnu.");
      if (auto* id = block.find("id"); id && id->text() && !ids.insert(*id->text()).second)
        found.add(under(there, "id"), "Cet identifiant figure deux fois dans la page.");
    });
  });
}

void check_number(const value& what, const std::string& path, problems& found) {
  if (what.text() && what.text()->find_first_not_of("+0123456789 .-()/") != std::string::npos)
    found.add(path, "Ce n'est pas un numéro de téléphone.");
}

void check_digits(const value& what, const std::string& path, problems& found) {
  if (what.text() && (what.text()->size() > 15 || what.text()->find_first_not_of("0123456789") != std::string::npos))
    found.add(path, "De 1 à 15 chiffres sont attendus.");
}

void check_host(const value& what, const std::string& path, problems& found) {
  if (what.text() && what.text()->find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_") != std::string::npos)
    found.add(path, "Un nom d'hôte ou une adresse, avec ou sans port, est attendu.");
}

void check_word(const value& what, const std::string& path, problems& found) {
  if (what.text() && !valid_id(*what.text()))
    found.add(path, "Lettres, chiffres, « - », « _ » et « . » seulement.");
}

void check_sip_word(const value& what, const std::string& path, problems& found) {
  if (what.text() && what.text()->find_first_of(";[]\"\\ \t") != std::string::npos)
    found.add(path, "Ni espace, ni point-virgule, ni crochet, ni guillemet.");
}

void check_email(const value& what, const std::string& path, problems& found) {
  auto* text = what.text();
  if (!text)
    return;
  const auto sign = text->find('@');
  if (sign == std::string::npos || sign == 0 || sign + 1 == text->size() || text->find('@', sign + 1) != std::string::npos ||
      text->find_first_of(" <>,;\"") != std::string::npos)
    found.add(path, "Une adresse de courriel est attendue.");
}

void check_colour(const value& what, const std::string& path, problems& found) {
  auto* text = what.text();
  if (text && (text->size() != 7 || text->front() != '#' || text->find_first_not_of("0123456789abcdefABCDEF", 1) != std::string::npos))
    found.add(path, "Une couleur #rrggbb est attendue.");
}

void check_zone(const value& what, const std::string& path, problems& found) {
  auto* text = what.text();
  if (text && (text->find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") != std::string::npos ||
               text->find("..") != std::string::npos))
    found.add(path, "Un fuseau horaire comme Europe/Paris est attendu.");
}

void check_intervals(const value& what, const std::string& path, problems& found) {
  if (auto* list = what.list())
    for (std::size_t i = 0; i < list->size(); ++i)
      if (auto* minutes = (*list)[i].integer(); minutes && (*minutes < 0 || *minutes > 60 * 24 * 60))
        found.add(at(path, i), "De 0 à 86400 minutes.");
}

/// What Asterisk's configuration takes as it is (scripts/apply-asterisk-config).
void check_phone_password(const value& what, const std::string& path, problems& found) {
  if (what.text() && what.text()->find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!%&*+,./:?@^_~=-") != std::string::npos)
    found.add(path, "Lettres, chiffres et ! % & * + , . / : ? @ ^ _ ~ = - seulement.");
}

void check_secret(const value& what, const std::string& path, problems& found) { check_sip_word(what, path, found); }

void check_did(const value& body, problems& found) {
  auto *flow = body.find("ivrFlowId"), *queue = body.find("queueId");
  if (flow && queue && flow->text() && queue->text())
    found.add("queueId", "Un numéro mène à un scénario ou à une file, pas aux deux.");
}

void check_trunk(const value& body, problems& found) {
  auto *type = body.find("authType"), *login = body.find("login"), *line = body.find("registerString");
  const bool unnamed = login && login->is_null() && (!line || line->is_null());
  if (type && type->text() && *type->text() == "register" && unnamed)
    found.add("login", "Un trunk qui s'enregistre a besoin d'un identifiant.");
}

void check_script(const value& body, problems& found) {
  auto *start = body.find("startPageId"), *pages = body.find("pages");
  if (!start || !start->text() || !pages || !pages->list() || pages->list()->empty())
    return;
  for (const auto& page : *pages->list())
    if (auto* id = page.find("id"); id && id->text() && *id->text() == *start->text())
      return;
  found.add("startPageId", "Aucune page ne porte cet identifiant.");
}

void check_flow_nodes(const value& what, const std::string& path, problems& found) {
  each_object(what, path, found, 500, [&](const value& node, const std::string& here) {
    need_text(node, "id", here, found, 100);
    need_choice(node, "type", here, found,
                {"start", "menu", "media", "transfer", "voicemail", "hangup", "calendar", "queue", "input", "set", "condition", "callback"});
  });
}

void check_flow_connections(const value& what, const std::string& path, problems& found) {
  each_object(what, path, found, 2000, [&](const value& one, const std::string& here) {
    need_text(one, "id", here, found, 100);
    need_text(one, "fromNodeId", here, found, 100);
    need_text(one, "fromPortId", here, found, 100);
    need_text(one, "toNodeId", here, found, 100);
  });
}

} // namespace evs
