#pragma once
// A node without threads: real actors on a test scheduler, a fake clock, a scripted Asterisk, a database in memory.

#include "actors/node_services.hpp"
#include "tests/actors/memory_store.hpp"
#include "tests/actors/recording_ear.hpp"
#include "tests/actors/scripted_asterisk.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <memory>
#include <string>
#include <vector>

namespace evs::test {

/// An answer that may come later.
template <class T>
struct answer {
  std::optional<T> value;
  std::string error;
  const T& get() const {
    if (!value)
      throw std::runtime_error("no answer: " + error);
    return *value;
  }
};

class house {
public:
  /// Starts store and directory; the rest is started by what a test asks for.
  house();
  ~house();
  house(const house&) = delete;
  house& operator=(const house&) = delete;

  /// Sites Paris and Lyon, a trunk each, agents 1001 and 1003 in Paris and 1002 in Lyon, queue-accueil (all) and queue-support (1001),
  /// campaign-demo, supervisors.
  static directory_data demo();

  /// Handles everything that waits; no time passes.
  void run();
  /// Time passes, timers ring in order.
  void pass(milliseconds time);
  timestamp now() const { return now_; }

  void load(directory_data data);
  void start_ami(std::vector<call_memory> open_calls = {}, const std::string& server = "central");
  /// As its supervisor does after a crash: a new actor gets the calls of the old one.
  void restart_ami();
  /// Agents whose phones are registered say that they are available, one a second, in this order.
  void available(std::initializer_list<const char*> login_ids);

  template <class Answer, class Handle, class Message>
  std::shared_ptr<answer<Answer>> ask_later(const Handle& whom, Message message) {
    auto out = std::make_shared<answer<Answer>>();
    auto me = system.spawn([=](caf::event_based_actor* self) {
      self->request(whom, caf::infinite, message)
        .then([=](Answer& a) { out->value = std::move(a); },
              [=](caf::error& e) { out->error = self->system().render(e); });
    });
    askers_.push_back(caf::actor_cast<caf::actor_addr>(me));
    return out;
  }
  /// The answer after everything that waits was handled.
  template <class Answer, class Handle, class Message>
  Answer ask(const Handle& whom, Message message) {
    auto out = ask_later<Answer>(whom, std::move(message));
    run();
    return out->get();
  }
  template <class Handle, class Message>
  void send(const Handle& whom, Message message) {
    caf::anon_send(whom, std::move(message));
    run();
  }
  /// Ends it as a fault of its own would.
  template <class Handle>
  void crash(const Handle& whom) {
    caf::anon_send_exit(whom, caf::exit_reason::unhandled_exception);
    run();
  }

  agent_actor agent(const std::string& login_id) const {
    const auto book = services->directory.read();
    return book->agent(agent_id{"user-" + login_id})->handle;
  }
  queue_actor queue(const std::string& id) const {
    const auto book = services->directory.read();
    return book->queue(queue_id{id})->handle;
  }
  trunk_actor trunk(const std::string& id) const {
    const auto book = services->directory.read();
    return book->trunk(trunk_id{id})->handle;
  }
  campaign_actor campaign(const std::string& id) const {
    const auto book = services->directory.read();
    return book->campaign(campaign_id{id})->handle;
  }

  /// As last announced.
  agent_snapshot shown(const std::string& login_id) const;
  queue_snapshot queue_shown(const std::string& id) const;
  trunk_snapshot trunk_shown(const std::string& id) const;
  campaign_snapshot campaign_shown(const std::string& id) const;
  /// The one call that lives.
  call_snapshot the_call() const;
  std::optional<call_actor> call(const std::string& id) const;

  outcome wants(const std::string& login_id, agent_state state, const std::string& reason = {});
  std::shared_ptr<answer<dial_answer>> dials(const std::string& login_id, const std::string& number, const std::string& campaign = {});

  template <class Event>
  std::vector<Event> told() const {
    std::vector<Event> found;
    for (const auto& e : *heard)
      if (auto* x = std::get_if<Event>(&e))
        found.push_back(*x);
    return found;
  }
  /// Types of what was announced of this call, e.g. "new queued ringing connected end".
  std::string call_story(const std::string& id) const;

  void change_rules(const std::function<void(policies&)>& how);

  recording_ear ear;
  services_ptr services;
  scripted_asterisk asterisk;
  std::shared_ptr<memory_rows> rows = std::make_shared<memory_rows>();
  /// What was announced to the outside.
  std::shared_ptr<std::vector<live_event>> heard = std::make_shared<std::vector<live_event>>();

private:
  timestamp now_{seconds{1'800'000'000}};
  unsigned ids_ = 0;

public:
  caf::actor_system_config config;
  caf::actor_system system;
  store_actor store;
  broadcast_actor ears;
  directory_actor directory;
  ami_actor ami;
  caf::scheduler::test_coordinator& scheduler;

private:
  std::vector<caf::actor_addr> askers_;
};

} // namespace evs::test
