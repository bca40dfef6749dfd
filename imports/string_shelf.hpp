#pragma once
// Many texts by number, on the disk: the shared strings of a workbook may be as large as the list itself.

#include "domain/error.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace evs::imports {

/// Texts are appended, then looked up. The files have no name: nothing stays behind, whatever happens.
class string_shelf {
public:
  /// The files are in `folder`.
  static result<string_shelf> make(const std::filesystem::path& folder);
  ~string_shelf();
  string_shelf(string_shelf&&) noexcept;
  string_shelf& operator=(string_shelf&&) noexcept;

  /// A failure: the disk is full.
  result<done> append(std::string_view text);
  /// No more come; from now on at() works.
  result<done> seal();
  std::uint64_t size() const noexcept;
  /// "" for a number that there isn't.
  std::string_view at(std::uint64_t number) const noexcept;

private:
  struct state;
  explicit string_shelf(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

} // namespace evs::imports
