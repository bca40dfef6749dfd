#include "app/web_backend.hpp"

#include "actors/session.hpp"
#include "domain/labels.hpp"
#include "transport/web/event_codec.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <array>

namespace evs {

namespace {

/// Longest wait for an owner; a web answer is never later.
constexpr seconds owner_timeout{8};

/// Asks an actor from outside: a short-lived actor waits for the answer.
template <class Reply, class Handle, class Message, class OnReply, class OnError>
void ask(caf::actor_system& system, const Handle& whom, Message message, OnReply on_reply, OnError on_error) {
  if (!whom)
    return on_error();
  system.spawn([=](caf::event_based_actor* self) {
    self->request(whom, owner_timeout, message)
      .then([=](Reply& said) { on_reply(said); }, [=](caf::error&) { on_error(); });
  });
}

/// What may leave files of which no row speaks any more: sounds, pictures, recordings.
bool may_discard_files(const data_request& what) {
  if (const auto* plain = std::get_if<resource_request>(&what))
    return std::holds_alternative<remove_resource>(*plain);
  const auto* person = std::get_if<report_request>(&what);
  return person && std::holds_alternative<erase_personal_data>(*person);
}

/// His own state, and for supervisors that of whom they supervise.
bool may_see_agent(const viewer& who, const agent_snapshot& whom) { return who.user == whom.id || supervises(who, whom.id, whom.site); }

/// The actor behind a WebSocket, as the connection sees it.
class session_end : public web::session {
public:
  explicit session_end(session_actor to) : to_(std::move(to)) {}
  void on_command(web::client_command what) override { caf::anon_send(to_, session_command{std::move(what)}); }
  void on_closed() override { caf::anon_send(to_, session_wire_closed{}); }

private:
  session_actor to_;
};

} // namespace

web_backend::web_backend(caf::actor_system& system, services_ptr services, database_pool& database, operators_ear& ear, bool single_session)
    : system_(system), services_(std::move(services)), database_(database), ear_(ear), single_session_(single_session) {}

void web_backend::set_config(config_actor config) { config_ = std::move(config); }
void web_backend::set_readiness(std::function<std::vector<web::component_status>()> more) { more_ = std::move(more); }

// ---------------------------------------------------------------- accounts

void web_backend::find_account(std::string login_id, web::callback<std::optional<account>> done) {
  database_.run<std::optional<account>>([=](auto& db) { return result{db.accounts->find_by_login(login_id)}; }, std::move(done));
}

void web_backend::account_by_id(user_id id, web::callback<std::optional<account>> done) {
  database_.run<std::optional<account>>([=](auto& db) { return result{db.accounts->find(id)}; }, std::move(done));
}

void web_backend::open_family(refresh_token token, std::string checked_hash, bool revoke_others,
                              web::callback<std::optional<account>> done) {
  database_.run<std::optional<account>>([=](auto& db) { return result{db.accounts->open_family(token, checked_hash, revoke_others)}; },
                                        std::move(done));
}

void web_backend::rotate(std::string old_hash, refresh_token next, web::callback<rotation_result> done) {
  const auto now = services_->now();
  const auto leeway = leeway_.load();
  database_.run<rotation_result>(
    [=](auto& db) {
      auto rotated = db.accounts->rotate(old_hash, next, now, leeway);
      rotation_result out{rotated.outcome, std::nullopt, rotated.family};
      if (rotated.outcome == rotation::rotated || rotated.outcome == rotation::sibling)
        out.who = db.accounts->find(rotated.user);
      return result{std::move(out)};
    },
    std::move(done));
}

void web_backend::revoke_family(std::string family, web::callback<evs::done> done) {
  database_.run<evs::done>(
    [=](auto& db) {
      db.accounts->revoke_family(family);
      return result{evs::done{}};
    },
    std::move(done));
}

void web_backend::signed_in(const account& who, const std::string& family) {
  ear_.log(severity::info, "sign-in", who.login_id + " signed in");
  if (single_session_)
    caf::anon_send(services_->broadcast(), end_sessions{who.id, family, 4001, "Connexion depuis un autre poste"});
}

void web_backend::signed_out(const viewer& who, const std::string& family) {
  ear_.log(severity::info, "sign-in", who.user.value + " signed out");
  caf::anon_send(services_->broadcast(), end_family{family, 4001, "Session fermée"});
  const auto book = services_->directory.read();
  if (const auto* me = book->agent(who.user); me && me->handle)
    ask<state_answer>(system_, me->handle, state_wanted{agent_state::offline, {}, {}}, [](state_answer&) {}, [] {});
  ask_desk(who, release_contacts_of{who.user}, [this, user = who.user](result<data_answer> said) {
    if (!said)
      ear_.log(severity::warning, "contacts", "the contacts of " + user.value + " were not released; their leases will end: " + said.error().text());
  });
}

// ---------------------------------------------------------------- reading

void web_backend::application_data(viewer who, web::callback<std::vector<std::pair<std::string, std::string>>> done) {
  database_.run<std::vector<std::pair<std::string, std::string>>>(
    [who, office = office_](auto& db) {
      auto all = db.reader->application_data(who);
      if (office)
        for (auto& part : office->application_data(who))
          all.push_back(std::move(part));
      return result{std::move(all)};
    },
    std::move(done));
}

void web_backend::app_settings(web::callback<std::string> done) {
  database_.run<std::string>([](auto& db) { return result{db.reader->app_settings()}; }, std::move(done));
}

void web_backend::call_history(viewer who, int page, int limit, web::callback<std::string> done) {
  database_.run<std::string>([=](auto& db) { return result{db.reader->call_history_page(who, page, limit)}; }, std::move(done));
}

void web_backend::call_record(viewer who, call_id id, web::callback<std::string> done) {
  database_.run<std::string>(
    [=](auto& db) {
      auto found = db.reader->call_record(who, id);
      return found ? result<std::string>{*found} : result<std::string>{errc::not_found, "Appel introuvable."};
    },
    std::move(done));
}

void web_backend::call_journal(viewer who, call_id id, web::callback<std::string> done) {
  database_.run<std::string>(
    [=](auto& db) {
      // Every call has steps, from its first on.
      auto steps = db.reader->call_journal(who, id);
      return steps == "[]" ? result<std::string>{errc::not_found, "Appel introuvable."} : result<std::string>{std::move(steps)};
    },
    std::move(done));
}

viewer web_backend::informed(viewer who) const {
  const auto book = services_->directory.read();
  return book->informed(std::move(who));
}

void web_backend::live_snapshot(viewer who, web::callback<std::string> done) {
  ask<std::string>(
    system_, services_->broadcast(), snapshot_wanted{informed(std::move(who))}, [=](std::string& text) { done(std::move(text)); },
    [=] { done(errc::timeout); });
}

void web_backend::agents(viewer who, web::callback<std::string> done) {
  auto all = services_->states.all();
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.login_id < b.login_id; });
  const auto now = services_->now();
  who = informed(std::move(who));
  std::string text{"["};
  for (const auto& a : all) {
    if (!may_see_agent(who, a))
      continue;
    if (text.size() > 1)
      text += ',';
    text += web::encode_agent_state(a, now);
  }
  done(text + "]");
}

