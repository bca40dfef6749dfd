#pragma once
// The columns of each report: name in the contract, title for people, how it is shown. Statements, JSON and CSV read this one table.

#include "domain/requests/report_requests.hpp"

#include <span>
#include <string_view>

namespace evs {

struct report_column {
  /// Name in the contract.
  std::string_view name;
  /// First line of the CSV.
  std::string_view title;
  /// Texts and times are quoted in JSON, numbers are not.
  bool number = true;
};

/// What a row is about: grouping columns come first, as far as they were asked for.
inline constexpr report_column day_column{"day", "Jour", false};
inline constexpr report_column hour_column{"hour", "Heure", false};
inline constexpr report_column site_column{"siteId", "Site", false};

/// Id and name of what the rows are about; empty where there is no such thing.
std::span<const report_column> subject_columns(report_kind kind) noexcept;
/// The figures.
std::span<const report_column> figure_columns(report_kind kind) noexcept;
/// "calls", and so on.
std::string_view report_name(report_kind kind) noexcept;

} // namespace evs
