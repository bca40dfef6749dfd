#include "domain/catalogue.hpp"

#include "domain/ivr_graph.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

namespace evs {

namespace {

using namespace std::string_view_literals;

// ---------------------------------------------------------------- what structures look like

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

// ---------------------------------------------------------------- the fields

constexpr std::array roles{"Agent"sv, "Superviseur"sv, "Administrateur"sv, "SuperAdmin"sv};
constexpr std::array auth_types{"register"sv, "ip"sv};
constexpr std::array strategies{"longest_idle"sv, "least_talk"sv, "fewest_calls"sv, "round_robin"sv, "top_down"sv};
constexpr std::array judgements{"positive"sv, "neutral"sv, "negative"sv};
constexpr std::array modes{"MANUAL"sv, "PROGRESSIVE"sv, "PREDICTIVE"sv};
constexpr std::array voicemail{"HANGUP"sv, "LEAVE_MESSAGE"sv};
constexpr std::array compliance{"FR"sv, "US"sv, "none"sv};

using k = field_kind;

constexpr field name_field{.name = "name", .column = "name", .kind = k::text, .required = true};

constexpr std::array site_fields{
  name_field,
  field{.name = "ipAddress", .column = "ip_address", .nullable = true, .highest = 100, .check = check_host},
  field{.name = "physicalExtensions", .column = "physical_extensions", .kind = k::structure, .check = check_extensions,
        .note = "[{number, directMediaEnabled}]"},
  field{.name = "directMediaEnabled", .column = "direct_media_enabled", .kind = k::flag},
  field{.name = "timezone", .column = "timezone", .highest = 64, .check = check_zone},
};

constexpr std::array profile_fields{
  name_field,
  field{.name = "callControlsConfig", .column = "call_controls", .kind = k::structure, .check = check_controls, .note = "{dial: true, ...}"},
};

constexpr std::array activity_fields{
  name_field,
  field{.name = "color", .column = "color", .check = check_colour},
};

constexpr std::array skill_fields{
  name_field,
  field{.name = "description", .column = "description", .highest = 2000},
};

constexpr std::array qualification_group_fields{name_field};

constexpr std::array trunk_fields{
  name_field,
  field{.name = "domain", .column = "domain", .required = true, .highest = 255, .check = check_host},
  field{.name = "login", .column = "login", .nullable = true, .highest = 100, .check = check_sip_word},
  field{.name = "password", .column = "sip_secret", .kind = k::secret, .nullable = true, .highest = 200, .check = check_secret},
  field{.name = "authType", .column = "auth_type", .kind = k::choice, .choices = auth_types},
  field{.name = "registerString", .column = "register_string", .kind = k::secret, .nullable = true, .highest = 300, .check = check_sip_word,
        .note = "Read back with its password blanked."},
  field{.name = "dialPattern", .column = "dial_pattern", .highest = 100, .check = check_sip_word},
  field{.name = "inboundContext", .column = "inbound_context", .highest = 64, .check = check_word},
  field{.name = "forceCallerId", .column = "force_caller_id", .nullable = true, .highest = 32, .check = check_number},
  field{.name = "siteId", .column = "site_id", .kind = k::reference, .nullable = true, .target = "site"},
  field{.name = "channelLimit", .column = "channel_limit", .kind = k::whole, .nullable = true, .highest = 10000},
  field{.name = "callsPerSecond", .column = "calls_per_second", .kind = k::decimal, .nullable = true, .highest = 10000},
  field{.name = "failoverTrunkId", .column = "failover_trunk_id", .kind = k::reference, .nullable = true, .target = "trunk"},
};

constexpr std::array user_fields{
  field{.name = "loginId", .column = "login_id", .required = true, .highest = 64, .check = check_word},
  field{.name = "firstName", .column = "first_name", .highest = 100},
  field{.name = "lastName", .column = "last_name", .highest = 100},
  field{.name = "email", .column = "email", .nullable = true, .highest = 254, .check = check_email},
  field{.name = "role", .column = "role", .kind = k::choice, .required = true, .choices = roles},
  field{.name = "isActive", .column = "is_active", .kind = k::flag},
  field{.name = "campaignIds", .kind = k::references, .target = "campaign", .pairs = {"campaign_agents", "user_id", "campaign_id"}},
  field{.name = "siteId", .column = "site_id", .kind = k::reference, .nullable = true, .target = "site"},
  field{.name = "agentProfileId", .column = "agent_profile_id", .kind = k::reference, .nullable = true, .target = "agentProfile"},
  field{.name = "extension", .column = "extension", .nullable = true, .highest = 15, .check = check_digits,
        .note = "Phone on the central Asterisk."},
  field{.name = "sipPassword", .column = "sip_secret", .kind = k::secret, .highest = 80, .check = check_phone_password,
        .note = "The phone's password at Asterisk. An account that gets an extension without one gets a random one."},
  field{.name = "mobileNumber", .column = "mobile_number", .nullable = true, .highest = 32, .check = check_number},
  field{.name = "useMobileAsStation", .column = "use_mobile_as_station", .kind = k::flag},
  field{.name = "profilePictureUrl", .kind = k::computed, .nullable = true},
  field{.name = "planningEnabled", .column = "planning_enabled", .kind = k::flag},
  field{.name = "skills", .column = "skills", .kind = k::structure, .target = "skill", .check = check_user_skills, .note = "[{skillId, level 1-5}]"},
  field{.name = "password", .column = "password_hash", .kind = k::password, .lowest = 8, .highest = 128},
  field{.name = "createdAt", .kind = k::computed},
  field{.name = "updatedAt", .kind = k::computed},
};

constexpr std::array group_fields{
  name_field,
  field{.name = "memberIds", .kind = k::references, .target = "user", .pairs = {"user_group_members", "group_id", "user_id"}},
};

constexpr std::array script_fields{
  name_field,
  field{.name = "pages", .column = "pages", .kind = k::structure, .check = check_pages, .note = "[{id, name, blocks[]}]"},
  field{.name = "startPageId", .column = "start_page_id", .nullable = true, .highest = 100},
  field{.name = "backgroundColor", .column = "background_color", .nullable = true, .highest = 32},
};

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

constexpr std::array flow_fields{
  name_field,
  field{.name = "nodes", .column = "nodes", .kind = k::structure, .check = check_flow_nodes, .note = "[{id, type, name, x, y, content}]"},
  field{.name = "connections", .column = "connections", .kind = k::structure, .check = check_flow_connections,
        .note = "[{id, fromNodeId, fromPortId, toNodeId, toPortId}]"},
};

constexpr std::array audio_fields{
  name_field,
  field{.name = "fileName", .kind = k::computed},
  field{.name = "duration", .kind = k::computed},
  field{.name = "size", .kind = k::computed},
  field{.name = "uploadDate", .kind = k::computed},
};

constexpr std::array queue_fields{
  name_field,
  field{.name = "strategy", .column = "strategy", .kind = k::choice, .choices = strategies},
  field{.name = "skills", .column = "skills", .kind = k::structure, .target = "skill", .check = check_queue_skills,
        .note = "[{skillId, minLevel, relaxAfter s}]"},
  field{.name = "priority", .column = "priority", .kind = k::whole, .lowest = -1000, .highest = 1000},
  field{.name = "maxWait", .column = "max_wait_s", .kind = k::whole, .highest = 86400, .note = "s; 0: no limit"},
  field{.name = "overflow", .column = "overflow", .kind = k::structure, .nullable = true, .check = check_overflow, .note = "{to, id?}"},
  field{.name = "wrapUpTime", .column = "wrap_up_s", .kind = k::whole, .highest = 3600, .note = "s"},
  field{.name = "ringTimeout", .column = "ring_timeout_s", .kind = k::whole, .lowest = 1, .highest = 300, .note = "s"},
  field{.name = "serviceLevelTarget", .column = "service_level", .kind = k::structure, .check = check_service_level,
        .note = "{percent, seconds}"},
  field{.name = "announcePosition", .column = "announce_position", .kind = k::flag},
  field{.name = "musicId", .column = "music_id", .kind = k::reference, .nullable = true, .target = "audioFile"},
  field{.name = "callbackOffered", .column = "callback_offered", .kind = k::flag},
  field{.name = "memberIds", .kind = k::references, .target = "user", .pairs = {"queue_members", "queue_id", "user_id", true}},
  field{.name = "recordingEnabled", .column = "recording_enabled", .kind = k::flag},
};

constexpr std::array did_fields{
  field{.name = "number", .column = "number", .required = true, .highest = 32, .check = check_number},
  field{.name = "description", .column = "description", .highest = 500},
  field{.name = "trunkId", .column = "trunk_id", .kind = k::reference, .nullable = true, .target = "trunk"},
  field{.name = "ivrFlowId", .column = "ivr_flow_id", .kind = k::reference, .nullable = true, .target = "ivrFlow"},
  field{.name = "queueId", .column = "queue_id", .kind = k::reference, .nullable = true, .target = "queue"},
};

constexpr std::array qualification_fields{
  field{.name = "code", .column = "code", .required = true, .highest = 32, .check = check_word},
  field{.name = "description", .column = "description", .required = true, .highest = 500},
  field{.name = "type", .column = "type", .kind = k::choice, .choices = judgements},
  field{.name = "groupId", .column = "group_id", .kind = k::reference, .nullable = true, .target = "qualificationGroup"},
  field{.name = "isStandard", .kind = k::computed},
  field{.name = "parentId", .column = "parent_id", .kind = k::reference, .nullable = true, .target = "qualification"},
  field{.name = "isRecyclable", .column = "is_recyclable", .kind = k::flag},
};

constexpr std::array campaign_fields{
  name_field,
  field{.name = "description", .column = "description", .highest = 2000},
  field{.name = "scriptId", .column = "script_id", .kind = k::reference, .nullable = true, .target = "script"},
  field{.name = "callerId", .column = "caller_id", .highest = 32, .check = check_number},
  field{.name = "isActive", .column = "is_active", .kind = k::flag},
  field{.name = "assignedUserIds", .kind = k::references, .target = "user", .pairs = {"campaign_agents", "campaign_id", "user_id"}},
  field{.name = "qualificationGroupId", .column = "qualification_group_id", .kind = k::reference, .nullable = true, .target = "qualificationGroup"},
  field{.name = "contacts", .kind = k::computed},
  field{.name = "contactStats", .kind = k::computed},
  field{.name = "dialingMode", .column = "dialing_mode", .kind = k::choice, .choices = modes},
  field{.name = "priority", .column = "priority", .kind = k::whole, .lowest = -1000, .highest = 1000},
  field{.name = "timezone", .column = "timezone", .highest = 64, .check = check_zone},
  field{.name = "schedule", .column = "schedule", .kind = k::structure, .check = check_schedule,
        .note = "[{dayOfWeek, active, startTime HH:MM, endTime HH:MM}]"},
  field{.name = "maxAbandonRate", .column = "max_abandon_rate", .kind = k::decimal, .highest = 100, .note = "%"},
  field{.name = "paceFactor", .column = "pace_factor", .kind = k::decimal, .lowest = 0.1, .highest = 20},
  field{.name = "minAgentsBeforeStart", .column = "min_agents_before_start", .kind = k::whole, .highest = 10000},
  field{.name = "retryAttempts", .column = "retry_attempts", .kind = k::whole, .highest = 100},
  field{.name = "retryIntervals", .column = "retry_intervals_min", .kind = k::wholes, .highest_count = 100, .check = check_intervals,
        .note = "minutes"},
  // No closed list: the contract has none, qualifications are everybody's own (their codes and ids are meant here), and older clients send
  // names of their own.
  field{.name = "retryOnStatus", .column = "retry_on_status", .kind = k::texts, .highest = 64, .highest_count = 50,
        .note = "Codes or ids of qualifications."},
  field{.name = "amdEnabled", .column = "amd_enabled", .kind = k::flag},
  field{.name = "amdConfidence", .column = "amd_confidence", .kind = k::whole, .highest = 100},
  field{.name = "voicemailAction", .column = "voicemail_action", .kind = k::choice, .choices = voicemail},
  field{.name = "recordingEnabled", .column = "recording_enabled", .kind = k::flag},
  field{.name = "recordingBeep", .column = "recording_beep", .kind = k::flag},
  field{.name = "maxRingDuration", .column = "max_ring_s", .kind = k::whole, .lowest = 1, .highest = 300, .note = "s"},
  field{.name = "wrapUpTime", .column = "wrap_up_s", .kind = k::whole, .highest = 3600, .note = "s"},
  field{.name = "maxCallDuration", .column = "max_call_s", .kind = k::whole, .highest = 86400, .note = "s; 0: no limit"},
  field{.name = "quotasEnabled", .column = "quotas_enabled", .kind = k::flag},
  field{.name = "quotaRules", .column = "quota_rules", .kind = k::structure, .check = check_quotas,
        .note = "[{id, contactField, operator, value, limit, currentCount}]"},
  field{.name = "filterRules", .column = "filter_rules", .kind = k::structure, .check = check_filters,
        .note = "[{id, type, contactField, operator, value}]"},
  field{.name = "unlockTimeoutsEnabled", .column = "unlock_timeouts_enabled", .kind = k::flag},
  field{.name = "unlockTimeoutMinutes", .column = "unlock_timeout_minutes", .kind = k::whole, .lowest = 5, .highest = 60},
  field{.name = "complianceProfile", .column = "compliance_profile", .kind = k::choice, .choices = compliance},
};

// ---------------------------------------------------------------- the resources

constexpr std::array by_name{"name"sv, "id"sv};
constexpr std::array by_login{"loginId"sv, "lastName"sv, "firstName"sv, "role"sv, "createdAt"sv, "id"sv};
constexpr std::array by_number{"number"sv, "description"sv, "id"sv};
constexpr std::array by_code{"code"sv, "description"sv, "id"sv};
constexpr std::array by_priority{"name"sv, "priority"sv, "id"sv};
constexpr std::array user_filters{"role"sv, "siteId"sv, "isActive"sv, "agentProfileId"sv};
constexpr std::array site_filter{"siteId"sv};
constexpr std::array campaign_filters{"isActive"sv, "dialingMode"sv};
constexpr std::array did_filters{"trunkId"sv, "queueId"sv, "ivrFlowId"sv};
constexpr std::array qualification_filters{"groupId"sv, "type"sv, "isStandard"sv};
constexpr std::array name_search{"name"sv};
constexpr std::array user_search{"loginId"sv, "firstName"sv, "lastName"sv, "email"sv, "extension"sv};
constexpr std::array campaign_search{"name"sv, "description"sv};
constexpr std::array trunk_search{"name"sv, "domain"sv};
constexpr std::array did_search{"number"sv, "description"sv};
constexpr std::array qualification_search{"code"sv, "description"sv};

constexpr auto supervisors = role::supervisor;
constexpr auto everybody = role::agent;

constexpr std::array all{
  resource{.name = "site", .path = "/sites", .table = "sites", .view = "api_sites", .collection = "sites", .label = "Le site", .id_prefix = "site-",
           .readers = supervisors, .reach = reach::site, .created = "newSite", .changed = "updateSite", .deleted = "deleteSite",
           .fields = site_fields, .sorts = by_name, .searched = name_search},
  resource{.name = "agentProfile", .path = "/agent-profiles", .table = "agent_profiles", .view = "api_agent_profiles", .collection = "agentProfiles", .label = "Le profil",
           .id_prefix = "profile-", .readers = supervisors, .reach = reach::own_and_site, .created = "newAgentProfile",
           .changed = "updateAgentProfile", .deleted = "deleteAgentProfile", .fields = profile_fields, .sorts = by_name,
           .searched = name_search},
  resource{.name = "activityType", .path = "/activity-types", .table = "activity_types", .view = "api_activity_types", .collection = "activityTypes",
           .label = "Le type d'activité", .id_prefix = "activity-", .readers = everybody, .created = "newActivityType",
           .changed = "updateActivityType", .deleted = "deleteActivityType", .fields = activity_fields, .sorts = by_name,
           .searched = name_search, .starred = false},
  resource{.name = "skill", .path = "/skills", .table = "skills", .view = "api_skills", .collection = "skills", .label = "La compétence", .id_prefix = "skill-",
           .readers = supervisors, .created = "newSkill", .changed = "updateSkill", .deleted = "deleteSkill", .fields = skill_fields,
           .sorts = by_name, .searched = name_search, .starred = false},
  resource{.name = "qualificationGroup", .path = "/qualification-groups/groups", .other_path = "/qualification-groups",
           .table = "qualification_groups", .view = "api_qualification_groups", .collection = "qualificationGroups", .label = "Le groupe de qualifications",
           .id_prefix = "qualgroup-", .readers = everybody, .created = "newQualificationGroup", .changed = "updateQualificationGroup",
           .deleted = "deleteQualificationGroup", .fields = qualification_group_fields, .sorts = by_name, .searched = name_search},
  resource{.name = "trunk", .path = "/trunks", .table = "trunks", .view = "api_trunks", .collection = "trunks", .label = "Le trunk", .id_prefix = "trunk-",
           .readers = supervisors, .reach = reach::site, .created = "newTrunk", .changed = "updateTrunk", .deleted = "deleteTrunk",
           .fields = trunk_fields, .sorts = by_name, .filters = site_filter, .searched = trunk_search, .check = check_trunk},
  resource{.name = "user", .path = "/users", .table = "users", .view = "api_users", .collection = "users", .label = "Le compte", .id_prefix = "user-",
           .readers = supervisors, .reach = reach::own_and_site, .created = "newUser", .changed = "updateUser", .deleted = "deleteUser",
           .fields = user_fields, .sorts = by_login, .filters = user_filters, .searched = user_search, .deleted_only_when_inactive = true},
  resource{.name = "userGroup", .path = "/user-groups", .table = "user_groups", .view = "api_user_groups", .collection = "userGroups", .label = "Le groupe",
           .id_prefix = "group-", .readers = supervisors, .created = "newGroup", .changed = "updateGroup", .deleted = "deleteGroup",
           .fields = group_fields, .sorts = by_name, .searched = name_search},
  resource{.name = "script", .path = "/scripts", .table = "scripts", .view = "api_scripts", .collection = "savedScripts", .label = "Le script", .id_prefix = "script-",
           .readers = everybody, .created = "newScript", .changed = "updateScript", .deleted = "deleteScript", .fields = script_fields,
           .sorts = by_name, .searched = name_search, .can_be_duplicated = true, .check = check_script},
  resource{.name = "ivrFlow", .path = "/ivr-flows", .table = "ivr_flows", .view = "api_ivr_flows", .collection = "ivrFlows", .label = "Le scénario",
           .id_prefix = "ivr-", .readers = everybody, .created = "newIvrFlow", .changed = "updateIvrFlow", .deleted = "deleteIvrFlow",
           .fields = flow_fields, .sorts = by_name, .searched = name_search, .can_be_duplicated = true, .check = check_ivr_flow},
  resource{.name = "audioFile", .path = "/audio-files", .table = "audio_files", .view = "api_audio_files", .collection = "audioFiles", .label = "Le fichier audio",
           .id_prefix = "audio-", .readers = role::administrator, .created = "newAudioFile", .changed = "updateAudioFile",
           .deleted = "deleteAudioFile", .fields = audio_fields, .sorts = by_name, .searched = name_search},
  resource{.name = "queue", .path = "/queues", .table = "queues", .view = "api_queues", .collection = "queues", .label = "La file", .id_prefix = "queue-",
           .readers = supervisors, .reach = reach::own_and_site, .created = "newQueue", .changed = "updateQueue", .deleted = "deleteQueue",
           .fields = queue_fields, .sorts = by_priority, .searched = name_search, .starred = false},
  resource{.name = "did", .path = "/dids", .table = "dids", .view = "api_dids", .collection = "dids", .label = "Le numéro", .id_prefix = "did-",
           .readers = supervisors, .reach = reach::site, .created = "newDid", .changed = "updateDid", .deleted = "deleteDid",
           .fields = did_fields, .sorts = by_number, .filters = did_filters, .searched = did_search, .check = check_did},
  resource{.name = "qualification", .path = "/qualifications", .table = "qualifications", .view = "api_qualifications", .collection = "qualifications",
           .label = "La qualification", .id_prefix = "qual-", .readers = everybody, .created = "newQualification",
           .changed = "updateQualification", .deleted = "deleteQualification", .fields = qualification_fields, .sorts = by_code,
           .filters = qualification_filters, .searched = qualification_search},
  resource{.name = "campaign", .path = "/campaigns", .table = "campaigns", .view = "api_campaigns", .collection = "campaigns", .label = "La campagne",
           .id_prefix = "campaign-", .readers = everybody, .reach = reach::own_and_site, .created = "campaignUpdate",
           .changed = "campaignUpdate", .deleted = "deleteCampaign", .fields = campaign_fields, .sorts = by_priority,
           .filters = campaign_filters, .searched = campaign_search},
};

// ---------------------------------------------------------------- bodies

/// Characters of UTF-8 text.
double length(std::string_view text) {
  return static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string trimmed(const std::string& text) {
  constexpr auto blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  return first == std::string::npos ? std::string{} : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool has_control(std::string_view text, bool lines_allowed) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && !(lines_allowed && (c == '\n' || c == '\t' || c == '\r'))) || u == 0x7f;
  });
}

