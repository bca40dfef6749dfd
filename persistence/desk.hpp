#pragma once
// Answers what people ask of the data over REST (domain/requests). One connection, one owner; blocking.

#include "domain/error.hpp"
#include "domain/requests/requests.hpp"
#include "persistence/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace evs::persistence {

struct desk_settings {
  store_settings store;
  /// Keys of the secrets that are kept encrypted, 32 bytes each, newest first: the first encrypts, all decrypt. Empty: secrets
  /// are refused with database_unavailable and a sentence that says what is missing.
  std::vector<std::string> secret_keys;
  /// Where audio files, recordings, uploads and backups live.
  std::filesystem::path data_dir = "/var/lib/evscallpro/data";
  /// Clock of everything that expires.
  std::function<timestamp()> now;
};

class desk {
public:
  virtual ~desk() = default;
  /// Refusals are failures; throws store_unavailable and store_rejected, and nothing else.
  virtual result<data_answer> perform(const requester& who, const data_request& what) = 0;
};

std::unique_ptr<desk> make_postgres_desk(desk_settings settings);

} // namespace evs::persistence
