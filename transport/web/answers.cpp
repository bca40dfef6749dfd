#include "transport/web/answers.hpp"

#include "transport/web/json_text.hpp"

namespace evs::web {

unsigned status_of(errc code) noexcept {
  switch (code) {
  case errc::invalid_input: return 400;
  case errc::unauthenticated: return 401;
  case errc::forbidden: return 403;
  case errc::not_found: return 404;
  case errc::conflict:
  case errc::phone_unreachable: return 409;
  case errc::stale: return 412;
  case errc::too_large: return 413;
  case errc::rate_limited: return 429;
  case errc::trunk_down:
  case errc::trunk_full:
  case errc::telephony_unavailable:
  case errc::database_unavailable:
  case errc::storage_unavailable:
  case errc::timeout: return 503;
  case errc::internal: break;
  }
  return 500;
}

response refusal(const failure& why, std::optional<seconds> retry_after) {
  json_object out;
  // What went wrong inside is for the log only.
  out.text("error", why.code == errc::internal ? std::string{sentence(errc::internal)} : why.text())
      .text("code", token(why.code));
  if (!why.fields.empty()) {
    json_object fields;
    for (const auto& [name, problem] : why.fields) {
      std::string literal;
      append_json_string(literal, name);
      // Names come from the request: escaped, without the quotes that json_object adds.
      fields.text(literal.substr(1, literal.size() - 2), problem);
    }
    out.raw("fields", std::move(fields).str());
  }
  auto answer = json_answer(std::move(out).str(), status_of(why.code));
  if (answer.status == 429 || answer.status == 503)
    answer.headers.emplace_back("Retry-After", std::to_string(retry_after.value_or(seconds{2}).count()));
  if (answer.status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer");
  return answer;
}

response json_answer(std::string body, unsigned status) {
  response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

} // namespace evs::web
