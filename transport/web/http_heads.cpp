#include "transport/web/http_heads.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/secrets.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <ctime>

namespace evs::web {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// HEAD is answered like GET. Names of methods know case (RFC 9110 9.1).
std::optional<http_method> method_of(std::string_view name) {
  if (name == "GET" || name == "HEAD") return http_method::get;
  if (name == "POST") return http_method::post;
  if (name == "PUT") return http_method::put;
  if (name == "PATCH") return http_method::patch;
  if (name == "DELETE") return http_method::del;
  if (name == "OPTIONS") return http_method::options;
  return std::nullopt;
}

bool is_loopback(const std::string& address) {
  error_code ec;
  auto a = asio::ip::make_address(address, ec);
  return !ec && a.is_loopback();
}

/// A proxy's own proxy may stand before it: the last address that is not one of ours.
void apply_proxy(request& what, const server_settings& settings) {
  auto trusted = [&](const std::string& a) {
    return std::find(settings.trusted_proxies.begin(), settings.trusted_proxies.end(), a) !=
           settings.trusted_proxies.end();
  };
  auto chain = std::string{what.header("x-forwarded-for")};
  what.local = is_loopback(what.address) && chain.empty() && what.header("forwarded").empty();
  while (trusted(what.address) && !chain.empty()) {
    auto comma = chain.rfind(',');
    auto last = comma == std::string::npos ? chain : chain.substr(comma + 1);
    chain.resize(comma == std::string::npos ? 0 : comma);
    last.erase(0, last.find_first_not_of(' '));
    last.erase(last.find_last_not_of(' ') + 1);
    error_code ec;
    asio::ip::make_address(last, ec);
    if (ec) return;
    what.address = last;
  }
}

std::string request_id(std::string_view wanted) {
  bool fine = wanted.size() >= 8 && wanted.size() <= 64 &&
              std::all_of(wanted.begin(), wanted.end(),
                          [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
  return fine ? std::string{wanted} : random_token(12);
}

std::string http_date() {
  auto now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

void add_protection(std::string& head, bool is_file, bool tls) {
  // Nothing runs in what somebody has sent us. Elsewhere: styles from files and from scripts (element.style) only; the pages of the
  // dashboard make no <style> elements (web/README.md).
  head +=
      is_file
          ? "Content-Security-Policy: default-src 'none'; img-src 'self'; media-src 'self'; sandbox; frame-ancestors 'none'\r\n"
          : "Content-Security-Policy: default-src 'self'; img-src 'self' data: blob:; "
            "media-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'\r\n";
  head +=
      "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\nPermissions-Policy: camera=(), geolocation=(), microphone=(self)\r\n";
  if (tls) head += "Strict-Transport-Security: max-age=31536000\r\n";
}

} // namespace

std::string header_name(std::string_view as_it_came) { return lower(as_it_came); }

std::optional<response> complete(request& what, const request_line& line, const server_settings& settings) {
  what.id = request_id(what.header("x-request-id"));
  apply_proxy(what, settings);
  auto question = std::min(line.target.find('?'), line.target.size());
  what.path = line.target.substr(0, question);
  if (question < line.target.size()) what.query = line.target.substr(question + 1);
  what.head = line.method == "HEAD";
  auto method = method_of(line.method);
  auto hosts = std::count_if(what.headers.begin(), what.headers.end(), [](const auto& h) { return h.first == "host"; });
  if (!what.path.starts_with('/') || (line.version >= 11 && hosts != 1))
    return refusal({errc::invalid_input, "Requête HTTP illisible.", {}});
  if (method) {
    what.method = *method;
    return std::nullopt;
  }
  auto made = refusal({errc::invalid_input, "Cette méthode n'est pas permise ici.", {}});
  made.status = 405;
  made.headers.emplace_back("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE");
  return made;
}

bool expects_continue(const request& what, unsigned version) {
  return version >= 11 && lower(what.header("expect")) == "100-continue";
}

void add_header(std::string& head, std::string_view name, std::string_view value) {
  // Nothing that came from a request may end a line.
  if (value.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos) return;
  ((head += name) += ": ") += value;
  head += "\r\n";
}

std::string make_head(const response& made, const request& what, std::uint64_t length, bool keep_alive, bool tls) {
  std::string head = "HTTP/1.1 " + std::to_string(made.status) + ' ' +
                     std::string{http::obsolete_reason(http::int_to_status(made.status))} + "\r\n";
  add_header(head, "Date", http_date());
  add_header(head, "X-Request-Id", what.id);
  if (!made.content_type.empty()) add_header(head, "Content-Type", made.content_type);
  if (made.status != 204 && made.status != 304) add_header(head, "Content-Length", std::to_string(length));
  if (!keep_alive) add_header(head, "Connection", "close");
  bool says_caching = false;
  for (const auto& [name, value] : made.headers) {
    says_caching |= name == "Cache-Control";
    add_header(head, name, value);
  }
  if (!says_caching) add_header(head, "Cache-Control", "no-store");
  add_protection(head, made.file != nullptr, tls);
  return head + "\r\n";
}

} // namespace evs::web