void web_backend::agent(viewer who, agent_id id, web::callback<std::string> done) {
  auto found = services_->states.find(id);
  if (!found || !may_see_agent(informed(std::move(who)), *found))
    return done({errc::not_found, "Agent introuvable."});
  done(web::encode_agent_state(*found, services_->now()));
}

// ---------------------------------------------------------------- data

void web_backend::ask_desk(const viewer& who, contact_request what, web::callback<data_answer> done) {
  database_.run<data_answer>(
    [asked_by = requester{who, {}, {}, {}}, what = data_request{std::move(what)}](auto& db) { return db.desk->perform(asked_by, what); },
    std::move(done));
}

void web_backend::perform(requester who, data_request what, web::callback<data_answer> done) {
  // Only who waits for work gets some; everything else about it the database knows.
  if (auto* area = std::get_if<contact_request>(&what))
    if (auto* wish = std::get_if<next_contact>(area)) {
      const auto agent = wish->agent.empty() ? who.who.user : wish->agent;
      if (auto allowed = may_act_on(who.who, agent); !allowed)
        return done(allowed.error());
      if (auto now = services_->states.find(agent); !now || now->state != agent_state::available)
        return done({errc::conflict, "Une fiche n'est remise qu'à un agent « En Attente »."});
    }
  if (const auto* media = std::get_if<media_request>(&what); media && workshop_) {
    if (const auto* upload = std::get_if<add_audio_file>(media))
      return keep_sound(std::move(who), *upload, std::move(done));
    if (const auto* heard = std::get_if<read_recording>(media))
      done = in_format(heard->format, std::move(done));
  }
  if (may_discard_files(what))
    done = [this, next = std::move(done)](result<data_answer> said) {
      const bool removed = said.ok();
      next(std::move(said));
      if (removed)
        sweep_files();
    };
  if (const auto* system = std::get_if<system_request>(&what); office_ && system)
    if (const auto* connection = std::get_if<save_connection>(system))
      if (auto why = office_->objection(*connection))
        return done(*why);
  if (office_ && system_office::takes(what))
    return office_->perform(std::move(who), std::get<system_request>(std::move(what)), std::move(done));
  database_.run<data_answer>([who = std::move(who), what = std::move(what)](auto& db) { return db.desk->perform(who, what); },
                             std::move(done));
}