std::string plain(double x) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};
}

/// Reads one field; the value as it is kept, or a problem.
class reading {
public:
  reading(const resource& what, const field& f, problems& found) : resource_(what), field_(f), found_(found) {}

  value taken(const value& given) const {
    switch (field_.kind) {
    case k::text:
    case k::secret: return text(given);
    case k::password: return password(given);
    case k::flag: return flag(given);
    case k::whole: return number(given, true);
    case k::decimal: return number(given, false);
    case k::choice: return choice(given);
    case k::texts:
      return list(
        given,
        [&](const value& each) {
          return each.text() && !trimmed(*each.text()).empty() && length(*each.text()) <= field_.highest && !has_control(*each.text(), false);
        },
        "textes");
    case k::wholes: return list(given, [](const value& each) { return each.integer() != nullptr; }, "nombres entiers");
    case k::reference: return reference(given);
    case k::references: return references(given);
    case k::structure: return structure(given);
    case k::computed: break;
    }
    return nullptr;
  }

private:
  std::string path() const { return std::string{field_.name}; }
  value refuse(std::string why) const {
    found_.add(path(), std::move(why));
    return nullptr;
  }

  value text(const value& given) const {
    auto* raw = given.text();
    std::string number;
    if (!raw && resource_.starred && given.integer()) {
      number = std::to_string(*given.integer());
      raw = &number;
    }
    if (!raw)
      return refuse("Un texte est attendu.");
    auto kept = trimmed(*raw);
    if (length(kept) > field_.highest)
      return refuse(plain(field_.highest) + " caractères au plus.");
    if (has_control(kept, field_.name == "description"))
      return refuse("Un caractère de commande n'est pas permis ici.");
    if (kept.empty()) {
      if (field_.required)
        return refuse("Champ obligatoire.");
      return field_.nullable ? value{} : value{kept};
    }
    value made{std::move(kept)};
    if (field_.check)
      field_.check(made, path(), found_);
    return made;
  }

