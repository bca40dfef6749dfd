#include "transport/web/idempotency.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/secrets.hpp"

namespace evs::web {

namespace {
constexpr seconds kept{600};
constexpr std::size_t most_entries = 20'000;
} // namespace

std::string idempotency::name(const user_id& who, http_method method, std::string_view path, std::string_view key) {
  std::string out = who.value;
  for (auto part : {to_string(method), path, key}) (out += '\n') += part;
  return out;
}

std::optional<response> idempotency::begin(const std::string& name, std::string_view body, timestamp now) {
  auto hash = sha256_hex(body);
  std::lock_guard lock(mutex_);
  if (entries_.size() >= most_entries) {
    std::erase_if(entries_, [&](const auto& e) { return e.second.at + kept < now; });
    if (entries_.size() >= most_entries) return refusal({errc::rate_limited, {}, {}});
  }
  auto [at, fresh] = entries_.try_emplace(name, entry{hash, now, std::nullopt});
  auto& known = at->second;
  if (!fresh && known.at + kept < now) {
    known = {hash, now, std::nullopt};
    fresh = true;
  }
  if (fresh) return std::nullopt;
  if (known.body_hash != hash)
    return refusal({errc::conflict, "Cet Idempotency-Key a déjà servi pour une autre requête.", {}});
  if (!known.answer) return refusal({errc::conflict, "La même requête est déjà en cours.", {}});
  auto again = *known.answer;
  again.headers.emplace_back("Idempotency-Replayed", "true");
  return again;
}

void idempotency::finish(const std::string& name, const response& made) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(name);
  if (found == entries_.end()) return;
  if (made.status >= 500 || made.status == 429) entries_.erase(found);
  else found->second.answer = made;
}

} // namespace evs::web
