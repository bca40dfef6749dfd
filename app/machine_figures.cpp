#include "app/machine_figures.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <unistd.h>

namespace evs {

namespace {

namespace fs = std::filesystem;

/// What stands behind the first "key ...:" of a file of /proc.
std::string entry(const char* file, const std::string& key) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key))
      if (const auto at = line.find(':'); at != std::string::npos)
        return line.substr(std::min(line.size(), line.find_first_not_of(" \t", at + 1)));
  return {};
}

std::uint64_t kilobytes(const char* file, const std::string& key) {
  const auto text = entry(file, key);
  return std::strtoull(text.c_str(), nullptr, 10) * 1024;
}

} // namespace

machine_figures look_at_machine(const fs::path& place) {
  machine_figures m;
  m.processor = entry("/proc/cpuinfo", "model name");
  m.cores = std::max(1U, std::thread::hardware_concurrency());
  if (double load = 0; ::getloadavg(&load, 1) == 1)
    m.load_percent = load / m.cores * 100;
  m.memory_total = kilobytes("/proc/meminfo", "MemTotal");
  m.memory_used = m.memory_total - std::min(m.memory_total, kilobytes("/proc/meminfo", "MemAvailable"));
  m.resident = kilobytes("/proc/self/status", "VmRSS");
  std::error_code none;
  auto at = place;
  while (!fs::exists(at, none) && at.has_parent_path() && at != at.parent_path())
    at = at.parent_path();
  const auto disk = fs::space(at, none);
  if (!none) {
    m.disk_total = disk.capacity;
    m.disk_used = disk.capacity - disk.free;
  }
  return m;
}

folder_figures look_at_folder(const fs::path& folder) {
  folder_figures f;
  std::error_code none;
  for (fs::recursive_directory_iterator at{folder, fs::directory_options::skip_permission_denied, none}, end; !none && at != end && f.files < 100'000;
       at.increment(none))
    if (std::error_code odd; at->is_regular_file(odd) && !odd) {
      ++f.files;
      const auto size = at->file_size(odd);
      f.bytes += odd ? 0 : size;
    }
  return f;
}

} // namespace evs