void web_backend::keep_sound(requester who, const add_audio_file& upload, web::callback<data_answer> done) {
  workshop_->convert(upload, [this, who = std::move(who), done = std::move(done)](result<keep_audio_file> made) {
    if (!made)
      return done(made.error());
    const auto files = std::move(made.value());
    database_.run<data_answer>([who, files](auto& db) { return db.desk->perform(who, media_request{files}); },
                               [files, done](result<data_answer> said) {
                                 // Moved away when all went well.
                                 std::error_code ec;
                                 for (const auto& left : {files.wav, files.sln16})
                                   std::filesystem::remove(left, ec);
                                 done(std::move(said));
                               });
  });
}

web::callback<data_answer> web_backend::in_format(sound_format wanted, web::callback<data_answer> done) {
  return [this, wanted, done = std::move(done)](result<data_answer> said) {
    const std::string type = wanted == sound_format::mp3 ? "audio/mpeg" : "audio/wav";
    if (!said || !said->attached || said->attached->content_type == type)
      return done(std::move(said));
    const auto stored = *said->attached;
    workshop_->transcode(stored.path, wanted, [stored, type, wanted, done](result<std::string> made) {
      if (!made)
        return done(made.error());
      const auto name = std::filesystem::path{stored.save_as}.replace_extension(wanted == sound_format::mp3 ? ".mp3" : ".wav").string();
      data_answer out;
      out.attached = data_answer::file{*made, type, name, true};
      done(std::move(out));
    });
  };
}

void web_backend::sweep_files() {
  database_.run<data_answer>([](auto& db) { return db.desk->perform({}, media_request{evs::sweep_files{}}); },
                             [this](result<data_answer> said) {
                               if (!said)
                                 ear_.log(severity::warning, "media", "files without a row stay for now: " + said.error().text());
                             });
}

// ---------------------------------------------------------------- acting

result<evs::done> web_backend::may_act_on(const viewer& who, const agent_id& agent) const {
  if (who.user == agent)
    return evs::done{};
  if (who.role < role::supervisor)
    return {errc::forbidden, "Un agent n'agit que pour lui-même."};
  const auto book = services_->directory.read();
  const auto* entry = book->agent(agent);
  if (!entry || !supervises(book->informed(who), agent, entry->settings.site))
    return {errc::not_found, "Agent introuvable."};
  return evs::done{};
}

