#include "actors/ami.hpp"

#include "domain/labels.hpp"
#include "transport/ami/actions.hpp"
#include "transport/ami/events.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>

namespace evs {

ami_actor_state::~ami_actor_state() {
  if (link)
    link->stop();
}

namespace {

using self_ptr = ami_actor::stateful_pointer<ami_actor_state>;
using route = ami_actor_state::route;

/// Listings after a connect whose union counts as whole when none was: a channel missing in all of them is gone.
constexpr int listings_that_count = 5;
/// How long an ended channel's id is remembered.
constexpr seconds forget_gone_after{60};
/// An announced leg that Asterisk has not shown for so long is looked for.
constexpr seconds leg_grace{3};

/// Brings the link's news to the actor; never waits.
class listener : public ami::link_listener {
public:
  explicit listener(ami_actor to) : to_(caf::actor_cast<caf::actor_addr>(to)) {}
  void on_up(const std::string& version, const std::string& boot) override { post(ami_up{version, boot}); }
  void on_down(const std::string& why) override { post(ami_down{why}); }
  void on_events(std::vector<telephony_event> events, timestamp received) override {
    post(ami_events{std::move(events), received});
  }

private:
  template <class Message>
  void post(Message message) {
    if (auto to = caf::actor_cast<caf::strong_actor_ptr>(to_))
      caf::anon_send(caf::actor_cast<ami_actor>(to), std::move(message));
  }
  caf::actor_addr to_;
};

/// What the actor does with what it hears.
class switchboard {
public:
  switchboard(self_ptr self, services_ptr services, server_id server)
      : self_(self), services_(std::move(services)), server_(std::move(server)) {}

  ami_actor_state& state() const { return self_->state; }
  std::string who() const { return "ami " + server_.value; }

  // ------------------------------------------------------------ actions

  void submit(result<ami::action> what, std::function<void(ami::reply&)> then) const {
    if (!what) {
      ami::reply refused;
      refused.status = ami::reply_status::not_sendable;
      refused.message = what.error().text();
      return then(refused);
    }
    auto ticket = ++state().next_ticket;
    state().pending.emplace(ticket, std::move(then));
    auto self = caf::actor_cast<ami_actor>(self_);
    state().link->submit(std::move(what.value()), services_->rules()->action_timeout, [self, ticket](ami::reply r) {
      caf::anon_send(self, ami_reply{ticket, std::move(r)});
    });
  }

  void replied(ami_reply& m) const {
    auto found = state().pending.find(m.ticket);
    if (found == state().pending.end())
      return;
    auto then = std::move(found->second);
    state().pending.erase(found);
    if (m.what.status == ami::reply_status::timed_out)
      services_->ear.count("ami_action_timeouts");
    then(m.what);
  }

  caf::result<action_answer> ask(result<ami::action> what) const {
    auto promise = self_->make_response_promise<action_answer>();
    submit(std::move(what), [promise](ami::reply& r) mutable {
      using enum ami::reply_status;
      promise.deliver(action_answer{r.status == ok, r.status == timed_out || r.status == disconnected || r.status == overloaded,
                                    r.message});
    });
    return promise;
  }

  // ------------------------------------------------------------ calls

  void own(const call_id& id, call_origin origin) const {
    auto handle = self_->spawn(make_call, services_, caf::actor_cast<ami_actor>(self_), server_,
                               std::make_shared<call_origin>(std::move(origin)));
    self_->monitor(handle);
    state().calls[id].handle = handle;
  }

  void announce_leg(const call_id& call, const channel_id& leg, bool seen, const std::string& channel) const {
    auto owner = state().calls.find(call);
    if (owner == state().calls.end())
      return;
    auto& r = state().routes[leg];
    if (r.call.empty()) {
      r.since = services_->now();
      owner->second.legs.push_back(leg);
    }
    r.call = call;
    r.seen = r.seen || seen;
    if (!channel.empty())
      r.channel = channel;
  }

  void forget_leg(const channel_id& leg) const {
    state().routes.erase(leg);
    state().gone[leg] = services_->now();
  }

