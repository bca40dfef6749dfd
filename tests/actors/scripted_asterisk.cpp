#include "tests/actors/scripted_asterisk.hpp"

#include <cstdio>
#include <utility>

namespace evs::test {

class scripted_asterisk::wire : public ami::link {
public:
  explicit wire(scripted_asterisk& other_end) : other_end_(other_end) {}
  ~wire() override { stop(); }
  void start() override {
    if (other_end_.up_at_start)
      other_end_.up();
  }
  void submit(ami::action what, milliseconds, std::function<void(ami::reply)> done) override {
    other_end_.submit(std::move(what), std::move(done));
  }
  void stop() override {
    if (std::exchange(stopped_, true))
      return;
    other_end_.listener_ = nullptr;
    other_end_.waiting_.clear();
    for (auto& a : other_end_.actions)
      a.done = nullptr;
    other_end_.is_up = false;
    other_end_.stopped = true;
  }
  ami::link_stats stats() const override { return {}; }

private:
  scripted_asterisk& other_end_;
  bool stopped_ = false;
};

namespace {

std::string number_of(channel_state s) {
  switch (s) {
    case channel_state::down: return "0";
    case channel_state::dialing: return "4";
    case channel_state::ringing: return "5";
    case channel_state::up: return "6";
  }
  return "0";
}

} // namespace

std::string scripted_asterisk::sent::get(const std::string& header) const {
  for (const auto& [key, value] : what.headers)
    if (key == header)
      return value;
  return {};
}

std::unique_ptr<ami::link> scripted_asterisk::connect(ami::link_listener& listener) {
  listener_ = &listener;
  stopped = false;
  return std::make_unique<wire>(*this);
}

void scripted_asterisk::up(const std::string& boot) {
  is_up = true;
  if (listener_)
    listener_->on_up("22.10.0", boot);
}

void scripted_asterisk::down() {
  is_up = false;
  auto waiting = std::move(waiting_);
  waiting_.clear();
  for (auto& one : waiting)
    one.done(ami::reply{});
  if (listener_)
    listener_->on_down("connection reset");
}

void scripted_asterisk::restart() {
  down();
  channels.clear();
  up("2026-11-22 09:00:00");
}

void scripted_asterisk::submit(ami::action what, std::function<void(ami::reply)> done) {
  sent one{what.name, std::move(what), std::move(done)};
  actions.push_back(one);
  actions.back().done = nullptr;
  if (!is_up)
    return one.done(ami::reply{});
  if (one.name == "Originate" && !refuses) {
    legs_.push_back(one.get("ChannelId"));
    leg_dials_[legs_.back()] = one.get("Channel");
    auto data = one.get("Data");
    leg_peers_[legs_.back()] = data.substr(0, data.find(','));
  }
  if (held_[one.name])
    return waiting_.push_back(std::move(one));
  answer(one);
}

void scripted_asterisk::answer_again(const std::string& action) {
  held_[action] = false;
  auto waiting = std::move(waiting_);
  waiting_.clear();
  for (auto& one : waiting)
    if (one.name == action)
      answer(one);
    else
      waiting_.push_back(std::move(one));
}

void scripted_asterisk::answer(sent& one) {
  ami::reply reply;
  reply.status = ami::reply_status::ok;
  if (one.name == "CoreShowChannels")
    return one.done(listing());
  if (one.name == "DeviceStateList")
    return one.done(device_listing());
  if (one.name == "Originate" && refuses)
    reply.status = ami::reply_status::refused;
  if (one.name == "Getvar" || one.name == "Hangup") {
    const auto* channel = find(one.get("Channel"));
    if (!channel)
      reply.status = ami::reply_status::refused;
    reply.message = channel ? "" : "No such channel";
    if (channel && one.name == "Hangup" && obeys) {
      const auto uid = channel->channel.uid.value;
      const auto cause = one.get("Cause");
      one.done(reply);
      return gone(uid, cause.empty() ? 16 : std::stoi(cause));
    }
  }
  one.done(reply);
}

const listed_channel* scripted_asterisk::find(const std::string& name_or_uid) const {
  for (const auto& [uid, c] : channels)
    if (uid.value == name_or_uid || c.channel.name == name_or_uid)
      return &c;
  return nullptr;
}

ami::reply scripted_asterisk::listing() {
  ami::reply reply;
  reply.status = incomplete_listings > 0 ? ami::reply_status::incomplete : ami::reply_status::ok;
  std::size_t n = 0;
  for (const auto& [uid, c] : channels) {
    // One listing leaves the odd ones out, the next the even ones.
    if (incomplete_listings > 0 && n++ % 2 == static_cast<std::size_t>(incomplete_listings % 2))
      continue;
    ami::frame f;
    f.fields = {{"Event", "CoreShowChannel"},
                {"Channel", c.channel.name},
                {"ChannelState", number_of(c.channel.state)},
                {"CallerIDNum", c.channel.caller_number},
                {"Context", c.channel.context},
                {"Exten", c.channel.exten},
                {"Uniqueid", uid.value},
                {"Linkedid", c.channel.linked.value},
                {"BridgeId", c.bridge.value},
                {"Duration", "00:00:01"}};
    reply.items.push_back(std::move(f));
  }
  if (incomplete_listings > 0)
    --incomplete_listings;
  return reply;
}

ami::reply scripted_asterisk::device_listing() const {
  ami::reply reply;
  reply.status = ami::reply_status::ok;
  for (const auto& [name, state] : devices) {
    ami::frame f;
    f.fields = {{"Event", "DeviceStateChange"}, {"Device", "PJSIP/" + name}, {"State", state}};
    reply.items.push_back(std::move(f));
  }
  return reply;
}

void scripted_asterisk::tell(telephony_event event) {
  if (deaf || !is_up || !listener_)
    return;
  if (collecting_)
    return piece_.push_back(std::move(event));
  std::vector<telephony_event> one;
  one.push_back(std::move(event));
  listener_->on_events(std::move(one), {});
}

void scripted_asterisk::in_one_piece(const std::function<void()>& what) {
  collecting_ = true;
  what();
  collecting_ = false;
  if (listener_ && !piece_.empty())
    listener_->on_events(std::exchange(piece_, {}), {});
}

void scripted_asterisk::caller(const std::string& uid, const std::string& did, const std::string& number, const std::string& trunk,
                               const std::string& context) {
  channel_facts c;
  c.uid.value = uid;
  c.linked.value = uid;
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "%08x", ++next_);
  c.name = "PJSIP/" + trunk + "-" + suffix;
  c.state = channel_state::dialing;
  c.caller_number = number;
  c.context = context;
  c.exten = did;
  channels[c.uid].channel = c;
  tell(channel_opened{c});
  state(uid, channel_state::up);
}

