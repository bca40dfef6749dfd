#include "actors/broadcast.hpp"

#include "actors/session.hpp"
#include "transport/web/event_codec.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace evs {

broadcast_actor_state::~broadcast_actor_state() {
  if (log)
    log->stop();
}

namespace {

using self_ptr = broadcast_actor::stateful_pointer<broadcast_actor_state>;
using entry_ptr = broadcast_actor_state::entry_ptr;
using member = broadcast_actor_state::member;
using group = broadcast_actor_state::group;
using text_ptr = std::shared_ptr<const std::string>;

/// Events that one frame of a replay carries at most.
constexpr std::size_t replay_chunk = 1000;

/// Committed changes that are known again when they come twice.
constexpr std::size_t remembered_sources = 50'000;

class listener : public persistence::log_listener {
public:
  explicit listener(const broadcast_actor& to) : to_(to.address()) {}
  void on_epoch(std::string epoch, bool shared, std::string why) override {
    post(log_epoch{std::move(epoch), shared, std::move(why)});
  }
  void on_entries(std::vector<persistence::log_entry> entries) override {
    post(log_batch{std::make_shared<const std::vector<persistence::log_entry>>(std::move(entries))});
  }

private:
  template <class Message>
  void post(Message message) {
    if (auto to = caf::actor_cast<caf::strong_actor_ptr>(to_))
      caf::anon_send(caf::actor_cast<broadcast_actor>(to), std::move(message));
  }
  caf::actor_addr to_;
};

class desk {
public:
  desk(self_ptr self, services_ptr services, std::shared_ptr<announced_states> last, broadcast_policy policy)
      : self_(self), services_(std::move(services)), last_(std::move(last)), policy_(policy) {}

  broadcast_actor_state& state() const { return self_->state; }

  // ------------------------------------------------------------ into the log

  void publish(announce& m) const {
    auto encoded = web::encode(m.what);
    persistence::log_entry entry;
    entry.type = std::move(encoded.type);
    entry.entity = std::move(encoded.entity);
    entry.payload = std::move(encoded.payload);
    entry.state = std::move(encoded.state);
    entry.whom = std::move(encoded.whom);
    if (auto* data = std::get_if<data_changed>(&m.what))
      entry.source = data->source;
    entry.caused_us = std::chrono::duration_cast<std::chrono::microseconds>(m.caused.time_since_epoch()).count();
    if (!entry.entity.empty()) {
      if (entry.state == "-")
        last_->erase(entry.entity);
      else
        (*last_)[entry.entity] = entry;
    }
    std::vector<persistence::log_entry> one;
    one.push_back(std::move(entry));
    state().log->append(std::move(one));
  }

  // ------------------------------------------------------------ out of the log

  void new_epoch(const log_epoch& m) const {
    auto& s = state();
    flush();
    const bool first = s.epoch.empty();
    services_->ear.log(first || m.shared ? severity::info : severity::warning, "broadcast",
                       std::string{"event log "} + (m.shared ? "in Redis" : "in this process") + ", epoch " + m.epoch + ": " + m.why);
    services_->ear.gauge("event_log_shared", {}, m.shared ? 1 : 0);
    if (!first)
      services_->ear.count("event_log_epochs", m.shared ? "shared" : "local");
    s.epoch = m.epoch;
    s.board.clear();
    s.recent.clear();
    s.fresh.clear();
    for (auto& [key, g] : s.groups)
      g.snapshot.reset();
    // The new order starts from everything that lasts: its offset 0. (On a cluster the nodes tell each other here.)
    for (auto& [entity, entry] : *last_) {
      entry.offset = 0;
      s.board.apply(entry);
    }
    if (!first) {
      services_->tell(m.shared ? system_alert{"info", "event_log_shared", "La diffusion partagée (Redis) est rétablie."}
                               : system_alert{"warning", "event_log_local",
                                              "Redis est injoignable : diffusion locale, les tableaux restent à jour sur ce nœud."},
                      services_->now());
      for (auto& [number, in] : s.sessions) {
        if (in.what.door == web::door::compatibility) {
          present(in);
          continue;
        }
        send(in, text(R"({"type":"reset"})"));
        hello(in);
      }
    }
  }

