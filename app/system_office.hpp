#pragma once
// What administrators ask of the system beyond rows of the database: backups, mails, tests of connections, figures of this machine.

#include "actors/node_services.hpp"
#include "app/audit_trail.hpp"
#include "app/operators_ear.hpp"
#include "app/worker.hpp"
#include "config/config.hpp"
#include "persistence/backups.hpp"
#include "persistence/desk.hpp"
#include "transport/web/backend.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace evs {

/// Thread-safe. perform() returns at once; slow jobs run on two threads of their own: one for what takes seconds, one for backups.
class system_office {
public:
  struct means {
    operators_ear& ear;
    services_ptr services;
    audit_trail& trail;
    persistence::desk_settings desk;
    config::settings settings;
    /// What is to be done when another database content is in force: load it again, end these sign-ins.
    std::function<void(const std::vector<std::string>& families)> restored;
  };

  explicit system_office(means with);
  ~system_office();

  /// Whether such a question is answered here, and not by the database's desk.
  static bool takes(const data_request& what) noexcept;
  void perform(requester who, system_request what, web::callback<data_answer> done);

  /// Why such a connection is not saved: a password that is in force is only ever sent to the server that it belongs to.
  std::optional<failure> objection(const save_connection& what) const;

  /// The keys of application-data that this node fills; cut to the caller's role. Never a secret.
  std::vector<std::pair<std::string, std::string>> application_data(const viewer& who) const;

  /// Asterisk servers in force.
  void set_asterisk(std::vector<config::asterisk_settings> all);

  /// Begins to look at the backup schedule; call it when the database is there.
  void start_schedule();
  /// Waits for the job in hand (a backup is broken off by its end).
  void stop();

private:
  struct service {
    std::string id, name, host;
    std::uint16_t port = 0;
    std::string target() const { return host + ':' + std::to_string(port); }
  };

  std::vector<service> known_services() const;
  config::asterisk_settings first_asterisk() const;
  void note(const requester& who, const system_request& what, const std::string& outcome);
  void alert(const std::string& level, const std::string& code, const std::string& message);

  void quick(const requester& who, const system_request& what, web::callback<data_answer> done,
             std::function<result<data_answer>()> job);
  void slow(const requester& who, const system_request& what, web::callback<data_answer> done, std::string meanwhile,
            std::function<result<data_answer>()> job);

  result<data_answer> stats() const;
  result<data_answer> logs(const read_logs& what) const;
  result<data_answer> mail(const requester& who, const test_email& what);
  result<data_answer> database(const test_database& what);
  result<data_answer> asterisk(const test_ami& what);
  result<data_answer> reach(const ping_service& what);
  result<data_answer> back_up(const std::string& origin);
  result<data_answer> restore(const std::string& file);
  result<data_answer> remove(const std::string& file);
  void watch_schedule();

  means with_;
  mutable std::mutex mutex_;
  std::vector<config::asterisk_settings> asterisk_;
  std::string database_version_;
  std::unique_ptr<persistence::backups> backups_;
  worker quick_{64};
  worker slow_{8};
  /// Answers for slow jobs that go on.
  worker patient_{8};
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread scheduler_;
};

} // namespace evs
