#pragma once
// Where a list goes on: the key of its last row, opaque to clients.

#include "domain/error.hpp"
#include "domain/requests/common.hpp"
#include "persistence/postgres/encode.hpp"

#include <optional>
#include <string>
#include <vector>

namespace evs::persistence::postgres {

/// The parts in hexadecimal, joined by dots.
std::string make_cursor(const std::vector<std::string>& parts);

/// As many parts as asked, all null for an empty cursor; nothing for what make_cursor() never made. The parts' values are as hostile
/// as every other input.
std::optional<parameters> read_cursor(const std::string& cursor, std::size_t parts);

failure wrong_cursor();

/// Value of a filter, or null.
parameter filter_value(const list_query& query, std::string_view name);

} // namespace evs::persistence::postgres