  /// A call actor ended: normally after its call, else it crashed and is rebuilt from its last step.
  void ended(const caf::down_msg& down) const {
    for (auto it = state().calls.begin(); it != state().calls.end(); ++it) {
      if (it->second.handle.address() != down.source)
        continue;
      auto id = it->first;
      for (const auto& leg : it->second.legs)
        if (state().routes.erase(leg) != 0)
          state().gone[leg] = services_->now();
      state().calls.erase(it);
      if (down.reason && down.reason != caf::exit_reason::user_shutdown) {
        services_->ear.count("actor_crashes", "call");
        services_->ear.log(severity::error, who(), "call " + id.value + " crashed: " + self_->system().render(down.reason));
        if (auto entry = services_->calls.find(id)) {
          for (const auto& leg : entry->memory.legs)
            state().gone.erase(leg.uid);
          state().to_recover.push_back(entry->memory);
          services_->calls.erase(id);
          list_channels();
        }
      }
      return;
    }
  }

  // ------------------------------------------------------------ routing

  /// The call that this channel belongs to; learns new legs by their Linkedid.
  std::optional<call_id> owner_of(const channel_facts& c) const {
    if (auto known = state().routes.find(c.uid); known != state().routes.end()) {
      known->second.seen = true;
      if (!c.name.empty())
        known->second.channel = c.name;
      return known->second.call;
    }
    if (!c.linked.empty() && c.linked.value != c.uid.value && state().calls.count(c.linked) && !state().gone.count(c.uid)) {
      announce_leg(c.linked, c.uid, true, c.name);
      return c.linked;
    }
    return std::nullopt;
  }

  /// A caller who just came in through a trunk?
  bool is_new_caller(const channel_facts& c) const {
    auto rules = services_->rules();
    if (c.uid.value != c.linked.value || c.exten.empty() || c.exten == "s" || state().gone.count(c.uid))
      return false;
    return c.context == rules->trunk_context || c.context == rules->waiting_context || came_through_its_trunk(c);
  }

  bool came_through_its_trunk(const channel_facts& c) const {
    const auto book = services_->directory.read();
    const auto* trunk = book->trunk(trunk_id{endpoint_of(c.name)});
    return trunk && c.context == trunk->settings.inbound_context;
  }

  void begin_caller(const channel_facts& c) const {
    call_id id{c.linked.value};
    if (state().calls.count(id))
      return;
    // Two callers of one read are told apart: whoever came first is served first, whichever actor starts first.
    state().last_arrival = std::max(services_->now(), state().last_arrival + milliseconds{1});
    own(id, call_inbound{c, state().last_arrival});
    announce_leg(id, c.uid, true, c.name);
  }

  /// A caller whose beginning got lost on the way: the next thing heard of him begins his call.
  bool missed_caller(const channel_facts& c) const {
    if (state().routes.count(c.uid) || !is_new_caller(c))
      return false;
    services_->ear.healed(who(), "unseen_caller", c.name);
    begin_caller(c);
    return true;
  }

  using news_by_call = std::vector<std::pair<call_id, leg_news>>;

  static leg_news& news_of(news_by_call& all, const call_id& call) {
    // Few calls a batch: looking from the end is quick.
    for (auto it = all.rbegin(); it != all.rend(); ++it)
      if (it->first == call)
        return it->second;
    return all.emplace_back(call, leg_news{}).second;
  }

  void add(news_by_call& all, const channel_facts& c, leg_fact::news what, leg_fact fact = {}) const {
    auto call = owner_of(c);
    if (!call)
      return;
    fact.what = what;
    fact.channel = c;
    news_of(all, *call).facts.push_back(std::move(fact));
  }

  void hand_out(news_by_call& all) const {
    for (auto& [call, news] : all)
      if (auto found = state().calls.find(call); found != state().calls.end())
        self_->send(found->second.handle, std::move(news));
  }

  void digest(std::vector<telephony_event>& events) const {
    news_by_call news;
    for (auto& event : events)
      std::visit([&](auto& e) { take(news, e); }, event);
    hand_out(news);
  }

