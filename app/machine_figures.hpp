#pragma once
// How this machine is: processor, memory, disk.

#include <cstdint>
#include <filesystem>
#include <string>

namespace evs {

struct machine_figures {
  std::string processor;
  unsigned cores = 1;
  /// Runnable processes over the last minute, a core, in percent; may exceed 100.
  double load_percent = 0;
  /// Bytes.
  std::uint64_t memory_total = 0, memory_used = 0;
  std::uint64_t disk_total = 0, disk_used = 0;
  /// Of this process.
  std::uint64_t resident = 0;
};

/// `place`: the disk of this folder, or of the nearest one above it that exists.
machine_figures look_at_machine(const std::filesystem::path& place);

struct folder_figures {
  std::uint64_t files = 0, bytes = 0;
};
/// Files below a folder, at most 100,000 of them; none where there is no such folder.
folder_figures look_at_folder(const std::filesystem::path& folder);

} // namespace evs
