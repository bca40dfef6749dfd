// The stream is bounded by its length; what is older than anybody may resume from goes by its age, because events hold names and numbers
// of people.

#include "persistence/log/entry_fields.hpp"
#include "persistence/log/redis_link.hpp"
#include "persistence/log/stream_id.hpp"

#include <cstdlib>

namespace evs::persistence {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t page = 500;

/// When it was caused: entries say so, of a marker its epoch does. 0: not known.
std::int64_t moment_us(const redis_reply& item) {
  const auto& words = item.items.at(1).items;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    if (words[i].text == "caused")
      return std::strtoll(words[i + 1].text.c_str(), nullptr, 10);
    if (words[i].text == "epoch")
      return std::strtoll(words[i + 1].text.c_str(), nullptr, 10) * 1000;
  }
  return 0;
}

} // namespace

std::uint64_t forget_old_entries(const log_settings& settings, milliseconds keep_for, timestamp now) {
  if (settings.redis_host.empty())
    return 0;
  const auto oldest_us = std::chrono::duration_cast<std::chrono::microseconds>((now - keep_for).time_since_epoch()).count();
  redis_link link{settings, {}, 1000ms};
  std::uint64_t removed = 0;
  for (;;) {
    const auto got = link.ask({"XRANGE", settings.stream, "-", "+", "COUNT", std::to_string(page)});
    if (got.what != redis_reply::kind::list)
      throw redis_failure{got.text.empty() ? "no list of entries" : got.text};
    // The first that is young enough; of those that don't say how old they are the ones before them decide.
    std::size_t old = 0;
    std::string first_kept;
    try {
      for (const auto& item : got.items) {
        if (const auto us = moment_us(item); us >= oldest_us || (us == 0 && old == 0)) {
          first_kept = item.items.at(0).text;
          break;
        }
        ++old;
      }
    } catch (const std::out_of_range&) {
      throw redis_failure{"an answer to XRANGE of unknown shape"};
    }
    if (old == 0)
      return removed;
    if (first_kept.empty()) {
      const auto last = parse_stream_id(got.items.back().items.at(0).text);
      if (!last)
        throw redis_failure{"a stream id that is none"};
      first_kept = to_string({last->epoch, last->offset + 1});
    }
    const auto trimmed = link.ask({"XTRIM", settings.stream, "MINID", first_kept});
    if (trimmed.what != redis_reply::kind::number)
      throw redis_failure{trimmed.text};
    removed += static_cast<std::uint64_t>(trimmed.number);
    if (old < got.items.size() || got.items.size() < page)
      return removed;
  }
}

} // namespace evs::persistence
