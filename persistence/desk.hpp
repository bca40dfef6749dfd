#pragma once
// Answers what people ask of the data over REST (domain/requests). One connection, one owner; blocking.

#include "domain/error.hpp"
#include "domain/requests/requests.hpp"
#include "persistence/audit.hpp"
#include "persistence/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evs::persistence {

struct desk_settings {
  store_settings store;
  /// Keys of the secrets that are kept encrypted, 32 bytes each, newest first: the first encrypts, all decrypt. Empty: secrets
  /// are refused with database_unavailable and a sentence that says what is missing.
  std::vector<std::string> secret_keys;
  /// Where audio files, recordings, uploads and backups live.
  std::filesystem::path data_dir = "/var/lib/evscallpro/data";
  /// This node's name: jobs that need a file of its disk are its own.
  std::string node = "evs-1";
  /// Reads a telephone number as E.164; `country` (ISO 3166) says whose rules hold, when it is empty the time zone's does.
  std::function<result<std::string>(std::string_view typed, std::string_view country, std::string_view time_zone)> read_number;
  /// Clock of everything that expires.
  std::function<timestamp()> now;
  /// Takes the audit line of what is no change in the database when it can't be written at once, to write it later.
  std::function<void(audit_line)> audit_later;
  /// Wakes this node's relay: called after each commit that wrote events (outbox.hpp), from the desk's thread. Without it they are told
  /// by NOTIFY, for which commits wait for each other.
  std::function<void()> events_written{};
};

class desk {
public:
  virtual ~desk() = default;
  /// Refusals are failures; throws store_unavailable and store_rejected, and nothing else. A change (`who.action`) is committed together
  /// with its audit line.
  virtual result<data_answer> perform(const requester& who, const data_request& what) = 0;
};

std::unique_ptr<desk> make_postgres_desk(desk_settings settings);

} // namespace evs::persistence
