#include "transport/web/doors.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/origin.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace evs::web {

namespace {

constexpr std::string_view protocol = "evs.v1", ticket_prefix = "ticket.";

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// Items of a comma-separated header.
std::vector<std::string_view> items(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    auto end = std::min(list.find(','), list.size());
    auto item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
    while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
    if (!item.empty()) out.push_back(item);
  }
  return out;
}

bool lists(std::string_view header, std::string_view wanted) {
  auto all = items(header);
  return std::any_of(all.begin(), all.end(), [&](std::string_view i) { return equal_ignoring_case(i, wanted); });
}

std::optional<std::pair<std::string, std::uint64_t>> resume_point(const request& what) {
  auto epoch = what.query_value("epoch"), offset = what.query_value("offset");
  if (!epoch || epoch->empty() || epoch->size() > 128 || !offset) return std::nullopt;
  std::uint64_t number = 0;
  auto [end, ec] = std::from_chars(offset->data(), offset->data() + offset->size(), number);
  if (ec != std::errc{} || end != offset->data() + offset->size() || offset->empty()) return std::nullopt;
  return std::pair{*epoch, number};
}

bool is_native(const request& what) { return what.path == "/api/ws"; }

/// What the handshake itself must have (RFC 6455, 4.2.1).
std::optional<response> malformed(const request& what) {
  auto key = what.header("sec-websocket-key");
  if (what.method != http_method::get || what.head || !lists(what.header("connection"), "upgrade") ||
      key.size() != 24 || !key.ends_with("=="))
    return refusal({errc::invalid_input, "Demande de WebSocket mal formée.", {}});
  if (what.header("sec-websocket-version") == "13") return std::nullopt;
  auto made = refusal({errc::invalid_input, "Version de WebSocket inconnue.", {}});
  made.status = 426;
  made.headers.emplace_back("Sec-WebSocket-Version", "13");
  return made;
}

std::variant<admission, response> admit_native(const request& what, services& shared, const server_settings& settings) {
  auto offered = items(what.header("sec-websocket-protocol"));
  auto given =
      std::find_if(offered.begin(), offered.end(), [](std::string_view p) { return p.starts_with(ticket_prefix); });
  if (std::find(offered.begin(), offered.end(), protocol) == offered.end())
    return refusal({errc::invalid_input, "Le sous-protocole evs.v1 est attendu.", {}});
  auto now = shared.now();
  auto who = given == offered.end() ? std::nullopt
                                    : shared.tickets.redeem(std::string{given->substr(ticket_prefix.size())}, now);
  // Tickets live 30 s: whatever ended the session since then counts.
  auto issued = who ? who->expires - ticket_office::lifetime : timestamp{};
  if (!who || shared.revoked.ended(who->who.user, who->family, issued))
    return refusal({errc::unauthenticated, "Ticket absent, inconnu, expiré ou déjà utilisé.", {}});
  // The session lives as long as its refresh family may.
  return admission{{who->who, who->family, door::native, resume_point(what), what.address},
                   std::string{protocol},
                   issued,
                   now + settings.sign_in.refresh_life};
}

std::variant<admission, response> admit_compatible(const request& what, services& shared,
                                                   const server_settings& settings) {
  if (!settings.compatibility_door) return refusal({errc::not_found, "Cette porte est fermée : utilisez /api/ws.", {}});
  auto claims = shared.identify(what.query_value("token").value_or(std::string{}));
  if (!claims) return refusal(claims.error());
  return admission{{claims->who, claims->family, door::compatibility, std::nullopt, what.address},
                   {},
                   claims->issued,
                   claims->expires};
}

} // namespace

bool wants_websocket(const request& what) {
  return lists(what.header("upgrade"), "websocket") && (is_native(what) || what.path == "/api/" || what.path == "/api");
}

std::variant<admission, response> admit(const request& what, services& shared) {
  auto settings = shared.settings();
  if (auto wrong = malformed(what)) return std::move(*wrong);
  auto origin = judge_origin(what, *settings);
  if (origin == origin_verdict::foreign || (origin == origin_verdict::absent && !settings->allow_missing_origin))
    return refusal({errc::forbidden, "Cette origine n'est pas autorisée.", {}});
  auto verdict = is_native(what) ? admit_native(what, shared, *settings) : admit_compatible(what, shared, *settings);
  auto in = std::get_if<admission>(&verdict);
  if (!in) return verdict;
  // Counted before the answer leaves: those who come at the same moment must not all find the last place free.
  auto& taken = shared.counters.sessions;
  in->place = std::shared_ptr<void>(nullptr, [&taken](void*) { --taken; });
  if (++taken > settings->websocket.max_sessions)
    return refusal({errc::timeout, "Le nombre maximal de sessions est atteint.", {}}, seconds{5});
  return verdict;
}

} // namespace evs::web