  void take(news_by_call& news, channel_opened& e) const {
    if (is_new_caller(e.channel) && !state().routes.count(e.channel.uid))
      return begin_caller(e.channel);
    if (state().gone.count(e.channel.uid) && !state().routes.count(e.channel.uid))
      return hang_up_orphan(e.channel);
    add(news, e.channel, leg_fact::news::seen);
  }
  void take(news_by_call& news, channel_state_changed& e) const {
    if (missed_caller(e.channel))
      return;
    add(news, e.channel, leg_fact::news::seen);
  }
  void take(news_by_call& news, channel_hung_up& e) const {
    missed_caller(e.channel); // he is on record, however short his call
    leg_fact fact;
    fact.cause = e.cause;
    add(news, e.channel, leg_fact::news::gone, fact);
    forget_leg(e.channel.uid);
  }
  void take(news_by_call& news, channel_held& e) const { add(news, e.channel, leg_fact::news::held); }
  void take(news_by_call& news, channel_unheld& e) const { add(news, e.channel, leg_fact::news::unheld); }
  void take(news_by_call& news, bridge_entered& e) const {
    leg_fact fact;
    fact.bridge = e.bridge;
    add(news, e.channel, leg_fact::news::bridged, fact);
  }
  void take(news_by_call& news, bridge_left& e) const { add(news, e.channel, leg_fact::news::unbridged); }
  void take(news_by_call& news, dial_started& e) const {
    if (!e.channel.uid.empty())
      add(news, e.dest, leg_fact::news::seen);
  }
  void take(news_by_call& news, dial_finished& e) const {
    leg_fact fact;
    fact.dial_status = e.status;
    add(news, e.dest, leg_fact::news::dial_status, fact);
  }
  void take(news_by_call& news, originate_finished& e) const {
    auto found = state().routes.find(e.uid);
    // A channel that exists ends with a Hangup that says more; one that never came to be has only this.
    if (e.success || found == state().routes.end() || found->second.seen)
      return;
    channel_facts c;
    c.uid = e.uid;
    leg_fact fact;
    fact.cause = 20;
    fact.what = leg_fact::news::gone;
    fact.channel = c;
    news_of(news, found->second.call).facts.push_back(fact);
    forget_leg(e.uid);
  }
  void take(news_by_call&, device_state_changed& e) const {
    if (e.device.compare(0, 6, "PJSIP/") != 0)
      return;
    phone_is(e.device.substr(6), ami::reachability_of(e), -1, true);
  }
  void take(news_by_call&, contact_status_changed& e) const {
    phone_is(e.aor, ami::reachability_of(e), e.round_trip_us, false);
  }

  /// A trunk's health comes from its contact (OPTIONS) and its device state, a phone's from its device state alone: that one also
  /// knows registrations, and is what a listing can repair.
  void phone_is(const std::string& endpoint, reachability is, std::int64_t round_trip_us, bool device) const {
    auto book = services_->directory.read();
    if (auto* trunk = book->trunk(trunk_id{endpoint})) {
      if (trunk->handle)
        self_->send(trunk->handle, trunk_seen{is, round_trip_us});
      return;
    }
    auto agent = book->by_extension.find(endpoint);
    if (agent == book->by_extension.end() || !device)
      return;
    if (auto* entry = book->agent(agent->second); entry && entry->handle)
      self_->send(entry->handle, phone_seen{is});
  }

  /// A leg that its call gave up before Asterisk made it.
  void hang_up_orphan(const channel_facts& c) const {
    services_->ear.healed(who(), "orphan_leg", c.name);
    submit(ami::hangup(c.name.empty() ? c.uid.value : c.name), [](ami::reply&) {});
  }

  // ------------------------------------------------------------ truth

  void went_up(const ami_up& m) const {
    auto& s = state();
    s.up = true;
    services_->ear.gauge("ami_up", server_.value, 1);
    const bool restarted = !s.boot.empty() && s.boot != m.boot;
    s.boot = m.boot;
    services_->ear.log(severity::info, who(), "connected to Asterisk " + m.version + ", started " + m.boot);
    services_->tell(system_alert{"info", "ami_up", "Connecté au serveur téléphonique " + server_.value + "."}, services_->now());
    if (restarted) {
      services_->ear.count("asterisk_restarts", server_.value);
      services_->ear.log(severity::warning, who(), "Asterisk was restarted: its calls are gone");
    }
    s.resyncing = true;
    s.auditing = false;
    s.waiting.clear();
    s.seen_in_listings.clear();
    s.listings = 0;
    if (restarted)
      s.gone.clear();
    list_channels();
    list_phones();
  }

  void went_down(const ami_down& m) const {
    auto& s = state();
    if (s.up) {
      services_->ear.count("ami_disconnects", server_.value);
      services_->tell(system_alert{"error", "ami_down", "Le serveur téléphonique " + server_.value + " est injoignable."}, services_->now());
    }
    s.up = false;
    s.resyncing = false;
    s.auditing = false;
    services_->ear.gauge("ami_up", server_.value, 0);
    services_->ear.log(severity::warning, who(), "connection lost: " + m.why);
  }

  void list_channels() const {
    if (!state().up || state().auditing)
      return;
    state().auditing = true;
    const auto started = services_->now();
    auto me = *this;
    submit(ami::core_show_channels(), [me, started](ami::reply& r) {
      me.state().auditing = false;
      if (r.status == ami::reply_status::ok || r.status == ami::reply_status::incomplete)
        return me.compare(ami::channels_of(r), started);
      // Down: went_up starts again. Timed out: once more, soon.
      if (me.state().up && me.state().resyncing)
        me.list_channels();
    });
  }