  value password(const value& given) const {
    auto* raw = given.text();
    if (!raw)
      return refuse("Un texte est attendu.");
    if (length(*raw) < field_.lowest || length(*raw) > field_.highest)
      return refuse("De " + plain(field_.lowest) + " à " + plain(field_.highest) + " caractères.");
    return *raw;
  }

  value flag(const value& given) const {
    if (given.flag())
      return given;
    if (resource_.starred && given.text() && (*given.text() == "true" || *given.text() == "false"))
      return *given.text() == "true";
    return refuse("true ou false est attendu.");
  }

  value number(const value& given, bool whole) const {
    value read = given;
    if (resource_.starred && given.text()) {
      double parsed = 0;
      const auto& t = *given.text();
      const auto [end, ec] = std::from_chars(t.data(), t.data() + t.size(), parsed);
      if (ec == std::errc{} && end == t.data() + t.size())
        read = parsed;
    }
    const auto bounds = "de " + plain(field_.lowest) + " à " + plain(field_.highest);
    if (!read.is_number() || !std::isfinite(read.number()) || (whole && read.number() != std::floor(read.number())))
      return refuse((whole ? "Un nombre entier " : "Un nombre ") + bounds + " est attendu.");
    if (read.number() < field_.lowest || read.number() > field_.highest)
      return refuse("Hors limites : " + bounds + ".");
    return whole ? value{static_cast<std::int64_t>(read.number())} : value{read.number()};
  }

