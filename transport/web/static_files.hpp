#pragma once
// The built dashboard, held in memory. A request is only ever looked up in a table of what was found in the folder, so no
// path can lead out of it.

#include "transport/web/http_message.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

namespace evs::web {

class static_files {
public:
  /// The file, 304, index.html for paths of the single-page application, or 404. Any thread. Re-reads the folder when its
  /// index.html has changed (looked at every two seconds at most).
  response find(const request& what, const std::filesystem::path& folder);

private:
  struct file {
    std::shared_ptr<const std::string> content;
    std::string type;
    std::string etag;
    /// Its name holds a hash of its content: it may be kept forever.
    bool immutable = false;
  };
  using table = std::map<std::string, file, std::less<>>;
  std::shared_ptr<const table> current(const std::filesystem::path& folder);
  static std::shared_ptr<const table> read(const std::filesystem::path& folder);

  std::mutex mutex_;
  std::filesystem::path folder_;
  std::filesystem::file_time_type stamp_{};
  std::chrono::steady_clock::time_point looked_{};
  std::shared_ptr<const table> table_;
};

} // namespace evs::web
