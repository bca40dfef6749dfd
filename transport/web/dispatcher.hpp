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

  /// What is decided before a request's body is read: whether it may be, and how.
  struct ruling {
    /// Not empty: the answer, whatever the body.
    std::optional<response> no;
    /// Null: a file of the dashboard.
    const route* found = nullptr;
    std::size_t max_body = 0;
    bool spool = false;
    milliseconds patience{0};
  };

  /// Route, origin, identity, role, brakes. Fills in what the route needs to know about the request.
  ruling rule(request& what);
  /// For a request that was let through and has its body. Calls `answer` once, now or later, from any thread.
  void serve(const request& what, const ruling& let_through, respond answer);
  /// Both.
  void handle(request what, respond answer);

  const std::vector<route>& routes() const noexcept { return router_.routes(); }

private:
  std::optional<response> ruled_out(request& what, ruling& out, const server_settings& settings);
  /// Empty: go on.
  std::optional<response> refused(request& what, const access& who, const server_settings& settings);

  /// An answer that also tells the audit log of a 401 or 403.
  respond noting_refusals(const request& what, respond answer) const;

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
