#pragma once
// Answers that every route uses.

#include "domain/time.hpp"
#include "transport/web/http_message.hpp"

namespace evs::web {

unsigned status_of(errc code) noexcept;

/// {"error","code","fields"?} with the status of its code; Retry-After where coming back helps.
response refusal(const failure& why, std::optional<seconds> retry_after = std::nullopt);

response json_answer(std::string body, unsigned status = 200);

} // namespace evs::web