void scripted_asterisk::rings(const std::string& which) {
  const auto uid = which.empty() ? last_leg() : which;
  channel_facts c;
  c.uid.value = uid;
  c.linked.value = uid;
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "%08x", ++next_);
  auto dial = leg_dials_[uid];
  c.name = "PJSIP/" + (dial.find('@') == std::string::npos ? dial.substr(6) : dial.substr(dial.find('@') + 1)) + "-" + suffix;
  c.context = "evs-agents";
  c.exten = "s";
  channels[c.uid].channel = c;
  tell(channel_opened{c});
  state(uid, channel_state::ringing);
}

void scripted_asterisk::answers(const std::string& which) {
  const auto uid = which.empty() ? last_leg() : which;
  if (!lives(uid))
    rings(uid);
  state(uid, channel_state::up);
}

void scripted_asterisk::talks(const std::string& which) {
  const auto uid = which.empty() ? last_leg() : which;
  answers(uid);
  if (const auto* peer = find(leg_peers_[uid]))
    bridge(peer->channel.uid.value, uid);
}

void scripted_asterisk::customer(const std::string& uid, const std::string& call, channel_state s) {
  const auto known = channels.count(channel_id{uid}) != 0;
  auto& c = facts(uid);
  c.uid.value = uid;
  c.linked.value = call;
  c.name = "PJSIP/trunk-paris-" + uid;
  c.context = "evs-from-trunk";
  c.exten = "s";
  if (!known)
    tell(channel_opened{c});
  state(uid, s);
}

void scripted_asterisk::state(const std::string& uid, channel_state s) {
  facts(uid).state = s;
  tell(channel_state_changed{facts(uid)});
}

void scripted_asterisk::bridge(const std::string& a, const std::string& b) {
  const bridge_id id{"bridge-" + a};
  facts(b).linked = facts(a).linked;
  for (const auto& uid : {a, b}) {
    channels[channel_id{uid}].bridge = id;
    tell(bridge_entered{facts(uid), id});
  }
}

void scripted_asterisk::hold(const std::string& uid, bool on) {
  if (on)
    tell(channel_held{facts(uid)});
  else
    tell(channel_unheld{facts(uid)});
}

void scripted_asterisk::leaves(const std::string& uid) {
  auto& c = channels[channel_id{uid}];
  tell(bridge_left{c.channel, std::exchange(c.bridge, {})});
}

void scripted_asterisk::dial_status(const std::string& call, const std::string& customer, const std::string& status) {
  tell(dial_finished{facts(call), facts(customer), status});
}

void scripted_asterisk::gone(const std::string& uid, int cause) {
  auto found = channels.find(channel_id{uid});
  if (found == channels.end())
    return;
  auto c = found->second.channel;
  channels.erase(found);
  tell(channel_hung_up{c, cause, {}});
}

void scripted_asterisk::originate_failed(const std::string& which) {
  tell(originate_finished{channel_id{which.empty() ? last_leg() : which}, {}, false, 0});
}

void scripted_asterisk::device(const std::string& endpoint, const std::string& s) {
  devices[endpoint] = s;
  tell(device_state_changed{"PJSIP/" + endpoint, s});
}

std::vector<scripted_asterisk::sent> scripted_asterisk::named(const std::string& action) const {
  std::vector<sent> found;
  for (const auto& a : actions)
    if (a.name == action)
      found.push_back(a);
  return found;
}

} // namespace evs::test
