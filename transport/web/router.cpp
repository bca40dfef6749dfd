#include "transport/web/router.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace evs::web {

namespace {

bool is_parameter(std::string_view part) { return part.size() > 2 && part.front() == '{' && part.back() == '}'; }

/// Cuts the next "/part" off `path`.
std::string_view next_part(std::string_view& path) {
  path.remove_prefix(1);
  auto end = std::min(path.find('/'), path.size());
  auto part = path.substr(0, end);
  path.remove_prefix(end);
  return part;
}

/// The parameters when `path` has the pattern's shape.
std::optional<std::vector<std::pair<std::string, std::string>>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!pattern.empty() && !path.empty()) {
    auto wanted = next_part(pattern), given = next_part(path);
    if (is_parameter(wanted)) {
      auto value = percent_decode(given);
      if (!value || value->empty()) return std::nullopt;
      parameters.emplace_back(wanted.substr(1, wanted.size() - 2), std::move(*value));
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

std::string shape(std::string_view pattern) {
  std::string out;
  while (!pattern.empty()) {
    auto part = next_part(pattern);
    out += is_parameter(part) ? "/{}" : "/" + std::string{part};
  }
  return out;
}

} // namespace

router::router(std::vector<route> routes) : routes_(std::move(routes)) {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!routes_[i].pattern.starts_with('/') || !routes_[i].answer)
      throw std::invalid_argument("a route needs a path and an answer: " + routes_[i].pattern);
    for (std::size_t j = 0; j < i; ++j)
      if (routes_[i].method == routes_[j].method && shape(routes_[i].pattern) == shape(routes_[j].pattern))
        throw std::invalid_argument("two routes for " + routes_[i].pattern);
  }
}

route_match router::find(http_method method, std::string_view path) const {
  route_match out;
  if (!path.starts_with('/')) return out;
  std::size_t fewest = ~std::size_t{0};
  for (const auto& r : routes_) {
    auto parameters = match(r.pattern, path);
    if (!parameters) continue;
    if (std::find(out.allowed.begin(), out.allowed.end(), r.method) == out.allowed.end())
      out.allowed.push_back(r.method);
    // "/users/bulk" is nearer than "/users/{id}".
    if (r.method != method || parameters->size() >= fewest) continue;
    fewest = parameters->size();
    out.found = &r;
    out.parameters = std::move(*parameters);
  }
  return out;
}

} // namespace evs::web
