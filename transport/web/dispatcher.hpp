#pragma once
// From a request to its answer: route, origin, identity, role, brakes; then the route's own code.

#include "transport/web/idempotency.hpp"
#include "transport/web/router.hpp"
#include "transport/web/services.hpp"
#include "transport/web/static_files.hpp"

#include <memory>

namespace evs::web {

class dispatcher {
public:
  dispatcher(std::shared_ptr<services> shared, std::vector<route> routes);

  /// Calls `answer` once, now or later, from any thread.
  void handle(request what, respond answer);

  const std::vector<route>& routes() const noexcept { return router_.routes(); }

private:
  void handle_api(request& what, respond& answer, const server_settings& settings);
  /// Empty: go on.
  std::optional<response> refused(request& what, const access& who, const server_settings& settings);

  /// The earlier answer to the same Idempotency-Key; else notes that this one is under way.
  std::optional<response> once_only(const request& what, respond& answer);

  std::shared_ptr<services> services_;
  std::shared_ptr<idempotency> once_ = std::make_shared<idempotency>();
  router router_;
  static_files files_;
};

/// Every route of the program.
std::vector<route> all_routes(const std::shared_ptr<services>& shared);

} // namespace evs::web
