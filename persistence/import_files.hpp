#pragma once
// Uploaded lists that wait to be imported, below the data folder. Their names are ours.

#include "domain/error.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace evs::persistence {

class import_files {
public:
  explicit import_files(const std::filesystem::path& data_dir) : folder_(data_dir / "imports") {}

  /// A copy of `size` bytes at `offset` of a file, under this name. A failure: the disk did not take it.
  result<done> keep(const std::string& name, const std::filesystem::path& from, std::uint64_t offset, std::uint64_t size) const;
  std::filesystem::path path(const std::string& name) const { return folder_ / name; }
  void remove(const std::string& name) const;
  /// Removes what is not in `needed` and was not just written.
  void sweep(const std::set<std::string>& needed) const;

private:
  std::filesystem::path folder_;
};

} // namespace evs::persistence
