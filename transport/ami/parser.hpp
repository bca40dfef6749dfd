#pragma once
// Bytes -> frames, whatever the pieces they arrive in. No I/O, no clock; one parser a connection.

#include "transport/ami/frame_view.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evs::ami {

/// What a frame may take; more is skipped as malformed, and the next frame is found again.
struct parser_limits {
  /// Bytes of a line. Values that Asterisk writes may be longer than what it reads (max_line).
  std::size_t line = 16 * 1024;
  std::size_t frame = 256 * 1024;
  std::size_t headers = 4096;
};

/// Incremental: a line ends at "\r\n" or a lone '\n', a frame at an empty line, and what follows a NUL in a line is ignored.
/// Holds at most one unfinished frame plus one read.
class parser {
public:
  explicit parser(parser_limits limits = {}) : limits_(limits) {}

  /// Room for `size` bytes to read into; ends the life of frames handed out before.
  std::span<char> prepare(std::size_t size);
  /// The first `size` bytes of that room are filled.
  void commit(std::size_t size) noexcept { end_ += size; }
  /// prepare + copy + commit.
  void feed(std::string_view bytes);

  /// The next whole frame, or nullopt: feed more.
  std::optional<frame_view> next();

  /// Version that the greeting announced ("11.0.0" of "Asterisk Call Manager/11.0.0"), empty before it came.
  const std::string& greeting() const noexcept { return greeting_; }
  /// Lines that are no header, and frames that were too large.
  std::uint64_t malformed() const noexcept { return malformed_; }
  /// Forgets everything but the counter: a new connection begins.
  void reset() noexcept;

private:
  /// Where a header lies, from the start of its frame (the buffer may move).
  struct place {
    std::uint32_t name, name_size, value, value_size;
  };

  void take_line(std::size_t begin, std::size_t end);
  void skip_frame(std::size_t from) noexcept;
  frame_view whole_frame();

  parser_limits limits_;
  std::vector<char> buffer_;
  /// Start of the unfinished frame, start of its unfinished line, end of what was searched, end of what was read.
  std::size_t frame_ = 0, line_ = 0, seen_ = 0, end_ = 0;
  std::vector<place> places_;
  std::vector<header_view> headers_;
  bool skipping_ = false;
  /// Within a line whose beginning was already dropped.
  bool in_long_line_ = false;
  bool greeted_ = false;
  std::string greeting_;
  std::uint64_t malformed_ = 0;
};

} // namespace evs::ami