  value choice(const value& given) const {
    if (given.text() && std::find(field_.choices.begin(), field_.choices.end(), *given.text()) != field_.choices.end())
      return given;
    std::string offered;
    for (auto c : field_.choices)
      offered += (offered.empty() ? "" : ", ") + std::string{c};
    return refuse("Une de ces valeurs est attendue : " + offered + ".");
  }

  template <class Fits>
  value list(const value& given, Fits fits, const char* of_what) const {
    auto* all_of = given.list();
    if (!all_of)
      return refuse(std::string{"Une liste de "} + of_what + " est attendue.");
    if (all_of->size() > field_.highest_count)
      return refuse(std::to_string(field_.highest_count) + " éléments au plus.");
    for (std::size_t i = 0; i < all_of->size(); ++i)
      if (!fits((*all_of)[i]))
        found_.add(at(path(), i), std::string{"Une liste de "} + of_what + " est attendue.");
    if (field_.check)
      field_.check(given, path(), found_);
    return given;
  }

  value reference(const value& given) const {
    if (!given.text())
      return refuse("Un identifiant est attendu.");
    auto id = trimmed(*given.text());
    if (id.empty())
      return field_.required ? refuse("Champ obligatoire.") : value{};
    if (!valid_id(id))
      return refuse("Ce n'est pas un identifiant.");
    return id;
  }

