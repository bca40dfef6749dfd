#include "transport/web/origin.hpp"

#include <algorithm>
#include <cctype>

namespace evs::web {

namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

} // namespace

origin_verdict judge_origin(const request& what, const server_settings& settings) {
  auto origin = lower(what.header("origin"));
  if (origin.empty()) return origin_verdict::absent;
  for (const auto& listed : settings.allowed_origins)
    if (lower(listed) == origin) return origin_verdict::listed;
  auto host = lower(what.header("host"));
  for (std::string_view scheme : {"http://", "https://"})
    if (!host.empty() && origin.starts_with(scheme) && std::string_view{origin}.substr(scheme.size()) == host)
      return origin_verdict::same_host;
  return origin_verdict::foreign;
}

} // namespace evs::web