void web_backend::dial(const web::originate_request& what, web::callback<call_id> done) {
  ask<dial_answer>(
    system_, services_->any_ami(), dial_out{what.agent, what.destination, what.campaign, what.contact},
    [=](dial_answer& said) {
      if (said.result.ok)
        done(said.call);
      else
        done(said.result.why());
    },
    [=] { done(errc::telephony_unavailable); });
}

void web_backend::originate(viewer who, web::originate_request what, web::callback<call_id> done) {
  if (auto allowed = may_act_on(who, what.agent); !allowed)
    return done(allowed.error());
  if (what.contact.empty())
    return dial(what, std::move(done));
  // The contact first: it must be his, and it counts as called before anybody is dialled. A call that does not come about gives it
  // back, with the reason; both are written before the answer.
  ask_desk(who, dial_contact{what.agent, what.contact, what.lock_token}, [=, this](result<data_answer> ready) {
    if (!ready)
      return done(ready.error());
    dial(what, [=, this](result<call_id> said) {
      contact_dialled outcome{what.agent, what.contact, said ? *said : call_id{}, said ? std::string{} : said.error().text()};
      ask_desk(who, std::move(outcome), [=, this](result<data_answer> written) {
        if (!written)
          ear_.log(severity::warning, "contacts", "what became of dialling " + what.contact.value + " was not written: " + written.error().text());
        done(said);
      });
    });
  });
}

void web_backend::hangup(viewer who, call_id id, web::callback<evs::done> done) {
  auto found = services_->calls.find(id);
  const auto not_there = failure{errc::not_found, "Cet appel n'existe pas ou est terminé.", {}};
  if (!found)
    return done(not_there);
  const auto& now = found->memory.now;
  const bool own = now.agent == who.user;
  if (!own && who.role < role::supervisor)
    return done({errc::forbidden, "Cet appel n'est pas le vôtre."});
  if (!own && !may_see(informed(who), {role::supervisor, now.site, {}, {now.agent}}))
    return done(not_there);
  ask<outcome>(
    system_, found->handle, hang_up_wanted{who.user, own},
    [=](outcome& said) {
      if (said.ok)
        done(evs::done{});
      else
        done(said.why());
    },
    [=] { done(not_there); });
}

void web_backend::change_state(viewer who, web::agent_state_request what, web::callback<agent_snapshot> done) {
  if (auto allowed = may_act_on(who, what.agent); !allowed)
    return done(allowed.error());
  const auto book = services_->directory.read();
  const auto* entry = book->agent(what.agent);
  if (!entry)
    return done({errc::not_found, "Agent introuvable."});
  ask<state_answer>(
    system_, entry->handle, state_wanted{what.wanted, what.reason, who.user == what.agent ? user_id{} : who.user},
    [=](state_answer& said) {
      if (said.result.ok)
        done(said.now);
      else
        done(said.result.why());
    },
    [=] { done(errc::timeout); });
}

void web_backend::reload(viewer who, web::callback<web::reload_outcome> done) {
  ear_.log(severity::info, "config", "reload asked by " + who.user.value);
  ask<reload_answer>(
    system_, config_, reload_wanted{}, [=](reload_answer& said) { done(said.what); }, [=] { done(errc::timeout); });
}

// ---------------------------------------------------------------- live

std::shared_ptr<web::session> web_backend::open_session(web::session_request what, std::shared_ptr<web::connection> wire) {
  auto actor = system_.spawn(make_session, services_, ++next_session_, std::move(what), std::move(wire));
  return std::make_shared<session_end>(actor);
}

// ---------------------------------------------------------------- operators

std::vector<web::component_status> web_backend::readiness() {
  return more_ ? more_() : std::vector<web::component_status>{{"node", false, true, "starting"}};
}

std::string web_backend::metrics() {
  std::array<int, 8> by_state{};
  for (const auto& a : services_->states.all())
    ++by_state[static_cast<std::size_t>(a.state)];
  for (std::size_t i = 0; i < by_state.size(); ++i)
    ear_.gauge("agents", token(static_cast<agent_state>(i)), by_state[i]);
  return ear_.exposition();
}

} // namespace evs
