// Every resource of the catalogue has the same few routes; bodies are checked here, before anybody waits for the database.

#include "transport/web/data_routes.hpp"

#include "domain/catalogue.hpp"

#include <algorithm>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

/// If-Match as one version: "abc", W/"abc" and abc are the same; "*" and nothing mean any.
std::string seen_version(const request& what) {
  auto text = std::string{what.header("if-match")};
  if (text.starts_with("W/")) text.erase(0, 2);
  std::erase(text, '"');
  return text == "*" ? std::string{} : text;
}

const failure many_passwords{errc::rate_limited, "Beaucoup de connexions en cours : réessayez dans un instant.", {}};

/// A place in the line of passwords for somebody who is signed in; null: he was told to come back.
std::shared_ptr<password_pool::place> member_place(const shared_services& s, const request& what, const respond& answer,
                                                   std::function<void()> when_lost = {}) {
  auto told = [answer, when_lost](seconds later) {
    if (when_lost) when_lost();
    answer(refusal(many_passwords, later));
  };
  auto [place, come_back] = s->passwords.enter(
      {{standing::member, what.who.user.value}, [client = what.client] { return client && client->gone(); }, told});
  if (!place) told(come_back);
  return place;
}

/// An account's password becomes its hash on a thread of its own; then the question is asked. (A trunk's is a secret: it must be
/// read again.)
void hash_then(const shared_services& s, const resource& kind, const request& what, value body, const respond& answer,
               std::function<void(value)> then) {
  const auto* f = find_field(kind, "password");
  auto* password = f && f->kind == field_kind::password ? body.find("password") : nullptr;
  auto* text = password ? password->text() : nullptr;
  if (!text) return then(std::move(body));
  auto clear = *text;
  auto place = member_place(s, what, answer);
  if (!place) return;
  place->hash(std::move(clear), [body, answer, then](std::optional<std::string> hash) mutable {
    if (!hash) return answer(refusal({errc::rate_limited, "Mémoire insuffisante pour protéger le mot de passe : réessayez.", {}}));
    body.set("password", std::move(*hash));
    then(std::move(body));
  });
}

void list(const shared_services& s, const resource& kind, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  auto query = read_list_query(what, kind.filters, problem);
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, resource_request{list_resources{&kind, std::move(query)}}, answer);
}

void read_one(const shared_services& s, const resource& kind, const request& what, const respond& answer) {
  perform(s, what, resource_request{read_resource{&kind, what.parameter("id")}}, answer);
}

void create(const shared_services& s, const resource& kind, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (!body) return answer(refusal(body.error()));
  auto kept = check_body(kind, *body, occasion::creation);
  if (!kept) return answer(refusal(kept.error()));
  hash_then(s, kind, what, std::move(*kept), answer, [s, &kind, what, answer](value ready) {
    perform(s, what, resource_request{create_resource{&kind, std::move(ready)}}, answer);
  });
}

void change(const shared_services& s, const resource& kind, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (!body) return answer(refusal(body.error()));
  auto kept = check_body(kind, *body, occasion::change);
  if (!kept) return answer(refusal(kept.error()));
  if (auto* id = body->find("id"); id && (!id->text() || *id->text() != what.parameter("id")))
    return answer(refusal({errc::invalid_input, {}, {{"id", "L'identifiant ne change pas."}}}));
  hash_then(s, kind, what, std::move(*kept), answer, [s, &kind, what, answer](value ready) {
    perform(s, what, resource_request{update_resource{&kind, what.parameter("id"), std::move(ready), seen_version(what)}}, answer);
  });
}

void remove(const shared_services& s, const resource& kind, const request& what, const respond& answer) {
  perform(s, what, resource_request{remove_resource{&kind, what.parameter("id"), seen_version(what)}}, answer);
}

void duplicate(const shared_services& s, const resource& kind, const request& what, const respond& answer) {
  perform(s, what, resource_request{duplicate_resource{&kind, what.parameter("id")}}, answer);
}

// ---------------------------------------------------------------- users

constexpr std::size_t most_users_at_once = 1000;

/// Passwords of many rows, one after the other; then the question.
void hash_rows(const shared_services& s, std::shared_ptr<create_many> all, std::size_t from, const request& what, const respond& answer) {
  while (from < all->rows.size() && (!all->rows[from].ok || !all->rows[from].body.find("password"))) ++from;
  if (from == all->rows.size()) return perform(s, what, resource_request{std::move(*all)}, answer);
  auto body = all->rows[from].body;
  hash_then(s, *all->what, what, std::move(body), answer, [s, all, from, what, answer](value ready) {
    all->rows[from].body = std::move(ready);
    hash_rows(s, all, from + 1, what, answer);
  });
}