  void arrived(const log_batch& m) const {
    auto& s = state();
    for (const auto& e : *m.entries) {
      // One copy shared by the board, the resume ring and every session.
      auto entry = entry_ptr{m.entries, &e};
      s.board.apply(*entry);
      if (e.source != 0) {
        if (services_->on_data)
          services_->on_data(e);
        // Told before: the relay tells again what it has no confirmation of.
        if (!first_time(e.source))
          continue;
      }
      s.recent.push_back(entry);
      s.fresh.push_back(std::move(entry));
    }
    while (s.recent.size() > policy_.keep)
      s.recent.pop_front();
    if (!s.tick_set && !s.fresh.empty()) {
      s.tick_set = true;
      self_->delayed_send(self_, pace(*services_->rules(), s.sessions.size()), tick{});
    }
  }

  void flush() const {
    auto& s = state();
    if (s.fresh.empty())
      return;
    auto entries = std::move(s.fresh);
    s.fresh.clear();
    const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(services_->now().time_since_epoch()).count();
    for (const auto& e : entries)
      if (e->caused_us > 0)
        services_->ear.observe("event_to_send", static_cast<double>(now_us - e->caused_us) / 1e6);

    // Sessions of people who are meant in person get their own text, the others share their group's.
    std::set<std::uint64_t> own;
    for (const auto& e : entries)
      for (const auto& user : e->whom.also_to)
        if (auto found = s.by_user.find(user); found != s.by_user.end())
          own.insert(found->second.begin(), found->second.end());
    for (auto& [key, g] : s.groups) {
      std::vector<entry_ptr> visible;
      for (const auto& e : entries)
        if (may_see(g.like, e->whom))
          visible.push_back(e);
      if (visible.empty())
        continue;
      auto frames = make_frames(visible, g.compatibility < g.sessions.size(), g.compatibility > 0);
      for (auto number : g.sessions)
        if (own.count(number) == 0)
          self_->send(s.sessions[number].handle, session_frames{frames});
    }
    for (auto number : own) {
      auto& m = s.sessions[number];
      std::vector<entry_ptr> visible;
      for (const auto& e : entries)
        if (may_see(m.what.who, e->whom))
          visible.push_back(e);
      if (!visible.empty())
        self_->send(m.handle, session_frames{make_frames(visible, m.what.door == web::door::native, m.what.door != web::door::native)});
    }
    services_->ear.count("events_sent", {}, entries.size());
  }

  // ------------------------------------------------------------ sessions

  void join(session_joined& m) const {
    auto& s = state();
    auto strong = caf::actor_cast<caf::strong_actor_ptr>(m.ref);
    if (!strong)
      return;
    flush();
    member joined{caf::actor_cast<session_actor>(strong), std::move(m.what), {}};
    self_->monitor(joined.handle);
    const auto book = services_->directory.read();
    joined.what.who = book->informed(joined.what.who);
    enter_group(m.id, joined);
    auto user = joined.what.who.user;
    auto& mine = s.by_user[user];
    mine.insert(m.id);
    if (mine.size() == 1)
      browsers(user, true);
    auto& in = s.sessions.emplace(m.id, std::move(joined)).first->second;
    services_->ear.gauge("sessions", {}, static_cast<double>(s.sessions.size()));
    if (in.what.door == web::door::compatibility)
      return present(in);
    if (in.what.resume && resume(in))
      return;
    if (in.what.resume)
      send(in, text(R"({"type":"reset"})"));
    hello(in);
  }

  void leave(const caf::down_msg& down) const {
    auto& s = state();
    for (auto it = s.sessions.begin(); it != s.sessions.end(); ++it) {
      if (it->second.handle.address() != down.source)
        continue;
      auto& m = it->second;
      leave_group(it->first, m);
      auto user = m.what.who.user;
      auto& mine = s.by_user[user];
      mine.erase(it->first);
      if (mine.empty()) {
        s.by_user.erase(user);
        browsers(user, false);
      }
      s.sessions.erase(it);
      services_->ear.gauge("sessions", {}, static_cast<double>(s.sessions.size()));
      return;
    }
  }