  void list_phones() const {
    auto me = *this;
    submit(ami::device_state_list(), [me](ami::reply& r) {
      if (auto devices = ami::devices_of(r)) {
        news_by_call none;
        for (auto& d : *devices)
          me.take(none, d);
      }
    });
  }

  void compare(channel_listing listing, timestamp started) const {
    auto& s = state();
    if (s.resyncing || !s.to_recover.empty()) {
      ++s.listings;
      for (auto& c : listing.channels)
        s.seen_in_listings[c.channel.uid] = c;
      if (!listing.complete && s.listings < listings_that_count)
        return list_channels();
      if (!listing.complete) {
        listing.channels.clear();
        for (auto& [uid, c] : s.seen_in_listings)
          listing.channels.push_back(c);
        listing.complete = true;
      }
      s.seen_in_listings.clear();
      s.listings = 0;
      recover_calls(listing.channels);
    }
    std::unordered_set<channel_id> present;
    news_by_call news;
    for (const auto& c : listing.channels) {
      present.insert(c.channel.uid);
      if (auto left = s.gone.find(c.channel.uid); left != s.gone.end()) {
        // Its call was over long before this listing was asked for.
        if (left->second + leg_grace < started && !s.routes.count(c.channel.uid))
          hang_up_orphan(c.channel);
        continue;
      }
      if (!s.routes.count(c.channel.uid) && is_new_caller(c.channel)) {
        // Somebody talks to him, though we don't know who: he must not be pulled out of that.
        if (!c.bridge.empty())
          continue;
        if (!s.resyncing)
          services_->ear.healed(who(), "unseen_caller", c.channel.name);
        begin_caller(c.channel);
        continue;
      }
      add(news, c.channel, leg_fact::news::seen);
      if (!c.bridge.empty()) {
        leg_fact fact;
        fact.bridge = c.bridge;
        add(news, c.channel, leg_fact::news::bridged, fact);
      }
    }
    for (auto& [call, n] : news)
      n.audit = true;
    hand_out(news);
    look_for_missing(present, started);
    if (s.resyncing) {
      s.resyncing = false;
      auto waiting = std::move(s.waiting);
      s.waiting.clear();
      digest(waiting);
    } else if (!listing.complete) {
      self_->delayed_send(self_, milliseconds{300}, audit_now{});
    }
    services_->ear.count("audits", listing.complete ? "complete" : "incomplete");
  }

  /// Legs that the listing doesn't show: asked for one by one, since an answer can't be lost unnoticed as an event can.
  void look_for_missing(const std::unordered_set<channel_id>& present, timestamp started) const {
    std::vector<channel_id> missing;
    for (auto& [uid, r] : state().routes) {
      const auto grace = r.seen ? milliseconds{0} : milliseconds{leg_grace};
      if (present.count(uid) == 0 && !r.checking && r.since + grace < started)
        missing.push_back(uid);
    }
    auto me = *this;
    for (const auto& uid : missing) {
      auto& r = state().routes[uid];
      r.checking = true;
      submit(ami::getvar(r.channel.empty() ? uid.value : r.channel, "CHANNEL(linkedid)"), [me, uid](ami::reply& answer) {
        auto found = me.state().routes.find(uid);
        if (found == me.state().routes.end())
          return;
        found->second.checking = false;
        if (answer.status != ami::reply_status::refused)
          return;
        me.services_->ear.healed(me.who(), "ghost_leg", uid.value + " of call " + found->second.call.value);
        news_by_call news;
        leg_fact fact;
        fact.what = leg_fact::news::gone;
        fact.unseen = true;
        fact.channel.uid = uid;
        auto& n = news_of(news, found->second.call);
        n.facts.push_back(fact);
        me.forget_leg(uid);
        me.hand_out(news);
      });
    }
  }

