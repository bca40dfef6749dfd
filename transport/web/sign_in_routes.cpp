#include "transport/web/routes.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/json_body.hpp"
#include "transport/web/json_text.hpp"
#include "transport/web/secrets.hpp"

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

constexpr std::string_view cookie_name = "evs_refresh";

const failure wrong_credentials{errc::unauthenticated, "Identifiant ou mot de passe incorrect.", {}};
const failure many_sign_ins{errc::rate_limited, "Beaucoup de connexions en cours : réessayez dans un instant.", {}};
const failure session_over{errc::unauthenticated, "Session expirée : veuillez vous reconnecter.", {}};

/// Administrators see every site, whichever they belong to.
viewer viewer_of(const account& who) {
  return {who.id, who.role, who.role >= role::administrator ? site_id{} : who.site};
}

std::pair<std::string, std::string> cookie(std::string_view name, const std::string& value, seconds life, bool secure) {
  std::string text{name};
  text += '=' + value + "; Path=/api/auth; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(life.count());
  if (secure) text += "; Secure";
  return {"Set-Cookie", std::move(text)};
}

std::pair<std::string, std::string> refresh_cookie(const std::string& value, seconds life, bool secure) {
  return cookie(cookie_name, value, life, secure);
}

std::pair<std::string, std::string> no_cookie(const services& s) {
  return refresh_cookie("", seconds{0}, s.settings()->sign_in.secure_cookies);
}

std::string access_token(const services& s, const account& who, const std::string& family) {
  auto now = s.now();
  return s.tokens.sign(
      {viewer_of(who), who.login_id, family, random_token(12), now, now + s.settings()->sign_in.access_life});
}

/// A fresh refresh token: the secret for the cookie and the row for the database.
std::pair<std::string, refresh_token> new_refresh_token(const services& s, const request& what) {
  auto secret = random_token();
  refresh_token row;
  row.hash = sha256_hex(secret);
  row.issued = s.now();
  row.expires = row.issued + s.settings()->sign_in.refresh_life;
  row.address = what.address;
  row.user_agent = std::string{what.header("user-agent").substr(0, 200)};
  return {std::move(secret), std::move(row)};
}

/// A sign-in that is refused, noted under the name that was tried.
response refused_login(const std::string& login_id) {
  auto no = refusal(wrong_credentials);
  no.refused_login = login_id;
  return no;
}

/// Where somebody who wants to sign in stands in the line, and on whose account his failures count.
struct footing {
  password_line::guest place;
  login_trial trial;
};

/// Best footing first; the last one is a stranger's.
std::vector<footing> footings(const services& s, const request& what, const std::string& login_id) {
  const auto now = s.now();
  const auto group = address_group(what.address);
  std::vector<footing> out;
  if (auto shown = what.cookie(device_marks::cookie_name))
    if (auto mark = s.marks.find(*shown, login_id, now)) out.push_back({{standing::device, login_id}, login_trial::of_device(*mark)});
  if (s.known.knows(login_id, group, now)) out.push_back({{standing::acquaintance, group}, login_trial::of_acquaintance(login_id, group)});
  const auto wrong = s.logins.wrong_from(group, now, s.settings()->sign_in.throttle);
  out.push_back({{standing::stranger, group, 1 + wrong}, login_trial::of_stranger(login_id, group)});
  return out;
}

/// The best footing that has tries left; or how long the last one has to wait.
result<footing> admitted(services& s, const request& what, const std::string& login_id, std::optional<seconds>& wait) {
  for (auto& one : footings(s, what, login_id)) {
    wait = s.logins.admit(one.trial, s.now(), s.settings()->sign_in.throttle);
    if (!wait) return std::move(one);
  }
  return failure{errc::rate_limited, "Trop d'essais : patientez avant de réessayer.", {}};
}

/// The password was right: opens the family and answers. Whatever became of the account while the password was being checked counts.
void let_in(const shared_services& s, const request& what, const account& checked, const respond& answer) {
  auto [secret, row] = new_refresh_token(*s, what);
  row.user = checked.id;
  row.family = random_token(16);
  bool sole = s->settings()->sign_in.single_session;
  s->backend.open_family(
      row, checked.password_hash, sole,
      [s, answer, sole, login = checked.login_id, secret = secret, family = row.family, group = address_group(what.address),
       shown = what.cookie(device_marks::cookie_name).value_or("")](result<std::optional<account>> opened) {
        if (!opened) return answer(refusal(opened.error()));
        if (!*opened) return answer(refused_login(login));
        const auto& who = **opened;
        if (sole) s->revoked.keep_only(who.id, family, s->now());
        else s->revoked.keep_also(who.id, family);
        s->backend.signed_in(who, family);
        json_object body;
        body.raw("user", who.json).text("accessToken", access_token(*s, who, family));
        auto made = json_answer(std::move(body).str());
        const auto settings = s->settings();
        made.headers.push_back(refresh_cookie(secret, settings->sign_in.refresh_life, settings->sign_in.secure_cookies));
        made.headers.push_back(cookie(device_marks::cookie_name, s->marks.add(shown, who.login_id, s->now()), device_marks::lifetime,
                                      settings->sign_in.secure_cookies));
        s->known.remember(who.login_id, group, s->now());
        answer(std::move(made));
      });
}

