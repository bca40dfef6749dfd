#include "persistence/import_files.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <vector>

namespace evs::persistence {

namespace {

failure disk_refused() { return {errc::internal, "Le serveur ne peut pas enregistrer le fichier : prévenez un administrateur.", {}}; }

} // namespace

result<done> import_files::keep(const std::string& name, const std::filesystem::path& from, std::uint64_t offset, std::uint64_t size) const {
  std::error_code problem;
  std::filesystem::create_directories(folder_, problem);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, problem);
  std::ifstream in{from, std::ios::binary};
  std::ofstream out{path(name), std::ios::binary | std::ios::trunc};
  in.seekg(static_cast<std::streamoff>(offset));
  std::vector<char> piece(1 << 20);
  while (size > 0 && in && out) {
    in.read(piece.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(size, piece.size())));
    out.write(piece.data(), in.gcount());
    size -= static_cast<std::uint64_t>(in.gcount());
  }
  out.close();
  if (size == 0 && out)
    return done{};
  remove(name);
  return disk_refused();
}

void import_files::remove(const std::string& name) const {
  std::error_code ignored;
  std::filesystem::remove(path(name), ignored);
}

void import_files::sweep(const std::set<std::string>& needed) const {
  std::error_code ignored;
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours{1};
  for (const auto& entry : std::filesystem::directory_iterator{folder_, ignored})
    if (!needed.contains(entry.path().filename().string()) && entry.last_write_time(ignored) < old)
      std::filesystem::remove(entry.path(), ignored);
}

} // namespace evs::persistence