  void recover_calls(const std::vector<listed_channel>& living) const {
    auto memories = std::move(state().to_recover);
    state().to_recover.clear();
    for (auto& memory : memories) {
      auto id = memory.now.id;
      if (state().calls.count(id))
        continue;
      std::vector<listed_channel> legs;
      for (const auto& c : living)
        if (c.channel.linked == id || std::any_of(memory.legs.begin(), memory.legs.end(), [&](auto& l) { return l.uid == c.channel.uid; }))
          legs.push_back(c);
      services_->ear.log(severity::info, who(),
                         "call " + id.value + " recovered with " + std::to_string(legs.size()) + " living legs");
      services_->ear.count("calls_recovered", legs.empty() ? "ended" : "living");
      own(id, call_recovered{memory, legs});
      for (const auto& leg : memory.legs)
        state().gone[leg.uid] = services_->now();
      for (const auto& leg : legs)
        state().gone.erase(leg.channel.uid);
      for (const auto& leg : legs)
        announce_leg(id, leg.channel.uid, true, leg.channel.name);
    }
  }

  void audit() const {
    auto& s = state();
    const auto now = services_->now();
    for (auto it = s.gone.begin(); it != s.gone.end();)
      it = it->second + forget_gone_after < now ? s.gone.erase(it) : std::next(it);
    if (s.up && !s.resyncing) {
      list_channels();
      if (++s.audits % 5 == 0)
        list_phones();
    }
    if (s.link) {
      auto stats = s.link->stats();
      services_->ear.gauge("ami_events", server_.value, static_cast<double>(stats.events));
      services_->ear.gauge("ami_reconnects", server_.value, static_cast<double>(stats.reconnects));
      services_->ear.gauge("ami_malformed_frames", server_.value, static_cast<double>(stats.malformed));
      services_->ear.gauge("ami_pending_actions", server_.value, static_cast<double>(stats.pending));
    }
    services_->ear.gauge("live_calls", server_.value, static_cast<double>(s.calls.size()));
    self_->delayed_send(self_, services_->rules()->audit_interval, tick{});
  }

private:
  self_ptr self_;
  services_ptr services_;
  server_id server_;
};

} // namespace

ami_actor::behavior_type make_ami(ami_actor::stateful_pointer<ami_actor_state> self, services_ptr services, server_id server,
                                  link_factory connect, std::vector<call_memory> open_calls) {
  switchboard board{self, services, server};
  self->state.to_recover = std::move(open_calls);
  self->state.listener = std::make_unique<listener>(ami_actor{self});
  self->state.link = connect(*self->state.listener);
  self->set_down_handler([board](caf::down_msg& down) { board.ended(down); });
  self->state.link->start();
  self->attach_functor([services, server, me = self->address()] {
    if (auto next = services->ami(server); next && next.address() != me)
      return; // they are his already
    for (auto name : {"ami_up", "ami_events", "ami_reconnects", "ami_malformed_frames", "ami_pending_actions", "live_calls"})
      services->ear.drop_gauge(name, server.value);
  });
  self->delayed_send(self, services->rules()->audit_interval, tick{});

  return {
    [=](dial_out& m) -> caf::result<dial_answer> {
      call_id id{services->new_id()};
      if (!self->state.up)
        return dial_answer{outcome::refused({errc::telephony_unavailable, {}, {}}), {}};
      board.own(id, call_outbound{id});
      return self->delegate(self->state.calls[id].handle, std::move(m));
    },
    [=](originate_bridge& m) {
      board.announce_leg(m.call, m.leg, false, {});
      return board.ask(ami::originate_to_bridge({m.dial, m.leg, m.caller_name, m.caller_number, m.timeout, {}}, m.bridge_with));
    },
    [=](originate_dial& m) {
      board.announce_leg(m.call, channel_id{m.call.value}, false, {});
      return board.ask(ami::originate_to_context({m.dial,
                                                  channel_id{m.call.value},
                                                  {},
                                                  m.number,
                                                  m.agent_timeout,
                                                  {{"EVS_TRUNK", m.trunk.value},
                                                   {"EVS_CLI", m.caller_id},
                                                   {"EVS_RING", std::to_string(m.ring.count())}}},
                                                 services->rules()->outbound_context, m.number));
    },
    [=](hang_up_leg& m) { return board.ask(ami::hangup(m.name.empty() ? m.leg.value : m.name, m.cause)); },
    [=](ami_up& m) { board.went_up(m); },
    [=](ami_down& m) { board.went_down(m); },
    [=](ami_events& m) {
      const auto now = services->now();
      services->ear.observe("ami_lag", std::chrono::duration<double>(now - m.received).count());
      if (self->state.resyncing)
        std::move(m.events.begin(), m.events.end(), std::back_inserter(self->state.waiting));
      else
        board.digest(m.events);
    },
    [=](ami_reply& m) {
      board.replied(m);
    },
    [=](tick&) { board.audit(); },
    [=](audit_now&) { board.list_channels(); },
  };
}

} // namespace evs
