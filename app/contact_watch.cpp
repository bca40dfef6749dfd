#include "app/contact_watch.hpp"

#include <utility>

namespace evs {

namespace {

constexpr milliseconds period{1000};

} // namespace

contact_watch::contact_watch(services_ptr services, persistence::desk_settings settings)
    : services_(std::move(services)), settings_(std::move(settings)) {}

contact_watch::~contact_watch() { stop(); }

void contact_watch::start() {
  thread_ = std::thread([this] { work(); });
}

void contact_watch::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

bool contact_watch::pause(milliseconds time) {
  std::unique_lock lock{mutex_};
  return wake_.wait_for(lock, time, [&] { return stopping_; });
}

void contact_watch::work() {
  auto desk = persistence::make_postgres_desk(settings_);
  bool told = false;
  while (!pause(period)) {
    sweep_contacts look;
    for (const auto& agent : services_->states.all())
      if (agent.state != agent_state::offline)
        look.present.push_back(agent.id);
    try {
      const auto said = desk->perform(requester{}, contact_request{std::move(look)});
      if (!said && !std::exchange(told, true))
        services_->ear.log(severity::error, "contacts", "the periodic look was refused: " + said.error().text());
      if (said)
        told = false;
    } catch (const std::exception& e) {
      if (!std::exchange(told, true))
        services_->ear.log(severity::warning, "contacts", std::string{"the periodic look has to wait: "} + e.what());
    }
  }
}

} // namespace evs