  void end(const end_sessions& m) const {
    auto found = state().by_user.find(m.user);
    if (found == state().by_user.end())
      return;
    for (auto number : found->second)
      if (auto& s = state().sessions[number]; m.except_family.empty() || s.what.family != m.except_family)
        force(s, m.code, m.reason);
  }

  void end(const end_family& m) const {
    for (auto& [number, s] : state().sessions)
      if (s.what.family == m.family)
        force(s, m.code, m.reason);
  }

  /// What was told until now was told to those who were in charge then; the others begin with what they now see.
  void regroup() const {
    flush();
    auto& s = state();
    const auto book = services_->directory.read();
    const auto before = std::exchange(s.charges, book->charges);
    for (const auto* some : {&before, &std::as_const(s.charges)})
      for (const auto& [user, unused] : *some)
        if (listed(of(before, user)) != listed(of(s.charges, user)))
          s.charges_since[user] = s.board.offset();
    for (auto& [number, in] : s.sessions) {
      const auto now = book->informed(in.what.who);
      if (listed(now.charges) == listed(in.what.who.charges))
        continue;
      leave_group(number, in);
      const auto was = std::exchange(in.what.who, now);
      enter_group(number, in);
      if (in.what.door == web::door::compatibility) {
        present_change(in, was);
        continue;
      }
      send(in, text(R"({"type":"reset"})"));
      hello(in);
    }
  }

  /// The directory tells of each removal itself, when the actor has ended. What is lost with a crash of the directory or of this actor in
  /// between, or told too late by another node, is found here.
  void check_board() const {
    auto& s = state();
    const auto too_old = std::chrono::duration_cast<std::chrono::microseconds>((services_->now() - policy_.keep_for).time_since_epoch()).count();
    while (!s.recent.empty() && s.recent.front()->caused_us < too_old)
      s.recent.pop_front();
    const auto book = services_->directory.read();
    // Before the settings are loaded, and when the node ends.
    if (book->users.empty())
      return;
    std::set<std::string> seen;
    std::vector<std::pair<std::string, audience>> gone;
    const auto look = [&](const std::string& key, const audience& whom) {
      if (known(*book, key) || !seen.insert(key).second)
        return;
      if (s.strangers.count(key) != 0)
        gone.emplace_back(key, whom);
    };
    for (const auto& [key, e] : s.board.entities())
      look(key, e.whom);
    for (const auto& [key, e] : *last_)
      look(key, e.whom);
    s.strangers = std::move(seen);
    for (auto& [key, whom] : gone) {
      services_->ear.healed("broadcast", "ghost_on_board", key);
      last_->erase(key);
      s.strangers.erase(key);
      const auto colon = key.find(':');
      const auto kind = key.substr(0, colon);
      persistence::log_entry entry;
      entry.type = kind + "Removed";
      entry.entity = key;
      entry.payload = "{\"" + kind + "Id\":\"" + key.substr(colon + 1) + "\"}";
      entry.state = "-";
      entry.whom = std::move(whom);
      std::vector<persistence::log_entry> one;
      one.push_back(std::move(entry));
      s.log->append(std::move(one));
    }
  }

private:
  /// Whether the directory has it; calls it doesn't keep.
  static bool known(const directory_picture& book, const std::string& key) {
    const auto colon = key.find(':');
    const auto kind = key.substr(0, colon), id = key.substr(colon + 1);
    return kind == "agent"      ? book.agent(agent_id{id}) != nullptr
           : kind == "queue"    ? book.queue(queue_id{id}) != nullptr
           : kind == "trunk"    ? book.trunk(trunk_id{id}) != nullptr
           : kind == "campaign" ? book.campaign(campaign_id{id}) != nullptr
                                : true;
  }

  static const people& listed(const std::shared_ptr<const people>& charges) {
    static const people nobody;
    return charges ? *charges : nobody;
  }

  static std::shared_ptr<const people> of(const std::unordered_map<user_id, std::shared_ptr<const people>>& charges, const user_id& user) {
    auto found = charges.find(user);
    return found == charges.end() ? nullptr : found->second;
  }

