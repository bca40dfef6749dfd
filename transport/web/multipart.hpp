#pragma once
// multipart/form-data (RFC 7578) as it arrives: says which parts there are and where in the body their content lies. Files are
// never collected; short fields are. Pure.

#include "domain/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evs::web {

struct form_part {
  /// Name of the field.
  std::string name;
  /// What the sender calls the file, for people to read: its last component, without control characters, at most 255 bytes. Never
  /// part of a path. Absent: a plain field.
  std::optional<std::string> file_name;
  /// As the sender says; not to be believed.
  std::string content_type;
  /// Where the content lies in the body.
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  /// Content of a plain field.
  std::string value;
};

struct multipart_limits {
  std::size_t parts = 64;
  /// Bytes of one part's headers, and of a plain field.
  std::size_t header = 8 * 1024;
  std::size_t field = 64 * 1024;
};

/// The boundary that a Content-Type of multipart/form-data names; nullopt: another type, or no boundary that RFC 2046 allows.
std::optional<std::string> multipart_boundary(std::string_view content_type);

class multipart_reader {
public:
  explicit multipart_reader(std::string_view boundary, multipart_limits limits = {});

  /// The next bytes of the body, cut anywhere. False: the form is broken or too large, see problem(); the rest is ignored.
  bool feed(std::string_view bytes);
  /// After the last bytes. The parts in their order, or what is wrong.
  result<std::vector<form_part>> finish();

private:
  enum class place : std::uint8_t { preamble, after_boundary, headers, content, end, broken };

  void read_until_boundary(std::string_view& bytes);
  void read_after_boundary(std::string_view& bytes);
  void read_headers(std::string_view& bytes);
  void keep(std::string_view content);
  void begin_part();
  void fail(errc code, std::string why);

  multipart_limits limits_;
  /// CR LF "--" boundary. A body begins as if a line had just ended.
  std::string delimiter_;
  std::size_t matched_ = 2;
  place at_ = place::preamble;
  std::uint64_t position_ = 0;
  std::string line_;
  std::vector<form_part> parts_;
  failure problem_{errc::invalid_input, {}, {}};
};

/// A form that is in memory.
result<std::vector<form_part>> read_form(std::string_view content_type, std::string_view body, multipart_limits limits = {});

/// The part of that name; null: there is none.
const form_part* find_part(const std::vector<form_part>& parts, std::string_view name) noexcept;

} // namespace evs::web
