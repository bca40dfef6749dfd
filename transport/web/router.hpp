#pragma once
// One table says which paths exist, who may use them and what answers: dispatch and authorisation read the same line.

#include "domain/time.hpp"
#include "transport/web/http_message.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace evs::web {

/// Who may use a route. Default: nobody.
struct access {
  enum class kind : std::uint8_t {
    nobody,
    /// No token needed.
    everyone,
    /// No token either, but only our own pages (or no page at all): these routes set or read the refresh cookie.
    own_pages,
    /// A valid access token whose role is at least `minimum`.
    member,
    /// From this machine only, unless configured otherwise.
    operators,
  };
  kind who = kind::nobody;
  role minimum = role::super_admin;
};

inline constexpr access everyone{access::kind::everyone, role::agent};
inline constexpr access own_pages{access::kind::own_pages, role::agent};
inline constexpr access operators{access::kind::operators, role::agent};
constexpr access at_least(role minimum) { return {access::kind::member, minimum}; }

/// Answers a request; may keep `respond` for later and call it from any thread.
using handler = std::function<void(const request&, respond)>;

struct route {
  http_method method = http_method::get;
  /// "/api/agents/{id}/status": a {name} stands for one non-empty part.
  std::string pattern;
  access who;
  handler answer;
  /// What it does, for people: one line of the API's document.
  std::string summary{};
  /// Largest body in bytes; 0: http_limits::max_body.
  std::size_t max_body = 0;
  /// The body goes to a file, request::spooled.
  bool spool = false;
  /// Longest time until the answer; 0: http_limits::answer_timeout.
  milliseconds patience{0};
  /// Takes other bodies than JSON, too; elsewhere a Content-Type that says something else is refused (415).
  bool any_body = false;
};

/// What a look-up found.
struct route_match {
  /// Null: no route for this method.
  const route* found = nullptr;
  std::vector<std::pair<std::string, std::string>> parameters;
  /// Methods that the path has, for 405; empty: no such path.
  std::vector<http_method> allowed;
};

class router {
public:
  /// Throws std::invalid_argument for two routes with the same method and shape.
  explicit router(std::vector<route> routes);

  route_match find(http_method method, std::string_view path) const;
  const std::vector<route>& routes() const noexcept { return routes_; }

private:
  std::vector<route> routes_;
};

} // namespace evs::web
