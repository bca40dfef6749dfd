#pragma once
// The parts of a workbook (ECMA-376 part 1) as far as reading a list needs them, each a listener of its XML.

#include "domain/row_source.hpp"
#include "imports/cell_format.hpp"
#include "imports/string_shelf.hpp"
#include "imports/xml_stream.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evs::imports {

/// _rels/*.rels: what a part refers to.
class relations : public xml_listener {
public:
  struct target {
    std::string type;
    std::string path;
  };
  void begin(std::string_view name, const xml_attributes& attributes) override;
  void end(std::string_view) override {}
  void text(std::string_view) override {}

  /// First target whose type ends so ("/worksheet"), or nothing.
  std::optional<std::string> of_type(std::string_view ending) const;
  std::map<std::string, target> by_id;
};

/// A relation's target as a name in the archive, seen from the part that holds the relation; "" when it leads out of the archive.
std::string resolve_target(std::string_view part, std::string_view target);

/// workbook.xml: the sheet to read (the first one that isn't hidden) and how days are counted.
class workbook_part : public xml_listener {
public:
  void begin(std::string_view name, const xml_attributes& attributes) override;
  void end(std::string_view) override {}
  void text(std::string_view) override {}

  std::string sheet_relation;
  std::string sheet_name;
  bool since_1904 = false;

private:
  bool found_visible_ = false;
};

/// styles.xml: what the number of a cell's style shows.
class styles_part : public xml_listener {
public:
  void begin(std::string_view name, const xml_attributes& attributes) override;
  void end(std::string_view name) override;
  void text(std::string_view) override {}

  cell_format format_of(std::string_view style) const;

private:
  std::map<unsigned, cell_format> own_;
  std::vector<unsigned> cells_;
  bool in_cells_ = false;
};

/// sharedStrings.xml
class shared_strings_part : public xml_listener {
public:
  explicit shared_strings_part(string_shelf& to) : to_(to) {}
  void begin(std::string_view name, const xml_attributes& attributes) override;
  void end(std::string_view name) override;
  void text(std::string_view what) override;
  /// Set when the disk is full.
  std::optional<failure> problem;

private:
  string_shelf& to_;
  std::string now_;
  bool in_text_ = false;
  unsigned phonetic_ = 0;
};

/// A sheet: its rows, one after the other.
class sheet_part : public xml_listener {
public:
  struct context {
    const string_shelf* strings = nullptr;
    const styles_part* styles = nullptr;
    bool since_1904 = false;
    std::size_t columns = 0;
    std::uint64_t rows = 0;
  };
  explicit sheet_part(context c) : context_(c) {}
  void begin(std::string_view name, const xml_attributes& attributes) override;
  void end(std::string_view name) override;
  void text(std::string_view what) override;

  /// The next whole row that isn't blank; it may be changed until the next call.
  source_row* next();
  std::optional<failure> problem;

private:
  void begin_row(const xml_attributes& attributes);
  void begin_cell(const xml_attributes& attributes);
  void end_cell();
  std::string shown_value() const;

  context context_;
  /// Rows that were read and not yet taken: [taken_, ready_); behind them is room that is used again.
  std::vector<source_row> rows_;
  std::size_t taken_ = 0, ready_ = 0;
  std::uint64_t line_ = 0;
  std::size_t column_ = 0;
  std::string type_, style_, value_;
  bool in_row_ = false, in_value_ = false, in_inline_ = false;
  unsigned phonetic_ = 0;
};

/// "BC12" is column 54 (from 0); nothing for what is no cell's name.
std::optional<std::size_t> column_of(std::string_view reference) noexcept;

} // namespace evs::imports