  void enter_group(std::uint64_t number, member& in) const {
    const auto& who = in.what.who;
    in.group = group_key(who);
    auto& g = state().groups[in.group];
    g.like = viewer{{}, who.role, who.site, who.charges};
    g.sessions.insert(number);
    if (in.what.door == web::door::compatibility)
      ++g.compatibility;
  }

  void leave_group(std::uint64_t number, const member& in) const {
    auto& s = state();
    auto g = s.groups.find(in.group);
    if (g == s.groups.end())
      return;
    g->second.sessions.erase(number);
    if (in.what.door == web::door::compatibility)
      --g->second.compatibility;
    if (g->second.sessions.empty())
      s.groups.erase(g);
  }

  /// A tick exists so that many events leave in one write; with few dashboards there is little to save, and it only makes them late.
  /// So it follows their number: about 16,000 frames a second at most, within the configured bounds.
  static std::chrono::microseconds pace(const policies& rules, std::size_t sessions) {
    return std::clamp<std::chrono::microseconds>(std::chrono::microseconds{60} * static_cast<std::int64_t>(sessions), rules.session_tick_min,
                                                 rules.session_tick);
  }

  bool first_time(std::int64_t source) const {
    auto& s = state();
    if (!s.sources.insert(source).second)
      return false;
    s.sources_in_order.push_back(source);
    if (s.sources_in_order.size() > remembered_sources) {
      s.sources.erase(s.sources_in_order.front());
      s.sources_in_order.pop_front();
    }
    return true;
  }

  static text_ptr text(std::string t) { return std::make_shared<const std::string>(std::move(t)); }

  static std::string group_key(const viewer& who) {
    // Agents see what is meant for everybody, and their own: the site makes no difference to the first.
    auto key = std::string{to_string(who.role)} + "@" + who.site.value;
    for (const auto& one : listed(who.charges))
      key += '\n' + one.value;
    return key;
  }

  void send(const member& m, text_ptr t) const { self_->send(m.handle, session_text{std::move(t)}); }

  std::shared_ptr<const tick_frames> make_frames(const std::vector<entry_ptr>& visible, bool native, bool compatibility) const {
    auto frames = std::make_shared<tick_frames>();
    if (native)
      frames->native = text(native_frame(visible));
    if (compatibility)
      for (const auto& e : visible)
        frames->compatibility.push_back(text(compatibility_text(e->type, e->payload)));
    frames->entries = visible;
    return frames;
  }

  /// The frame of a replay, without the group's sharing.
  void replay(const member& m, std::uint64_t after) const {
    const auto& recent = state().recent;
    auto first = std::partition_point(recent.begin(), recent.end(), [&](auto& e) { return e->offset <= after; });
    std::vector<entry_ptr> chunk;
    for (; first != recent.end(); ++first) {
      if (may_see(m.what.who, (*first)->whom))
        chunk.push_back(*first);
      if (chunk.size() == replay_chunk) {
        send(m, text(native_frame(chunk)));
        chunk.clear();
      }
    }
    if (!chunk.empty())
      send(m, text(native_frame(chunk)));
  }

  bool resume(const member& m) const {
    const auto& s = state();
    const auto& [epoch, offset] = *m.what.resume;
    const auto reaches_back = s.recent.empty() ? s.board.offset() : s.recent.front()->offset - 1;
    if (epoch != s.epoch || offset > s.board.offset() || offset < reaches_back)
      return false;
    if (auto since = s.charges_since.find(m.what.who.user); since != s.charges_since.end() && offset <= since->second)
      return false;
    services_->ear.count("sessions_resumed");
    send(m, text("{\"type\":\"resumed\",\"epoch\":\"" + s.epoch + "\",\"offset\":" + std::to_string(offset) + "}"));
    replay(m, offset);
    return true;
  }

