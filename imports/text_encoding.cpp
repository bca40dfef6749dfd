#include "imports/text_encoding.hpp"

#include <array>

namespace evs::imports {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view mark = "\xEF\xBB\xBF";

/// Windows-1252, 0x80 to 0x9F (the rest is Latin-1); 0: no character.
constexpr std::array<char16_t, 32> high_controls{
  0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
  0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178};

/// Bytes that follow a first byte, and what the second may be (Unicode 15, table 3-7); 9: no first byte.
struct lead {
  unsigned following;
  unsigned char lowest = 0x80, highest = 0xBF;
};
lead read_lead(unsigned char byte) noexcept {
  if (byte < 0x80)
    return {0};
  if (byte >= 0xC2 && byte <= 0xDF)
    return {1};
  if (byte == 0xE0)
    return {2, 0xA0, 0xBF};
  if (byte == 0xED)
    return {2, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF)
    return {2};
  if (byte == 0xF0)
    return {3, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3)
    return {3};
  if (byte == 0xF4)
    return {3, 0x80, 0x8F};
  return {9};
}

constexpr std::size_t head_size = 4096;

/// UTF-16 without a mark: Latin letters have a zero byte each, always at the same side.
bool looks_like_utf16(std::string_view head, std::size_t zero_at) {
  if (head.size() < 4)
    return false;
  std::size_t zeros = 0, others = 0;
  for (std::size_t i = 0; i + 1 < head.size(); i += 2) {
    zeros += head[i + zero_at] == '\0';
    others += head[i + 1 - zero_at] == '\0';
  }
  return others == 0 && zeros * 10 >= (head.size() / 2) * 6;
}

} // namespace

std::string_view to_string(encoding what) noexcept {
  switch (what) {
  case encoding::utf8: return "UTF-8";
  case encoding::windows_1252: return "Windows-1252";
  case encoding::utf16_le:
  case encoding::utf16_be: return "UTF-16";
  }
  return "";
}

void append_utf8(std::string& out, char32_t c) {
  if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
    out += replacement;
  } else if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

void encoding_detector::feed_utf8(unsigned char byte) {
  if (missing_ > 0) {
    if (byte >= lowest_ && byte <= highest_) {
      lowest_ = 0x80;
      highest_ = 0xBF;
      if (--missing_ == 0)
        ++good_;
      return;
    }
    missing_ = 0;
    ++bad_;
  }
  const auto begun = read_lead(byte);
  if (begun.following == 9) {
    ++bad_;
  } else {
    missing_ = begun.following;
    lowest_ = begun.lowest;
    highest_ = begun.highest;
  }
}

void encoding_detector::feed(std::string_view bytes) {
  if (head_.size() < head_size)
    head_ += bytes.substr(0, head_size - head_.size());
  for (char c : bytes)
    if (missing_ > 0 || static_cast<unsigned char>(c) >= 0x80)
      feed_utf8(static_cast<unsigned char>(c));
}

encoding encoding_detector::verdict() const noexcept {
  if (head_.starts_with(mark))
    return encoding::utf8;
  if (head_.starts_with("\xFF\xFE"))
    return encoding::utf16_le;
  if (head_.starts_with("\xFE\xFF"))
    return encoding::utf16_be;
  if (looks_like_utf16(head_, 1))
    return encoding::utf16_le;
  if (looks_like_utf16(head_, 0))
    return encoding::utf16_be;
  const auto bad = bad_ + (missing_ > 0 ? 1 : 0);
  return bad == 0 || good_ >= 4 * bad ? encoding::utf8 : encoding::windows_1252;
}

void text_decoder::decode(std::string_view bytes, bool last, std::string& out) {
  switch (from_) {
  case encoding::utf8: return decode_utf8(bytes, last, out);
  case encoding::windows_1252: return decode_windows_1252(bytes, out);
  case encoding::utf16_le:
  case encoding::utf16_be: return decode_utf16(bytes, last, out);
  }
}

/// Drops the mark if it is the first character of all.
void text_decoder::without_mark(std::size_t from, std::string& out) {
  if (begun_ || out.size() == from)
    return;
  begun_ = true;
  if (std::string_view{out}.substr(from).starts_with(mark))
    out.erase(from, mark.size());
}

void text_decoder::decode_utf8(std::string_view bytes, bool last, std::string& out) {
  const auto from = out.size();
  std::string joined;
  if (!rest_.empty()) {
    joined = rest_ + std::string{bytes};
    bytes = joined;
    rest_.clear();
  }
  std::size_t clean = 0, i = 0;
  auto flush = [&](std::size_t end) { out += bytes.substr(clean, end - clean); };
  while (i < bytes.size()) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte != 0 && byte < 0x80) {
      ++i;
      continue;
    }
    const auto begun = byte == 0 ? lead{9} : read_lead(byte);
    std::size_t size = 1;
    bool whole = begun.following != 9;
    for (unsigned k = 0; whole && k < begun.following; ++k) {
      if (i + size == bytes.size()) {
        if (!last) {
          flush(i);
          rest_ = bytes.substr(i);
          return without_mark(from, out);
        }
        whole = false;
        break;
      }
      const auto next = static_cast<unsigned char>(bytes[i + size]);
      if (next < (k == 0 ? begun.lowest : 0x80) || next > (k == 0 ? begun.highest : 0xBF))
        whole = false;
      else
        ++size;
    }
    if (!whole) {
      flush(i);
      out += replacement;
      clean = i + size;
    }
    i += size;
  }
  flush(bytes.size());
  without_mark(from, out);
}

void text_decoder::decode_windows_1252(std::string_view bytes, std::string& out) {
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte != 0 && byte < 0x80)
      out += c;
    else
      append_utf8(out, byte >= 0x80 && byte < 0xA0 ? high_controls[byte - 0x80] : byte);
  }
}

void text_decoder::take_unit(char16_t unit, std::string& out) {
  const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
  if (high_ != 0) {
    const auto high = high_;
    high_ = 0;
    if (low)
      return append_utf8(out, 0x10000 + ((static_cast<char32_t>(high) - 0xD800) << 10) + (static_cast<char32_t>(unit) - 0xDC00));
    out += replacement;
  }
  if (unit >= 0xD800 && unit <= 0xDBFF)
    high_ = unit;
  else
    append_utf8(out, unit);
}

void text_decoder::decode_utf16(std::string_view bytes, bool last, std::string& out) {
  const auto from = out.size();
  auto unit = [&](char first, char second) {
    const auto a = static_cast<unsigned char>(first), b = static_cast<unsigned char>(second);
    take_unit(static_cast<char16_t>(from_ == encoding::utf16_le ? a | (b << 8) : (a << 8) | b), out);
  };
  if (!rest_.empty() && !bytes.empty()) {
    unit(rest_[0], bytes[0]);
    rest_.clear();
    bytes.remove_prefix(1);
  }
  for (; bytes.size() >= 2; bytes.remove_prefix(2))
    unit(bytes[0], bytes[1]);
  rest_ += bytes;
  if (last && (!rest_.empty() || high_ != 0)) {
    out += replacement;
    rest_.clear();
    high_ = 0;
  }
  without_mark(from, out);
}

} // namespace evs::imports
