#pragma once
// What people ask of the data over REST: one plain struct a question. The web door makes them out of HTTP, persistence answers
// them, and neither knows the other. Each area has its own header; this one ties them together.

#include "domain/requests/contact_requests.hpp"
#include "domain/requests/import_requests.hpp"
#include "domain/requests/media_requests.hpp"
#include "domain/requests/planning_requests.hpp"
#include "domain/requests/report_requests.hpp"
#include "domain/requests/resource_requests.hpp"
#include "domain/requests/system_requests.hpp"

#include <variant>

namespace evs {

using data_request = std::variant<resource_request, contact_request, import_request, media_request, planning_request, report_request,
                                  system_request>;

} // namespace evs
