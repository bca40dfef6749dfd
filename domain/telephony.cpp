#include "domain/telephony.hpp"

#include <string_view>

namespace evs {

std::string endpoint_of(const std::string& channel_name) {
  std::string_view name{channel_name};
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return {};
  name.remove_prefix(slash + 1);
  // The halves of a Local channel are told apart by ";1" and ";2".
  name = name.substr(0, name.find(';'));
  // Asterisk appends "-%08x"; an endpoint's own name may contain dashes too.
  const auto dash = name.rfind('-');
  if (dash != std::string_view::npos && name.size() - dash > 8 &&
      name.find_first_not_of("0123456789abcdef", dash + 1) == std::string_view::npos)
    name = name.substr(0, dash);
  return std::string{name};
}

} // namespace evs
