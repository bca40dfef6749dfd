#pragma once
// A ZIP archive that is read without being unpacked anywhere, and that may be hostile: bombs, odd names, broken parts.

#include "domain/error.hpp"
#include "imports/list_file.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace evs::imports {

/// One part of an archive, unpacked piece by piece. Ends before the archive does.
class zip_part {
public:
  ~zip_part();
  zip_part(zip_part&&) noexcept;
  zip_part& operator=(zip_part&&) noexcept;

  /// Bytes that were put into `room`; 0: the end, and the checksum was right. A failure: broken, or a limit was passed.
  result<std::size_t> read(std::span<char> room);
  /// What the archive says this part unpacks to; it may lie.
  std::uint64_t declared_size() const noexcept;
  std::uint64_t bytes_read() const noexcept;

private:
  friend class zip_archive;
  struct state;
  explicit zip_part(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

class zip_archive {
public:
  /// Refuses what is no ZIP, has too many entries, or names that lead out of a folder ("../x", "/x", "C:\x").
  static result<zip_archive> open(const std::filesystem::path& file, const workbook_limits& limits);
  ~zip_archive();
  zip_archive(zip_archive&&) noexcept;
  zip_archive& operator=(zip_archive&&) noexcept;

  bool has(const std::string& name) const;
  /// not_found when there is none of that name (letters' case doesn't matter).
  result<zip_part> part(const std::string& name);

private:
  struct state;
  explicit zip_archive(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

/// Whether an entry's name stays inside the folder it would be unpacked to.
bool harmless_name(std::string_view name) noexcept;

} // namespace evs::imports