  value references(const value& given) const {
    auto* ids = given.list();
    if (!ids)
      return refuse("Une liste d'identifiants est attendue.");
    if (ids->size() > 10'000)
      return refuse("10000 éléments au plus.");
    value::array kept;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < ids->size(); ++i) {
      auto* id = (*ids)[i].text();
      if (!id || !valid_id(*id))
        found_.add(at(path(), i), "Ce n'est pas un identifiant.");
      else if (seen.insert(*id).second)
        kept.emplace_back(*id);
    }
    return kept;
  }

  value structure(const value& given) const {
    if (!given.list() && !given.members())
      return refuse("Une liste ou un objet est attendu.");
    if (field_.check)
      field_.check(given, path(), found_);
    return given;
  }

  const resource& resource_;
  const field& field_;
  problems& found_;
};

void check_id(const resource& what, const value& body, value& kept, problems& found) {
  auto* id = body.find("id");
  if (!id || id->is_null())
    return;
  const bool fits = id->text() && valid_id(*id->text()) && (what.name != "trunk" || id->text()->find('.') == std::string::npos);
  if (!fits)
    return found.add("id", "1 à 64 lettres, chiffres, « - », « _ » ou « . ».");
  kept.set("id", *id);
}

} // namespace

std::span<const resource> catalogue() noexcept { return all; }

