#pragma once
// The routes of the data (domain/requests), and what they share. Each area has its own file *_routes.cpp.

#include "domain/requests/requests.hpp"
#include "transport/web/answers.hpp"
#include "transport/web/json_value.hpp"
#include "transport/web/router.hpp"
#include "transport/web/services.hpp"

#include <memory>
#include <vector>

namespace evs::web {

/// Every resource of the catalogue: lists, one, create, change, delete; users in bulk; own password.
std::vector<route> resource_routes(const std::shared_ptr<services>& shared);
std::vector<route> contact_routes(const std::shared_ptr<services>& shared);
std::vector<route> import_routes(const std::shared_ptr<services>& shared);
std::vector<route> media_routes(const std::shared_ptr<services>& shared);
std::vector<route> planning_routes(const std::shared_ptr<services>& shared);
std::vector<route> report_routes(const std::shared_ptr<services>& shared);
/// Settings, backups, logs, database access, audit.
std::vector<route> administration_routes(const std::shared_ptr<services>& shared);

/// Who asks, as the data's side wants to know it.
requester asked_by(const request& what);

/// Asks, and passes the answer on: status, JSON, ETag, or a file.
void perform(const std::shared_ptr<services>& shared, const request& what, data_request question, const respond& answer);

/// ?limit=&cursor=&sort=&q= and those of `filters`; what is wrong with them goes to `problem`.
list_query read_list_query(const request& what, std::span<const std::string_view> filters, failure& problem);

} // namespace evs::web
