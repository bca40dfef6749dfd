#include "tests/bench/api/plan.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <stdexcept>

namespace evs::bench {

namespace json = boost::json;

namespace {

std::string text(const json::object& from, std::string_view name, std::string otherwise = {}) {
  const auto* found = from.if_contains(name);
  return found ? std::string(found->as_string()) : std::move(otherwise);
}

double number(const json::object& from, std::string_view name, double otherwise) {
  const auto* found = from.if_contains(name);
  return found ? found->to_number<double>() : otherwise;
}

std::size_t index(const json::object& from, std::string_view name, std::size_t otherwise) {
  const auto* found = from.if_contains(name);
  return found ? found->to_number<std::size_t>() : otherwise;
}

template <class Each> void each_object(const json::object& from, std::string_view name, Each each) {
  if (const auto* found = from.if_contains(name))
    for (const auto& one : found->as_array()) each(one.as_object());
}

plan made_of(const json::object& given) {
  plan p;
  p.host = text(given, "host", p.host);
  p.port = static_cast<unsigned short>(index(given, "port", 0));
  p.door = text(given, "door", p.door);
  p.origin = text(given, "origin", "http://" + p.host + ":" + std::to_string(p.port));
  each_object(given, "people", [&](const json::object& o) {
    p.people.push_back({text(o, "login"), text(o, "password")});
  });
  each_object(given, "requests", [&](const json::object& o) {
    request_kind kind{text(o, "name"),
                      text(o, "method", "GET"),
                      text(o, "target"),
                      text(o, "body"),
                      index(o, "person", 0),
                      number(o, "rate", 0),
                      static_cast<unsigned>(index(o, "weight", 1)),
                      {}};
    if (const auto* groups = o.if_contains("heardBy"))
      for (const auto& g : groups->as_array()) kind.heard_by.push_back(g.to_number<std::size_t>());
    p.requests.push_back(std::move(kind));
  });
  each_object(given, "sessions", [&](const json::object& o) {
    p.sessions.push_back({index(o, "person", 0), index(o, "count", 1)});
  });
  p.connections = index(given, "connections", p.connections);
  p.warmup = number(given, "warmup", p.warmup);
  p.seconds = number(given, "seconds", p.seconds);
  p.rate = number(given, "rate", p.rate);
  p.addresses = index(given, "addresses", p.addresses);
  p.right_every = static_cast<unsigned>(index(given, "rightEvery", 0));
  p.known_every = static_cast<unsigned>(index(given, "knownEvery", 0));
  auto known = [&](std::size_t who) {
    if (who >= p.people.size()) throw std::runtime_error("the plan has no person " + std::to_string(who));
  };
  for (const auto& kind : p.requests) {
    known(kind.person);
    for (const auto group : kind.heard_by)
      if (group >= p.sessions.size()) throw std::runtime_error("the plan has no sessions " + std::to_string(group));
  }
  for (const auto& group : p.sessions) known(group.person);
  return p;
}

} // namespace

plan read_plan(const std::string& given) {
  try {
    return made_of(json::parse(given).as_object());
  } catch (const boost::system::system_error& wrong) {
    throw std::runtime_error(std::string("not a plan: ") + wrong.what());
  } catch (const std::invalid_argument& wrong) { throw std::runtime_error(std::string("not a plan: ") + wrong.what()); }
}

std::vector<std::uint64_t> marks_in(std::string_view text, std::string_view prefix) {
  std::vector<std::uint64_t> found;
  for (auto at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix, at)) {
    at += prefix.size();
    std::uint64_t number = 0;
    if (std::from_chars(text.data() + at, text.data() + text.size(), number).ec == std::errc{}) found.push_back(number);
  }
  return found;
}

std::string with_mark(const std::string& body, const std::string& mark) {
  constexpr std::string_view place = "{mark}";
  auto out = body;
  for (auto at = out.find(place); at != std::string::npos; at = out.find(place, at + mark.size()))
    out.replace(at, place.size(), mark);
  return out;
}

std::string loopback_address(std::size_t n) {
  return "127." + std::to_string(1 + n / 62'500 % 250) + '.' + std::to_string(n / 250 % 250) + '.' +
         std::to_string(1 + n % 250);
}

} // namespace evs::bench
