#include "transport/web/json_value.hpp"

#include <boost/json.hpp>

#include <cmath>
#include <set>

namespace evs::web {

namespace {

/// Nothing when something inside can't be taken; `why` says what.
value converted(const boost::json::value& from, std::string& why) {
  switch (from.kind()) {
  case boost::json::kind::null: return nullptr;
  case boost::json::kind::bool_: return from.get_bool();
  case boost::json::kind::int64: return std::int64_t{from.get_int64()};
  case boost::json::kind::uint64: return static_cast<double>(from.get_uint64());
  case boost::json::kind::double_:
    if (!std::isfinite(from.get_double())) why = "Un nombre est trop grand.";
    return from.get_double();
  case boost::json::kind::string: {
    const auto& text = from.get_string();
    if (text.find('\0') != std::string_view::npos) why = "Un texte contient un caractère nul.";
    return std::string{text.data(), text.size()};
  }
  case boost::json::kind::array: {
    value::array all;
    all.reserve(from.get_array().size());
    for (const auto& each : from.get_array()) all.push_back(converted(each, why));
    return all;
  }
  case boost::json::kind::object: break;
  }
  value::object all;
  for (const auto& member : from.get_object()) all.emplace_back(std::string{member.key()}, converted(member.value(), why));
  return all;
}

} // namespace

result<value> read_json(std::string_view text) {
  boost::json::error_code ec;
  boost::json::parse_options limits;
  limits.max_depth = 32;
  const auto parsed = boost::json::parse(text.empty() ? std::string_view{"{}"} : text, ec, {}, limits);
  if (ec) return {errc::invalid_input, "Le corps de la requête n'est pas du JSON valide."};
  std::string why;
  auto made = converted(parsed, why);
  if (!why.empty()) return {errc::invalid_input, why};
  return made;
}

} // namespace evs::web
