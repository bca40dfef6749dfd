#include "transport/web/data_routes.hpp"

namespace evs::web {

std::vector<route> resource_routes(const std::shared_ptr<services>&) { return {}; }

} // namespace evs::web
