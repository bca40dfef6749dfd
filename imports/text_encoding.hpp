#pragma once
// Which characters a text file's bytes are, and those characters as UTF-8.

#include <cstdint>
#include <string>
#include <string_view>

namespace evs::imports {

enum class encoding : std::uint8_t { utf8, windows_1252, utf16_le, utf16_be };

/// "UTF-8", "Windows-1252" ...
std::string_view to_string(encoding what) noexcept;

/// Looks at all bytes of a file, in pieces. A byte order mark decides; else zero bytes at every other place mean UTF-16; else bytes
/// that are UTF-8 are that (a few broken ones among many good are forgiven); all else is taken for Windows-1252.
class encoding_detector {
public:
  void feed(std::string_view bytes);
  encoding verdict() const noexcept;

private:
  void feed_utf8(unsigned char byte);

  std::string head_;
  std::uint64_t good_ = 0;
  std::uint64_t bad_ = 0;
  unsigned missing_ = 0;
  unsigned char lowest_ = 0x80;
  unsigned char highest_ = 0xBF;
};

/// Turns pieces of a file into UTF-8. What has no meaning, and NUL, becomes U+FFFD; a byte order mark is left out.
class text_decoder {
public:
  explicit text_decoder(encoding from) : from_(from) {}
  /// Appends to `out`. `last`: nothing follows, a character that lacks bytes is broken.
  void decode(std::string_view bytes, bool last, std::string& out);

private:
  void decode_utf8(std::string_view bytes, bool last, std::string& out);
  void decode_windows_1252(std::string_view bytes, std::string& out);
  void decode_utf16(std::string_view bytes, bool last, std::string& out);
  void take_unit(char16_t unit, std::string& out);
  void without_mark(std::size_t from, std::string& out);

  encoding from_;
  /// Bytes of a character that goes on in the next piece.
  std::string rest_;
  char16_t high_ = 0;
  bool begun_ = false;
};

/// One character as UTF-8.
void append_utf8(std::string& out, char32_t code_point);

} // namespace evs::imports
