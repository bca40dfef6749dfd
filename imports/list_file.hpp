#pragma once
// A file of contacts that somebody uploaded, as rows.

#include "domain/row_source.hpp"

#include <filesystem>
#include <memory>

namespace evs::imports {

/// What a workbook may make of the memory, the disk and the time of this machine.
struct workbook_limits {
  std::uint64_t entries = 10'000;
  /// Bytes that all parts that are read unpack to.
  std::uint64_t unpacked = std::uint64_t{4} << 30;
  /// Of one part: unpacked to packed, once it is larger than `free_ratio_below`.
  std::uint64_t ratio = 400;
  std::uint64_t free_ratio_below = 16 << 20;
  /// Parts that describe the workbook (styles, relations).
  std::uint64_t small_part = 32 << 20;
  /// Elements within elements.
  unsigned depth = 64;
  std::size_t columns = 4096;
  std::uint64_t rows = 1'048'576;
};

/// Opens a list by what is in it, not by its name: a ZIP archive is a workbook (XLSX, its first sheet), everything else is text (CSV).
/// What it was taken for is in description(). Bad files are failures with a sentence for the person who uploaded them.
result<std::unique_ptr<row_source>> open_list(const std::filesystem::path& file, const workbook_limits& limits = {});

result<std::unique_ptr<row_source>> open_csv(const std::filesystem::path& file);
result<std::unique_ptr<row_source>> open_xlsx(const std::filesystem::path& file, const workbook_limits& limits = {});

} // namespace evs::imports
