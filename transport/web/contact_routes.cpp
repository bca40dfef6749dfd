#include "transport/web/data_routes.hpp"

namespace evs::web {

std::vector<route> contact_routes(const std::shared_ptr<services>&) { return {}; }

} // namespace evs::web