  /// A snapshot shared by the group, perhaps a little old, then what came after it.
  void hello(const member& m) const {
    auto& s = state();
    auto& g = s.groups[m.group];
    const auto now = services_->now();
    const bool personal = m.what.who.role < role::supervisor;
    auto snapshot = g.snapshot;
    auto offset = g.snapshot_offset;
    const auto reaches_back = s.recent.empty() ? s.board.offset() : s.recent.front()->offset - 1;
    if (personal) {
      snapshot = text(s.board.snapshot(m.what.who, now));
      offset = s.board.offset();
    } else if (!snapshot || now - g.snapshot_at > policy_.snapshot_age || offset < reaches_back) {
      snapshot = g.snapshot = text(s.board.snapshot(m.what.who, now));
      offset = g.snapshot_offset = s.board.offset();
      g.snapshot_at = now;
    }
    send(m, text("{\"type\":\"hello\",\"epoch\":\"" + s.epoch + "\",\"offset\":" + std::to_string(offset) + ",\"snapshot\":" + *snapshot +
                 "}"));
    replay(m, offset);
  }

  /// The compatibility door: the present state as ordinary events.
  void present(const member& m) const {
    for (const auto& [key, e] : state().board.entities())
      if (may_see(m.what.who, e.whom))
        send(m, presented(e));
  }

  /// The compatibility door has no reset: who is in sight now is told as on connecting, who no longer is as if he were gone.
  void present_change(const member& m, const viewer& was) const {
    for (const auto& [key, e] : state().board.entities()) {
      const bool before = may_see(was, e.whom), now = may_see(m.what.who, e.whom);
      if (now && !before)
        send(m, presented(e));
      else if (before && !now)
        withdraw(m, key);
    }
  }

  static text_ptr presented(const live_board::entity& e) {
    return text(compatibility_text(e.type == "callUpdate" ? "newCall" : e.type, e.state));
  }

  /// Only of agents and calls does anybody see more or less through groups. Ids are plain characters.
  void withdraw(const member& m, const std::string& key) const {
    const auto colon = key.find(':');
    const auto kind = key.substr(0, colon), id = key.substr(colon + 1);
    if (kind == "call")
      return send(m, text(compatibility_text("callHangup", "{\"callId\":\"" + id + "\"}")));
    if (kind != "agent")
      return;
    send(m, text(compatibility_text("agentRemoved", "{\"agentId\":\"" + id + "\"}")));
    // The one of the two that clients of that door know.
    send(m, text(compatibility_text("deleteUser", "{\"id\":\"" + id + "\"}")));
  }

  void force(const member& m, std::uint16_t code, const std::string& reason) const {
    // Reasons are our own fixed texts: nothing to escape.
    const auto payload = "{\"reason\":\"" + reason + "\"}";
    send(m, text(m.what.door == web::door::native ? "[{\"type\":\"forceLogout\",\"payload\":" + payload + "}]"
                                                  : compatibility_text("forceLogout", payload)));
    self_->send(m.handle, session_close{code, reason});
  }

  void browsers(const user_id& user, bool present) const {
    const auto book = services_->directory.read();
    if (const auto* agent = book->agent(user); agent && agent->handle)
      self_->send(agent->handle, browsers_seen{present});
  }

  self_ptr self_;
  services_ptr services_;
  std::shared_ptr<announced_states> last_;
  broadcast_policy policy_;
};

} // namespace

broadcast_actor::behavior_type make_broadcast(broadcast_actor::stateful_pointer<broadcast_actor_state> self, services_ptr services,
                                              event_log_factory open, std::shared_ptr<announced_states> last, broadcast_policy policy) {
  desk does{self, services, std::move(last), policy};
  self->state.listener = std::make_unique<listener>(broadcast_actor{self});
  self->state.log = open(*self->state.listener);
  self->set_down_handler([does](caf::down_msg& down) { does.leave(down); });
  self->state.log->start();

  return {
    [=](announce& m) { does.publish(m); },
    [=](log_epoch& m) { does.new_epoch(m); },
    [=](log_batch& m) { does.arrived(m); },
    [=](session_joined& m) { does.join(m); },
    [=](snapshot_wanted& m) { return self->state.board.snapshot(m.who, services->now()); },
    [=](end_sessions& m) { does.end(m); },
    [=](end_family& m) { does.end(m); },
    [=](charges_changed&) { does.regroup(); },
    [=](boards_due&) { does.check_board(); },
    [=](tick&) {
      self->state.tick_set = false;
      does.flush();
    },
  };
}

} // namespace evs
