#pragma once
// Lists page by page: what is asked for, where they go on (the key of the last row, opaque to clients), and the answer.

#include "domain/error.hpp"
#include "domain/requests/common.hpp"
#include "persistence/postgres/session.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace evs::persistence::postgres {

/// What a part of a key is; `moment` as EVS_EXACT_MOMENT writes it.
enum class key_part : std::uint8_t { text, whole, decimal, moment };

/// A time in a key: with microseconds, in UTC.
#define EVS_EXACT_MOMENT(column) "to_char(" column " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/// The parts in hexadecimal, joined by dots.
std::string make_cursor(const std::vector<std::string>& parts);

/// The parts as PostgreSQL can cast them, all null for an empty cursor; invalid_input for what make_cursor() never made. The texts are
/// as hostile as every other input.
result<parameters> read_cursor(const std::string& cursor, std::initializer_list<key_part> parts);

/// Value of a filter, or null.
parameter filter_value(const list_query& query, std::string_view name);

/// The answer to a list: of each row the first column, which is JSON; the key is in the next `key_columns`. One row more than `limit`
/// says that there is a next page. Not paged: an array.
data_answer page_of(rows found, std::size_t limit, std::size_t key_columns, bool paged = true);

} // namespace evs::persistence::postgres
