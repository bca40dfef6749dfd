#pragma once
// A list of contacts as rows of cells, wherever it comes from: a CSV file, a workbook, a request's body.

#include "domain/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evs {

/// One row. Cells keep their memory from row to row, so that reading a long list allocates nothing.
class source_row {
public:
  void clear() noexcept {
    count_ = 0;
    problem.clear();
  }
  std::string& add() {
    if (count_ == cells_.size())
      cells_.emplace_back();
    auto& cell = cells_[count_++];
    cell.clear();
    return cell;
  }
  std::size_t size() const noexcept { return count_; }
  std::string& operator[](std::size_t i) noexcept { return cells_[i]; }
  const std::string& operator[](std::size_t i) const noexcept { return cells_[i]; }
  /// "" for a cell that the row doesn't have.
  std::string_view cell(std::size_t i) const noexcept { return i < count_ ? std::string_view{cells_[i]} : std::string_view{}; }
  bool blank() const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
      if (cells_[i].find_first_not_of(" \t") != std::string::npos)
        return false;
    return true;
  }

  /// Where the row begins, as the person's program counts: the first line of a file is 1.
  std::uint64_t line = 0;
  /// Not empty: the row can't be used, and why (for people).
  std::string problem;

private:
  std::vector<std::string> cells_;
  std::size_t count_ = 0;
};

/// Rows in order, the heading first; rows without anything in them are left out. One owner; blocking.
class row_source {
public:
  virtual ~row_source() = default;
  /// False: no more rows. A failure: the list can't be read any further, with a sentence that says where and why.
  virtual result<bool> next(source_row& out) = 0;
  /// Begins anew.
  virtual result<done> restart() = 0;
  /// How much of the list was read, 0 to 1.
  virtual double part_read() const = 0;
  /// "CSV, séparateur « ; », Windows-1252": what it was taken for.
  virtual std::string description() const = 0;
};

} // namespace evs
