#include "actors/session.hpp"

#include "transport/web/event_codec.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace evs {

std::string native_frame(const std::vector<std::shared_ptr<const persistence::log_entry>>& entries) {
  std::size_t size = 2;
  for (const auto& e : entries)
    size += e->payload.size() + e->type.size() + 56;
  std::string text;
  text.reserve(size);
  text += '[';
  for (const auto& e : entries) {
    if (text.size() > 1)
      text += ',';
    text += "{\"offset\":";
    text += std::to_string(e->offset);
    text += ",\"type\":\"";
    text += e->type;
    text += "\",\"payload\":";
    text += e->payload;
    text += '}';
  }
  text += ']';
  return text;
}

std::string compatibility_text(const std::string& type, const std::string& payload) {
  return "{\"type\":\"" + type + "\",\"payload\":" + payload + "}";
}

namespace {

using self_ptr = session_actor::stateful_pointer<session_actor_state>;

/// How often a session that is behind is looked at.
constexpr milliseconds look_again{250};

class wire_end {
public:
  wire_end(self_ptr self, services_ptr services) : self_(self), services_(std::move(services)) {}

  session_actor_state& state() const { return self_->state; }

  void frames(const tick_frames& f) const {
    auto& s = state();
    if (s.closed)
      return;
    if (s.behind) {
      merge(f);
      return catch_up();
    }
    std::size_t backlog = 0;
    if (s.who.door == web::door::native) {
      if (f.native)
        backlog = s.wire->send(f.native);
    } else {
      for (const auto& text : f.compatibility)
        backlog = s.wire->send(text);
    }
    if (backlog > services_->rules()->coalesce_above) {
      s.behind = true;
      s.behind_since = services_->now();
      s.last_backlog = backlog;
      services_->ear.count("sessions_behind");
      self_->delayed_send(self_, look_again, tick{});
    }
  }

  /// He may have read on, or not, though nothing new is told.
  void look() const {
    if (!state().behind || state().closed)
      return;
    catch_up();
    if (state().behind && !state().closed)
      self_->delayed_send(self_, look_again, tick{});
  }

  void text(const std::shared_ptr<const std::string>& t) const {
    if (!state().closed)
      state().wire->send(t);
  }

  void close(std::uint16_t code, const std::string& reason) const {
    auto& s = state();
    if (s.closed)
      return;
    s.closed = true;
    services_->ear.count("sessions_closed", std::to_string(code));
    s.wire->close(code, reason);
  }

  void refuse(const failure& why) const { text(std::make_shared<const std::string>(web::encode_error(why))); }

  // ------------------------------------------------------------ what a client may say

  void operator()(const web::status_change& c) const {
    auto book = services_->directory.read();
    auto* me = book->agent(who());
    if (!me || !me->handle)
      return refuse({errc::forbidden, "Seul un agent peut changer son état.", {}});
    auto end = *this;
    self_->request(me->handle, seconds{5}, state_wanted{c.wanted, c.reason, {}})
      .then(
        [end](state_answer& said) {
          if (!said.result.ok)
            end.refuse(said.result.why());
        },
        [end](caf::error&) { end.refuse({errc::timeout, {}, {}}); });
  }
  void operator()(const web::raise_hand&) const {
    if (auto* me = agent())
      services_->tell(hand_raised{me->id, full_name(*me), me->login_id, me->site}, services_->now());
  }
  void operator()(const web::reply_to_supervisor& c) const {
    if (auto* me = agent())
      services_->tell(agent_replied{me->id, full_name(*me), me->site, c.message}, services_->now());
  }
  void operator()(const web::write_to_agent& c) const {
    if (!supervises())
      return;
    auto book = services_->directory.read();
    auto* to = book->agent(c.to);
    if (!to || !evs::supervises(book->informed(state().who.who), c.to, to->settings.site))
      return refuse({errc::not_found, "Agent inconnu.", {}});
    auto from = book->users.find(who());
    services_->tell(supervisor_wrote{services_->new_id(), who(), from == book->users.end() ? who().value : full_name(from->second),
                                     c.to, c.message},
                    services_->now());
  }
  void operator()(const web::announce_planning&) const {
    if (supervises())
      services_->tell(planning_changed{who()}, services_->now());
  }

private:
  const user_id& who() const { return state().who.who.user; }

  const agent_settings* agent() const {
    book_ = services_->directory.read();
    auto* entry = (*book_)->agent(who());
    if (entry)
      return &entry->settings;
    refuse({errc::forbidden, "Réservé aux agents.", {}});
    return nullptr;
  }

  bool supervises() const {
    if (state().who.who.role >= role::supervisor)
      return true;
    refuse({errc::forbidden, "Réservé aux superviseurs.", {}});
    return false;
  }

  static std::string full_name(const agent_settings& a) { return a.first_name + " " + a.last_name; }

  void merge(const tick_frames& f) const {
    auto& s = state();
    for (const auto& e : f.entries) {
      if (!e->entity.empty()) {
        auto& at = s.latest[{e->entity, e->type}];
        if (at != 0)
          s.merged.erase(at);
        at = e->offset;
      }
      s.merged[e->offset] = e;
    }
  }

  void catch_up() const {
    auto& s = state();
    const auto rules = services_->rules();
    const auto backlog = s.wire->backlog();
    const auto now = services_->now();
    if (backlog < s.last_backlog) {
      s.last_backlog = backlog;
      s.behind_since = now;
    }
    if (backlog > rules->close_above || now - s.behind_since > rules->slow_after)
      return close(4008, "slow");
    if (backlog > rules->coalesce_above / 2)
      return;
    std::vector<std::shared_ptr<const persistence::log_entry>> entries;
    for (auto& [offset, e] : s.merged)
      entries.push_back(e);
    s.merged.clear();
    s.latest.clear();
    s.behind = false;
    if (entries.empty())
      return;
    if (s.who.door == web::door::native)
      text(std::make_shared<const std::string>(native_frame(entries)));
    else
      for (const auto& e : entries)
        text(std::make_shared<const std::string>(compatibility_text(e->type, e->payload)));
  }

  self_ptr self_;
  services_ptr services_;
  /// What agent() found is in it.
  mutable std::optional<held_picture> book_;
};

} // namespace

session_actor::behavior_type make_session(session_actor::stateful_pointer<session_actor_state> self, services_ptr services,
                                          std::uint64_t number, web::session_request what, std::shared_ptr<web::connection> wire) {
  self->state.wire = std::move(wire);
  self->state.who = what;
  wire_end does{self, services};
  caf::anon_send(services->broadcast(), session_joined{number, what, self->address()});

  return {
    [=](session_frames& m) { does.frames(*m.frames); },
    [=](session_text& m) { does.text(m.text); },
    [=](session_close& m) { does.close(m.code, m.reason); },
    [=](session_command& m) { std::visit(does, m.what); },
    [=](tick&) { does.look(); },
    [=](session_wire_closed&) {
      self->state.closed = true;
      self->state.wire.reset();
      self->quit();
    },
  };
}

} // namespace evs
