#pragma once
// The administrators' side of a node: who did what, what they ask of the system, and what they decided that the node itself goes by.

#include "app/audit_trail.hpp"
#include "app/operators_ear.hpp"
#include "app/saved_connection.hpp"
#include "app/system_office.hpp"
#include "transport/web/services.hpp"

#include <functional>
#include <string>
#include <vector>

namespace evs {

/// Thread-safe. Outlives the web door; nothing here starts a connection before prepare_database().
class administration {
public:
  using families = std::vector<std::string>;

  /// `restored`: another database content is in force, and these sign-ins have ended.
  administration(operators_ear& ear, services_ptr services, const config::settings& settings, std::function<void(const families&)> restored);

  /// Before the first connection to Asterisk: secrets are sealed, the reading role is made, the saved connection is read. Throws
  /// store_unavailable.
  void prepare_database();

  /// What the database's desk needs to know.
  const persistence::desk_settings& desk() const noexcept { return desk_; }
  system_office& office() noexcept { return office_; }
  saved_connection& connection() noexcept { return connection_; }

  /// For the web door: somebody was turned away.
  void refused(const web::refused_attempt& what);

private:
  void seal_and_open_reading();

  operators_ear& ear_;
  audit_trail trail_;
  persistence::desk_settings desk_;
  saved_connection connection_;
  system_office office_;
};

} // namespace evs