void login(const shared_services& s, const request& what, const respond& answer) {
  json_body form{what.body, unknown_fields::ignored};
  auto login_id = form.required_text("loginId", 128);
  auto password = form.required_text("password", 1024);
  if (auto wrong = form.problem()) return answer(refusal(*wrong));
  std::optional<seconds> wait;
  auto who = admitted(*s, what, login_id, wait);
  if (!who) return answer(refusal(who.error(), wait));

  auto undecided = [s, answer, trial = who->trial](const failure& why, std::optional<seconds> come_back = std::nullopt) {
    s->logins.undecided(trial, s->settings()->sign_in.throttle);
    answer(refusal(why, come_back));
  };
  // First the place, then the account: a flood must not reach the database.
  auto [place, come_back] = s->passwords.enter({who->place, [client = what.client] { return client && client->gone(); },
                                                [undecided](seconds later) { undecided(many_sign_ins, later); }});
  if (!place) return undecided(many_sign_ins, come_back);

  s->backend.find_account(login_id, [=, place = std::move(place), trial = who->trial](result<std::optional<account>> found) {
    if (!found) {
      if (place->leave()) undecided(found.error());
      return;
    }
    auto known = *found;
    place->verify(known ? known->password_hash : std::string{}, password, [=](bool right) {
      if (!right) s->logins.failed(trial);
      if (!right || !known || !known->is_active) return answer(refused_login(login_id));
      s->logins.succeeded(trial);
      let_in(s, what, *known, answer);
    });
  });
}

void refresh(const shared_services& s, const request& what, const respond& answer) {
  auto refuse = [s, answer](const failure& why) {
    auto made = refusal(why);
    made.headers.push_back(no_cookie(*s));
    answer(std::move(made));
  };
  auto old = what.cookie(cookie_name);
  if (!old || old->empty()) return answer(refusal(session_over));
  auto [secret, next] = new_refresh_token(*s, what);
  s->backend.rotate(sha256_hex(*old), next, [=, secret = secret](result<backend::rotation_result> rotated) {
    if (!rotated) return answer(refusal(rotated.error()));
    const auto& r = *rotated;
    if (r.outcome == rotation::reused) s->revoked.end_family(r.family, s->now());
    if (r.outcome == rotation::reused || r.outcome == rotation::invalid || !r.who) return refuse(session_over);
    if (!r.who->is_active) {
      s->revoked.end_user(r.who->id, s->now());
      return s->backend.revoke_family(r.family, [=](result<evs::done>) { refuse(session_over); });
    }
    json_object body;
    body.text("accessToken", access_token(*s, *r.who, r.family));
    auto made = json_answer(std::move(body).str());
    const auto settings = s->settings();
    made.headers.push_back(refresh_cookie(secret, settings->sign_in.refresh_life, settings->sign_in.secure_cookies));
    answer(std::move(made));
  });
}

void logout(const shared_services& s, const request& what, const respond& answer) {
  s->revoked.end_family(what.family, s->now());
  s->backend.signed_out(what.who, what.family);
  s->backend.revoke_family(what.family, [s, answer](result<evs::done> revoked) {
    auto made = revoked ? json_answer(R"({"message":"Déconnexion effectuée."})") : refusal(revoked.error());
    made.headers.push_back(no_cookie(*s));
    answer(std::move(made));
  });
}

void me(const shared_services& s, const request& what, const respond& answer) {
  s->backend.account_by_id(what.who.user, [answer](result<std::optional<account>> found) {
    if (!found) return answer(refusal(found.error()));
    if (!*found || !(*found)->is_active) return answer(refusal(session_over));
    json_object body;
    body.raw("user", (*found)->json);
    answer(json_answer(std::move(body).str()));
  });
}

void websocket_ticket(const shared_services& s, const request& what, const respond& answer) {
  auto value = s->tickets.issue(what.who, what.login, what.family, s->now());
  if (!value) return answer(refusal({errc::rate_limited, {}, {}}));
  json_object body;
  body.text("ticket", *value).number("expiresIn", ticket_office::lifetime.count());
  answer(json_answer(std::move(body).str()));
}

} // namespace

std::vector<route> sign_in_routes(const shared_services& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  return {
      {http_method::post, "/api/auth/login", own_pages, with(login), "Se connecter"},
      {http_method::post, "/api/auth/refresh", own_pages, with(refresh), "Renouveler le jeton d'accès (cookie)"},
      {http_method::post, "/api/auth/logout", at_least(role::agent), with(logout), "Se déconnecter"},
      {http_method::get, "/api/auth/me", at_least(role::agent), with(me), "Qui suis-je"},
      {http_method::post, "/api/auth/ws-ticket", at_least(role::agent), with(websocket_ticket), "Billet pour une connexion WebSocket (30 s, une fois)"},
  };
}

} // namespace evs::web