const resource* find_resource(std::string_view name) noexcept {
  for (const auto& r : all)
    if (r.name == name)
      return &r;
  return nullptr;
}

const resource* resource_of_event(std::string_view type) noexcept {
  for (const auto& r : all)
    if (r.created == type || r.changed == type || r.deleted == type)
      return &r;
  return nullptr;
}

const field* find_field(const resource& what, std::string_view name) noexcept {
  for (const auto& f : what.fields)
    if (f.name == name)
      return &f;
  return nullptr;
}

bool valid_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == std::string_view::npos;
}

result<value> check_body(const resource& what, const value& body, occasion when) {
  if (!body.members())
    return {errc::invalid_input, "Un objet JSON est attendu."};
  problems found;
  value kept{value::object{}};
  if (when == occasion::creation)
    check_id(what, body, kept, found);
  for (const auto& [name, given] : *body.members()) {
    auto* f = find_field(what, name);
    if (!f) {
      if (!what.starred && name != "id")
        found.add(name, "Champ inconnu.");
      continue;
    }
    if (f->kind == k::computed)
      continue;
    if (given.is_null()) {
      if (f->nullable)
        kept.set(name, nullptr);
      else if (f->required || !what.starred)
        found.add(name, f->required ? "Champ obligatoire." : "null n'est pas permis ici.");
      continue;
    }
    // Nothing was typed into a password field: the one that is there stays.
    if ((f->kind == k::secret || f->kind == k::password) && given.text() && given.text()->empty())
      continue;
    // What a list or a form read comes back blanked.
    if (f->kind == k::secret && given.text() && given.text()->find("***") != std::string::npos)
      continue;
    kept.set(name, reading{what, *f, found}.taken(given));
  }
  if (when == occasion::creation)
    for (const auto& f : what.fields)
      if (f.required && !kept.find(f.name))
        found.add(std::string{f.name}, "Champ obligatoire.");
  if (what.check && found.none())
    what.check(kept, found);
  if (!found.none())
    return found.all();
  return kept;
}

result<done> may_write_user(const viewer& who, const value& body, std::optional<role> present) {
  const failure above{errc::forbidden, "Un compte d'un rôle supérieur au vôtre ne peut être ni créé ni modifié.", {}};
  if (present && *present > who.role)
    return above;
  if (auto* wanted = body.find("role"); wanted && wanted->text())
    if (auto to = role_from_string(*wanted->text()); to && *to > who.role)
      return above;
  return done{};
}

} // namespace evs
