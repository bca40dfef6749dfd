#pragma once
// The OpenAPI 3.1 document, made from the route table and the catalogue: what is served is what is described.

#include "transport/web/router.hpp"

#include <string>
#include <vector>

namespace evs::web {

/// JSON text of the document. A route without a summary is left out, and a test says so.
std::string openapi_document(const std::vector<route>& routes);

/// The same as a page for people, without scripts.
std::string openapi_page(const std::vector<route>& routes);

} // namespace evs::web
