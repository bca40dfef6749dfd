#pragma once
// The files behind rows: sounds, pictures, recordings below the data folder. Their names are made by us or checked here, so that no
// name of a client is ever part of a path.

#include "domain/error.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace evs::persistence {

/// Letters, digits, "-", "_", "." (not first), 128 at most.
bool is_plain_name(std::string_view name) noexcept;

enum class media_kind : std::uint8_t {
  /// audio/: what Asterisk plays; everybody on the machine may read it.
  audio,
  /// pictures/
  picture,
  /// recordings/
  recording,
};

/// Writing: a temporary file, fsync, rename, fsync of the folder. A crash leaves the old state or the new one. Thread-safe.
class media_files {
public:
  explicit media_files(std::filesystem::path data_dir) : root_(std::move(data_dir)) {}

  /// Nullopt for a name that is not plain.
  std::optional<std::string> path(media_kind kind, std::string_view name) const;
  bool exists(media_kind kind, std::string_view name) const;
  std::uint64_t size(media_kind kind, std::string_view name) const;

  /// Both answer storage_unavailable when the disk does not take it.
  result<done> write(media_kind kind, std::string_view name, std::string_view content) const;
  /// Takes over a file of ours on the same disk.
  result<done> move_in(media_kind kind, std::string_view name, const std::string& from) const;
  /// True when it is gone, also when it was not there.
  bool remove(media_kind kind, std::string_view name) const;

private:
  std::filesystem::path folder(media_kind kind) const;
  std::filesystem::path root_;
};

} // namespace evs::persistence
