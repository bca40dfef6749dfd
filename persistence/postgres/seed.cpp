#include "persistence/postgres/session.hpp"
#include "persistence/secret.hpp"

#include <array>
#include <cstdlib>

namespace evs::persistence {

namespace {

using namespace postgres;

// Only what is missing is added: a second run changes nothing that is there.

constexpr statement add_site{"seed_site", "insert into sites (id, name) values ($1, $2) on conflict do nothing"};
constexpr statement add_profile{
  "seed_profile",
  "insert into agent_profiles (id, name, call_controls) values ('profile-standard', 'Standard', "
  "'{\"dial\": true, \"hangup\": true, \"hold\": true, \"transfer\": true, \"mute\": true, \"record\": true, \"keypad\": true, "
  "\"qualify\": true, \"search\": true, \"insert\": true, \"history\": true, \"raiseHand\": true}') on conflict do nothing"};
constexpr statement add_settings{"seed_settings", "insert into app_settings default values on conflict do nothing"};
constexpr statement add_user{"seed_user",
                             "insert into users (id, login_id, first_name, last_name, role, site_id, agent_profile_id, extension, sip_secret) "
                             "values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing"};
constexpr statement without_password{"seed_without_password",
                                     "select id, login_id from users where password_hash is null and id = any($1::text[]) order by id for update"};
constexpr statement set_password{"seed_password", "update users set password_hash = $2 where id = $1"};
constexpr statement add_qualification_group{
  "seed_qualification_group", "insert into qualification_groups (id, name) values ('qualgroup-standard', 'Standard') on conflict do nothing"};
constexpr statement add_qualification{
  "seed_qualification",
  "insert into qualifications (id, code, description, type, is_standard, is_recyclable) values ('qual-' || $1, $1, $2, $3, true, $4::boolean) "
  "on conflict do nothing"};
constexpr statement add_activity{"seed_activity", "insert into activity_types (id, name, color) values ($1, $2, $3) on conflict do nothing"};

constexpr statement add_trunk{"seed_trunk",
                              "insert into trunks (id, name, domain, site_id, channel_limit, calls_per_second) "
                              "values ($1, $2, $3, $4, 30, 10) on conflict do nothing"};
constexpr statement add_queue{"seed_queue", "insert into queues (id, name, priority) values ($1, $2, $3::integer) on conflict do nothing"};
constexpr statement add_member{"seed_member",
                               "insert into queue_members (queue_id, user_id, position) select q.id, u.id, $3::integer from queues q, users u "
                               "where q.id = $1 and u.id = $2 on conflict do nothing"};
constexpr statement add_did{"seed_did",
                            "insert into dids (id, number, description, trunk_id, queue_id) values ($1, $2, $3, $4, $5) on conflict do nothing"};
constexpr statement add_campaign{"seed_campaign",
                                 "insert into campaigns (id, name, description, caller_id, is_active, qualification_group_id) "
                                 "values ('campaign-demo', 'Campagne de démonstration', 'Appels manuels des agents de démonstration', "
                                 "'+33140000009', true, 'qualgroup-standard') on conflict do nothing"};
constexpr statement assign{"seed_assign",
                           "insert into campaign_agents (campaign_id, user_id) select 'campaign-demo', u.id from users u where u.id = $1 "
                           "on conflict do nothing"};

struct person {
  const char* login;
  const char* first_name;
  const char* last_name;
  const char* role;
};

constexpr std::array staff{
  person{"9999", "Super", "Admin", "SuperAdmin"},
  person{"9000", "Anne", "Administrateur", "Administrateur"},
  person{"1000", "Serge", "Superviseur", "Superviseur"},
};

constexpr std::array agents{
  person{"1001", "Camille", "Martin", "Agent"},   person{"1002", "Lucas", "Bernard", "Agent"},
  person{"1003", "Inès", "Dubois", "Agent"},      person{"1004", "Hugo", "Thomas", "Agent"},
  person{"1005", "Léa", "Robert", "Agent"},       person{"1006", "Nathan", "Richard", "Agent"},
  person{"1007", "Chloé", "Petit", "Agent"},      person{"1008", "Enzo", "Durand", "Agent"},
  person{"1009", "Manon", "Leroy", "Agent"},      person{"1010", "Théo", "Moreau", "Agent"},
  person{"1011", "Jade", "Simon", "Agent"},       person{"1012", "Raphaël", "Laurent", "Agent"},
  person{"1013", "Sarah", "Lefebvre", "Agent"},   person{"1014", "Maxime", "Michel", "Agent"},
  person{"1015", "Zoé", "Garcia", "Agent"},       person{"1016", "Adam", "David", "Agent"},
  person{"1017", "Eva", "Bertrand", "Agent"},     person{"1018", "Paul", "Roux", "Agent"},
  person{"1019", "Louise", "Vincent", "Agent"},   person{"1020", "Gabriel", "Fournier", "Agent"},
};

struct qualification {
  const char* code;
  const char* description;
  const char* type;
  bool recyclable;
};

constexpr std::array qualifications{
  qualification{"90", "Occupé", "neutral", true},
  qualification{"91", "Faux numéro", "negative", false},
  qualification{"92", "Absent", "neutral", true},
  qualification{"93", "Répondeur", "neutral", true},
  qualification{"94", "Rappel personnel", "neutral", false},
  qualification{"95", "Relance", "neutral", false},
  qualification{"96", "Indisponible", "neutral", true},
  qualification{"97", "Transfert", "neutral", false},
  qualification{"101", "Appel Non Qualifié (Système)", "neutral", true},
};

std::string user_of(const person& p) { return std::string{"user-"} + p.login; }

std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : otherwise;
}

void add_basics(transaction& t) {
  t.run(add_site, {"site-paris", "Paris"});
  t.run(add_site, {"site-lyon", "Lyon"});
  t.run(add_profile);
  t.run(add_settings);
  t.run(add_qualification_group);
  for (const auto& q : qualifications)
    t.run(add_qualification, {q.code, q.description, q.type, flag(q.recyclable)});
  t.run(add_activity, {"activity-disponible", "Disponible", "#16a34a"});
  t.run(add_activity, {"activity-pause", "Pause", "#f59e0b"});
  t.run(add_activity, {"activity-formation", "Formation", "#6366f1"});
  for (const auto& p : staff)
    t.run(add_user, {user_of(p), p.login, p.first_name, p.last_name, p.role, {}, {}, {}, {}});
}

void add_demo(transaction& t) {
  t.run(add_trunk, {"trunk-paris", "Yeastar Paris", from_environment("EVS_CARRIER_PARIS", "127.0.0.11:5060"), "site-paris"});
  t.run(add_trunk, {"trunk-lyon", "Yeastar Lyon", from_environment("EVS_CARRIER_LYON", "127.0.0.12:5060"), "site-lyon"});
  t.run(add_queue, {"queue-accueil", "Accueil", "0"});
  t.run(add_queue, {"queue-support", "Support", "10"});
  t.run(add_campaign);
  for (std::size_t i = 0; i < agents.size(); ++i) {
    const auto& p = agents[i];
    // 1001 is the first: the odd ones sit in Paris.
    const char* site = i % 2 == 0 ? "site-paris" : "site-lyon";
    t.run(add_user, {user_of(p), p.login, p.first_name, p.last_name, p.role, site, "profile-standard", p.login, random_secret(32)});
    t.run(add_member, {"queue-accueil", user_of(p), std::to_string(i + 1)});
    if (i < 10)
      t.run(add_member, {"queue-support", user_of(p), std::to_string(i + 1)});
    t.run(assign, {user_of(p)});
  }
  t.run(add_did, {"did-33140000001", "+33140000001", "Accueil Paris", "trunk-paris", "queue-accueil"});
  t.run(add_did, {"did-33140000002", "+33140000002", "Support Paris", "trunk-paris", "queue-support"});
  t.run(add_did, {"did-33472000001", "+33472000001", "Accueil Lyon", "trunk-lyon", "queue-accueil"});
}

} // namespace

std::vector<std::pair<std::string, std::string>> seed(const store_settings& settings, bool demo,
                                                      const std::function<std::string(const std::string&)>& hash_password) {
  session db{settings};
  std::vector<std::pair<std::string, std::string>> made;
  db.run(isolation::read_committed, [&](transaction& t) {
    made.clear();
    add_basics(t);
    if (demo)
      add_demo(t);
    std::vector<parameter> seeded;
    for (const auto& p : staff)
      seeded.emplace_back(user_of(p));
    if (demo)
      for (const auto& p : agents)
        seeded.emplace_back(user_of(p));
    for (const auto& r : t.run(without_password, {array_literal(seeded)})) {
      const auto login = r.text(1);
      const auto password = demo ? login : random_secret(16);
      t.run(set_password, {r.text(0), hash_password(password)});
      if (!demo)
        made.emplace_back(login, password);
    }
  });
  return made;
}

} // namespace evs::persistence
