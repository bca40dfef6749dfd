#pragma once
// AMI as values: what is sent (action) and what arrives (frame).

#include "domain/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evs::ami {

/// Header lines in order; names compare without case.
struct frame {
  std::vector<std::pair<std::string, std::string>> fields;

  /// The first value of `name`, or empty.
  std::string_view get(std::string_view name) const noexcept;
  bool has(std::string_view name) const noexcept;
};

/// An action before it is written: "Originate" plus its headers, without ActionID (the link adds it).
struct action {
  std::string name;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Longest line and most headers that Asterisk's reader takes.
inline constexpr std::size_t max_line = 1024;
inline constexpr std::size_t max_headers = 128;

/// The bytes to send, or why they must not be sent: any byte < 0x20 or 0x7f in a name or value, a value with a leading blank (Asterisk
/// would drop it), an empty or odd name (letters, digits, '-', '_' are not), a second Action or ActionID, a line over max_line,
/// more than max_headers. Nothing is stripped or repaired.
result<std::string> serialize(const action& what, std::string_view action_id);

} // namespace evs::ami
