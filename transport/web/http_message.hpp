#pragma once
// Requests and answers as routes see them: plain values, no network library.

#include "domain/error.hpp"
#include "domain/requests/common.hpp"
#include "domain/roles.hpp"
#include "transport/web/multipart.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evs::web {

enum class http_method : std::uint8_t { get, post, put, patch, del, options };

std::string_view to_string(http_method method) noexcept;

using header_list = std::vector<std::pair<std::string, std::string>>;

/// A body that went to a temporary file of ours instead of memory. The file goes with the last request that holds it; who wants
/// to keep it moves it away before.
struct spooled_body {
  spooled_body() = default;
  spooled_body(const spooled_body&) = delete;
  spooled_body& operator=(const spooled_body&) = delete;
  ~spooled_body();

  std::string path;
  std::uint64_t size = 0;
  /// In hex, where the request has an Idempotency-Key.
  std::string sha256;
  /// Of a multipart/form-data body: its parts, with the place of each in the file.
  std::vector<form_part> parts;
};

/// The other end of the connection that a request came on. Any thread.
class client_presence {
public:
  virtual ~client_presence() = default;
  /// He has hung up, or was answered already.
  virtual bool gone() const = 0;
};

struct request {
  http_method method = http_method::get;
  /// A HEAD: answered like a GET, without the body.
  bool head = false;
  /// As sent, without the query.
  std::string path;
  /// After the '?', as sent. Never logged: the compatibility door's token is here.
  std::string query;
  /// Names in lower case.
  header_list headers;
  std::string body;
  /// Instead of `body`, on routes that say so.
  std::shared_ptr<const spooled_body> spooled;
  /// Names the request in logs and in the answer's X-Request-Id.
  std::string id;
  /// Of the client; behind a trusted proxy the one that the proxy names.
  std::string address;
  /// The client is on this machine, and no proxy stands between.
  bool local = false;
  /// For routes that work long: whether anybody still waits. Null: yes.
  std::shared_ptr<const client_presence> client;

  /// Filled by the dispatcher: parts of the path, and who asks.
  std::vector<std::pair<std::string, std::string>> parameters;
  /// Of the route: "/api/trunks/{id}".
  std::string pattern;
  viewer who;
  std::string login;
  std::string family;

  /// Value of the first header of that (lower-case) name, or nothing.
  std::string_view header(std::string_view name) const noexcept;
  /// What stood for {name} in the pattern, percent-decoded.
  const std::string& parameter(std::string_view name) const noexcept;
  /// Decoded value of a query parameter.
  std::optional<std::string> query_value(std::string_view name) const;
  /// Value of a cookie.
  std::optional<std::string> cookie(std::string_view name) const;
};

struct response {
  unsigned status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  /// Instead of `body`: shared by many answers.
  std::shared_ptr<const std::string> shared_body;
  header_list headers;
  /// Instead of a body: a file, sent from the disk; see attach().
  std::shared_ptr<const data_answer::file> file{};
  /// Who was refused, where the request itself doesn't say it (the login of a sign-in that failed); never sent.
  std::string refused_login{};

  const std::string& content() const noexcept { return shared_body ? *shared_body : body; }
};

/// For response::file. A temporary file is removed when the last answer that holds it is gone, sent or not.
std::shared_ptr<const data_answer::file> attach(data_answer::file what);

/// Gives the answer; from any thread, the first one counts.
using respond = std::function<void(response)>;

/// Percent-decoding; nullopt for a broken escape, a control character, or what is not UTF-8 afterwards.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// The first parameter of a query whose name or value can't be decoded: its name, or "query". Nullopt: all can.
std::optional<std::string> broken_parameter(std::string_view query);

} // namespace evs::web
