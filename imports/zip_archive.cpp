#include "imports/zip_archive.hpp"

#include <zip.h>

namespace evs::imports {

namespace {

failure broken() { return {errc::invalid_input, "Le classeur est endommagé ou n'est pas un fichier XLSX.", {}}; }
failure bomb() {
  return {errc::too_large, "Le classeur se décompresse en beaucoup plus de données que permis ; il est refusé (« zip bomb »).", {}};
}

} // namespace

struct zip_archive::state {
  state(zip_t* opened, const workbook_limits& l) : archive(opened), limits(l) {}
  ~state() { zip_discard(archive); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  zip_t* archive;
  workbook_limits limits;
  /// Of all parts so far; a part that is read again counts again.
  std::uint64_t unpacked = 0;
};

struct zip_part::state {
  state(zip_file_t* opened, std::uint64_t packed_size, std::uint64_t size, std::uint64_t& all, const workbook_limits& l)
      : file(opened), packed(packed_size), declared(size), unpacked(all), limits(l) {}
  ~state() { zip_fclose(file); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  zip_file_t* file;
  std::uint64_t packed;
  std::uint64_t declared;
  std::uint64_t bytes = 0;
  std::uint64_t& unpacked;
  const workbook_limits& limits;
};

bool harmless_name(std::string_view name) noexcept {
  if (name.empty() || name.front() == '/' || name.front() == '\\' || name.find('\0') != std::string_view::npos)
    return false;
  if (name.size() > 1 && name[1] == ':')
    return false;
  for (std::size_t at = 0; at <= name.size();) {
    const auto end = std::min(name.find_first_of("/\\", at), name.size());
    if (name.substr(at, end - at) == "..")
      return false;
    at = end + 1;
  }
  return true;
}

zip_part::zip_part(std::unique_ptr<state> s) : state_(std::move(s)) {}
zip_part::~zip_part() = default;
zip_part::zip_part(zip_part&&) noexcept = default;
zip_part& zip_part::operator=(zip_part&&) noexcept = default;
std::uint64_t zip_part::declared_size() const noexcept { return state_->declared; }
std::uint64_t zip_part::bytes_read() const noexcept { return state_->bytes; }

result<std::size_t> zip_part::read(std::span<char> room) {
  auto& s = *state_;
  const auto got = zip_fread(s.file, room.data(), room.size());
  if (got < 0)
    return broken();
  s.bytes += static_cast<std::uint64_t>(got);
  s.unpacked += static_cast<std::uint64_t>(got);
  const bool swollen = s.bytes > s.limits.free_ratio_below && s.bytes / s.limits.ratio > s.packed;
  if (swollen || s.unpacked > s.limits.unpacked)
    return bomb();
  return static_cast<std::size_t>(got);
}

zip_archive::zip_archive(std::unique_ptr<state> s) : state_(std::move(s)) {}
zip_archive::~zip_archive() = default;
zip_archive::zip_archive(zip_archive&&) noexcept = default;
zip_archive& zip_archive::operator=(zip_archive&&) noexcept = default;

result<zip_archive> zip_archive::open(const std::filesystem::path& file, const workbook_limits& limits) {
  int why = 0;
  auto* opened = zip_open(file.c_str(), ZIP_RDONLY, &why);
  if (!opened)
    return broken();
  zip_archive archive{std::make_unique<state>(opened, limits)};
  const auto count = zip_get_num_entries(opened, 0);
  if (count < 0)
    return broken();
  if (static_cast<std::uint64_t>(count) > limits.entries)
    return failure{errc::too_large, "Le classeur contient trop d'éléments ; il est refusé.", {}};
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(opened, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_GUESS);
    if (!name)
      return broken();
    if (!harmless_name(name))
      return failure{errc::invalid_input, "Le classeur contient un chemin interdit ; il est refusé.", {}};
  }
  return archive;
}

bool zip_archive::has(const std::string& name) const { return zip_name_locate(state_->archive, name.c_str(), ZIP_FL_NOCASE) >= 0; }

result<zip_part> zip_archive::part(const std::string& name) {
  const auto found = zip_name_locate(state_->archive, name.c_str(), ZIP_FL_NOCASE);
  if (found < 0)
    return errc::not_found;
  const auto index = static_cast<zip_uint64_t>(found);
  zip_stat_t about{};
  constexpr zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(state_->archive, index, 0, &about) != 0 || (about.valid & needed) != needed)
    return broken();
  if (about.encryption_method != ZIP_EM_NONE)
    return failure{errc::invalid_input, "Le classeur est protégé par un mot de passe.", {}};
  auto* file = zip_fopen_index(state_->archive, index, 0);
  if (!file)
    return broken();
  return zip_part{std::make_unique<zip_part::state>(file, about.comp_size, about.size, state_->unpacked, state_->limits)};
}

} // namespace evs::imports
