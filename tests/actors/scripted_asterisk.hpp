#pragma once
// An Asterisk as its manager link shows it: takes actions, knows which channels live, tells events; each of that on the test's word.

#include "transport/ami/link.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace evs::test {

class scripted_asterisk {
public:
  /// One action as the server sent it.
  struct sent {
    std::string name;
    ami::action what;
    std::function<void(ami::reply)> done;
    std::string get(const std::string& header) const;
  };

  /// The link to it; `this` must outlive the link.
  std::unique_ptr<ami::link> connect(ami::link_listener& listener);

  void up(const std::string& boot = "2026-11-22 08:00:00");
  /// The connection is lost; what waits is answered `disconnected`, events are lost until it is up again.
  void down();
  /// All channels end with it.
  void restart();

  /// Actions of this name stay without an answer until they are answered by hand.
  void keep_waiting(const std::string& action) { held_[action] = true; }
  void answer_again(const std::string& action);
  /// Originates are refused.
  bool refuses = false;
  /// Events do not arrive.
  bool deaf = false;
  /// Listings that leave channels out, and say so.
  int incomplete_listings = 0;

  // What happens to channels; each tells its event, as Asterisk does.
  void caller(const std::string& uid, const std::string& did, const std::string& number = "+33612345678",
              const std::string& trunk = "trunk-paris", const std::string& context = "evs-from-trunk");
  /// The leg that was asked for last, or `uid`, appears and rings.
  void rings(const std::string& uid = {});
  void answers(const std::string& uid = {});
  /// answers() and both are in one bridge.
  void talks(const std::string& uid = {});
  void customer(const std::string& uid, const std::string& call, channel_state state);
  void state(const std::string& uid, channel_state state);
  void bridge(const std::string& a, const std::string& b);
  void hold(const std::string& uid, bool on);
  void leaves(const std::string& uid);
  void dial_status(const std::string& call, const std::string& customer, const std::string& status);
  void gone(const std::string& uid, int cause);
  void originate_failed(const std::string& uid = {});
  void device(const std::string& endpoint, const std::string& state);
  void tell(telephony_event event);
  /// The events of `what` come in one piece.
  void in_one_piece(const std::function<void()>& what);

  /// Channels ended by Hangup actions end at once (the default), or when the test says so.
  bool obeys = true;

  std::string last_leg() const { return legs_.empty() ? std::string{} : legs_.back(); }
  std::vector<sent> named(const std::string& action) const;
  bool lives(const std::string& uid) const { return channels.count(channel_id{uid}) != 0; }

  std::map<channel_id, listed_channel> channels;
  std::map<std::string, std::string> devices;
  std::vector<sent> actions;
  bool is_up = false;
  bool stopped = false;
  /// What a link is told when it starts.
  bool up_at_start = true;

private:
  class wire;
  void submit(ami::action what, std::function<void(ami::reply)> done);
  void answer(sent& one);
  ami::reply listing();
  ami::reply device_listing() const;
  channel_facts& facts(const std::string& uid) { return channels[channel_id{uid}].channel; }
  const listed_channel* find(const std::string& name_or_uid) const;

  ami::link_listener* listener_ = nullptr;
  std::map<std::string, bool> held_;
  std::vector<sent> waiting_;
  std::vector<std::string> legs_;
  std::map<std::string, std::string> leg_dials_, leg_peers_;
  std::vector<telephony_event> piece_;
  bool collecting_ = false;
  unsigned next_ = 0;
};

} // namespace evs::test
