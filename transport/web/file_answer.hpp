#pragma once
// A file as an answer: RFC 9110 ranges and conditions, RFC 6266 names. Sent piece by piece from the disk.

#include "transport/web/http_message.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace evs::web {

struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  friend bool operator==(const byte_range&, const byte_range&) = default;
};
/// No Range, one that is not understood, or several: RFC 9110 allows to send everything.
struct whole_file {
  friend bool operator==(const whole_file&, const whole_file&) = default;
};
/// Nothing of what is asked for is there: 416.
struct no_such_range {
  friend bool operator==(const no_such_range&, const no_such_range&) = default;
};
using wanted_bytes = std::variant<whole_file, byte_range, no_such_range>;

/// A Range header's value for a file of that size.
wanted_bytes read_range(std::string_view header, std::uint64_t size);

/// Content-Disposition: attachment under that name, in ASCII and in full; inline for an empty one.
std::string content_disposition(std::string_view save_as);

/// The bytes that answer a request; closes the file with itself.
class open_file {
public:
  explicit open_file(int fd) : fd_(fd) {}
  ~open_file();
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  /// What of it is to be read.
  void narrow(byte_range part) noexcept { at_ = part.first, left_ = part.length; }
  std::uint64_t left() const noexcept { return left_; }
  /// The next bytes, as many as `room` holds; 0: the end, or the file is shorter than it was.
  std::size_t read(std::span<char> room);

private:
  int fd_;
  std::uint64_t at_ = 0, left_ = 0;
};

/// Opens `made.file` and gives `made` its status and headers: 200, 206, 304 or 416; 404 when the file is not there (any more), or is
/// no plain file. Null: `made` is answered without one.
std::unique_ptr<open_file> open_answer(const request& what, response& made);

} // namespace evs::web
