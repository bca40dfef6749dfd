#include "persistence/log/ring.hpp"

namespace evs::persistence {

namespace {

class local_log : public event_log {
public:
  local_log(const log_settings& settings, log_listener& listener) : delivery_(listener), ring_(delivery_, settings.keep) {}

  void start() override {
    std::lock_guard hold{lock_};
    ring_.begin("started");
    running_ = true;
    delivery_.start();
  }

  void append(std::vector<log_entry> entries) override {
    std::lock_guard hold{lock_};
    if (running_ && !entries.empty())
      ring_.append(std::move(entries));
  }

  void stop() override {
    {
      std::lock_guard hold{lock_};
      running_ = false;
    }
    delivery_.stop();
  }

  bool shared() const override { return false; }

private:
  std::mutex lock_;
  bool running_ = false;
  delivery delivery_;
  ring ring_;
};

} // namespace

std::unique_ptr<event_log> make_local_log(log_settings settings, log_listener& listener) {
  return std::make_unique<local_log>(settings, listener);
}

} // namespace evs::persistence