void create_users(const shared_services& s, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (!body) return answer(refusal(body.error()));
  auto* users = body->find("users");
  if (!users || !users->list() || users->list()->empty() || users->list()->size() > most_users_at_once)
    return answer(refusal({errc::invalid_input, {}, {{"users", "Une liste de 1 à 1000 comptes est attendue."}}}));
  const auto* kind = find_resource("user");
  auto all = std::make_shared<create_many>();
  all->what = kind;
  for (const auto& row : *users->list()) {
    auto kept = check_body(*kind, row, occasion::creation);
    create_many::row made;
    made.body = kept ? *kept : row;
    if (!kept) {
      made.ok = false;
      made.wrong = kept.error();
      if (made.body.members()) made.body.remove("password");
    }
    all->rows.push_back(std::move(made));
  }
  hash_rows(s, std::move(all), 0, what, answer);
}

/// The present one is asked for, so that an unwatched screen is not enough to take an account over.
void own_password(const shared_services& s, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (!body) return answer(refusal(body.error()));
  auto text_of = [&](std::initializer_list<std::string_view> names) -> std::string {
    for (auto name : names)
      if (auto* given = body->find(name); given && given->text()) return *given->text();
    return {};
  };
  auto present = text_of({"currentPassword", "oldPassword"});
  auto next = text_of({"newPassword", "password"});
  failure problem{errc::invalid_input, {}, {}};
  if (present.empty() || present.size() > 1024) problem.fields.emplace("currentPassword", "Champ obligatoire.");
  value form{value::object{}};
  form.set("password", next);
  if (next.empty()) problem.fields.emplace("newPassword", "Champ obligatoire.");
  else if (auto kept = check_body(*find_resource("user"), form, occasion::change); !kept)
    problem.fields.emplace("newPassword", kept.error().fields.begin()->second);
  if (!problem.fields.empty()) return answer(refusal(problem));
  const auto trial = login_trial::of_member(what.who.user.value);
  if (auto wait = s->logins.admit(trial, s->now(), s->settings()->sign_in.throttle))
    return answer(refusal({errc::rate_limited, "Trop d'essais : patientez avant de réessayer.", {}}, wait));
  auto undecided = [s, trial] { s->logins.undecided(trial, s->settings()->sign_in.throttle); };
  auto place = member_place(s, what, answer, undecided);
  if (!place) return;
  s->backend.account_by_id(what.who.user, [=](result<std::optional<account>> found) {
    if (!found || !*found) {
      if (!place->leave()) return;
      undecided();
      return answer(refusal(found ? failure{errc::not_found, {}, {}} : found.error()));
    }
    place->verify((*found)->password_hash, present, [=](bool right) {
      if (!right) {
        s->logins.failed(trial);
        return answer(refusal({errc::invalid_input, {}, {{"currentPassword", "Ce n'est pas votre mot de passe actuel."}}}));
      }
      s->logins.succeeded(trial);
      hash_then(s, *find_resource("user"), what, form, answer, [=](value ready) {
        perform(s, what, resource_request{set_own_password{*ready.find("password")->text(), what.family}}, answer);
      });
    });
  });
}

} // namespace

std::vector<route> resource_routes(const shared_services& s) {
  std::vector<route> all;
  auto add = [&](http_method method, std::string pattern, role least, const resource& kind, auto action, const char* verb) {
    all.push_back({method, std::move(pattern), at_least(least),
                   [s, &kind, action](const request& what, const respond& answer) { action(s, kind, what, answer); },
                   std::string{kind.label} + " : " + verb});
  };
  for (const auto& kind : catalogue())
    for (auto path : {kind.path, kind.other_path}) {
      if (path.empty()) continue;
      const auto base = "/api" + std::string{path};
      add(http_method::get, base, kind.readers, kind, list, "lister");
      add(http_method::get, base + "/{id}", kind.readers, kind, read_one, "lire");
      // An audio file is made by its upload.
      if (kind.name != "audioFile") add(http_method::post, base, kind.writers, kind, create, "créer");
      add(http_method::put, base + "/{id}", kind.writers, kind, change, "modifier");
      add(http_method::del, base + "/{id}", kind.writers, kind, remove, "supprimer");
      if (kind.can_be_duplicated) add(http_method::post, base + "/{id}/duplicate", kind.writers, kind, duplicate, "dupliquer");
    }
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  all.push_back({http_method::post, "/api/users/bulk", at_least(role::administrator), with(create_users), "Créer des comptes, avec un rapport par ligne"});
  // A hash for each of up to a thousand, in turn with those who sign in.
  all.back().patience = std::chrono::minutes{5};
  all.push_back({http_method::put, "/api/users/me/password", at_least(role::agent), with(own_password), "Changer son propre mot de passe"});
  return all;
}

} // namespace evs::web
