#include "domain/media_content.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace evs {

namespace {

constexpr std::array<image_kind, 4> image_kinds{
  {{"png", "image/png"}, {"jpg", "image/jpeg"}, {"gif", "image/gif"}, {"webp", "image/webp"}}};
constexpr std::uint32_t largest_side = 8192;

std::uint32_t byte(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }
std::uint32_t big16(std::string_view text, std::size_t i) { return byte(text, i) << 8 | byte(text, i + 1); }
std::uint32_t little16(std::string_view text, std::size_t i) { return byte(text, i + 1) << 8 | byte(text, i); }

bool fair(std::uint32_t width, std::uint32_t height) {
  return width > 0 && height > 0 && width <= largest_side && height <= largest_side;
}

/// Length in bytes of the MPEG layer III frame that `head` begins with; 0: it begins with none. ISO 11172-3, 13818-3.
std::size_t frame_length(std::string_view head) {
  if (head.size() < 4 || byte(head, 0) != 0xff || (byte(head, 1) & 0xe0) != 0xe0)
    return 0;
  const auto version = byte(head, 1) >> 3 & 3, layer = byte(head, 1) >> 1 & 3, rate = byte(head, 2) >> 4, sampling = byte(head, 2) >> 2 & 3;
  if (version == 1 || layer != 1 || rate == 0 || rate == 15 || sampling == 3)
    return 0;
  constexpr std::array<std::uint32_t, 15> kbits_1{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
  constexpr std::array<std::uint32_t, 15> kbits_2{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
  constexpr std::array<std::uint32_t, 3> hertz{44100, 48000, 32000};
  const bool first = version == 3;
  const auto bits = (first ? kbits_1 : kbits_2)[rate] * 1000;
  const auto samples_a_second = hertz[sampling] >> (first ? 0 : version == 2 ? 1 : 2);
  return (first ? 144U : 72U) * bits / samples_a_second + (byte(head, 2) >> 1 & 1);
}

/// Looks for the frame header (SOFn) of a JPEG.
bool is_jpeg(std::string_view content) {
  if (!content.starts_with("\xff\xd8\xff"))
    return false;
  for (std::size_t at = 2; at + 9 < content.size();) {
    if (byte(content, at) != 0xff)
      return false;
    const auto marker = byte(content, at + 1);
    if (marker == 0xff) {
      ++at;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc)
      return fair(big16(content, at + 7), big16(content, at + 5));
    if (marker == 0xda || marker == 0xd9 || big16(content, at + 2) < 2)
      return false;
    at += 2 + big16(content, at + 2);
  }
  return false;
}

bool is_png(std::string_view content) {
  return content.size() >= 33 && content.starts_with("\x89PNG\r\n\x1a\n") && content.substr(12, 4) == "IHDR" &&
         big16(content, 16) == 0 && big16(content, 20) == 0 && fair(big16(content, 18), big16(content, 22));
}

bool is_gif(std::string_view content) {
  return content.size() >= 13 && (content.starts_with("GIF87a") || content.starts_with("GIF89a")) &&
         fair(little16(content, 6), little16(content, 8));
}

bool is_webp(std::string_view content) {
  if (content.size() < 30 || !content.starts_with("RIFF") || content.substr(8, 4) != "WEBP")
    return false;
  const auto kind = content.substr(12, 4);
  if (kind == "VP8 ")
    return content.substr(23, 3) == "\x9d\x01\x2a" && fair(little16(content, 26) & 0x3fff, little16(content, 28) & 0x3fff);
  if (kind == "VP8L")
    return byte(content, 20) == 0x2f && fair((little16(content, 21) & 0x3fff) + 1,
                                             ((little16(content, 22) >> 6 | byte(content, 24) << 10) & 0x3fff) + 1);
  return kind == "VP8X" && fair((little16(content, 24) | byte(content, 26) << 16) + 1, (little16(content, 27) | byte(content, 29) << 16) + 1);
}

} // namespace

std::size_t id3_length(std::string_view head) noexcept {
  if (head.size() < 10 || !head.starts_with("ID3") || byte(head, 3) == 0xff || byte(head, 4) == 0xff)
    return 0;
  std::size_t length = 0;
  for (std::size_t i = 6; i < 10; ++i) {
    if (byte(head, i) > 0x7f)
      return 0;
    length = length << 7 | byte(head, i);
  }
  return length + 10 + ((byte(head, 5) & 0x10) != 0 ? 10 : 0);
}

std::optional<sound_format> sound_format_of(std::string_view head) noexcept {
  if (head.size() >= 12 && head.starts_with("RIFF") && head.substr(8, 4) == "WAVE")
    return sound_format::wav;
  const auto length = frame_length(head);
  if (length < 24 || (length + 4 <= head.size() && frame_length(head.substr(length)) == 0))
    return std::nullopt;
  return sound_format::mp3;
}

std::optional<image_kind> image_kind_of(std::string_view content) noexcept {
  if (is_png(content))
    return image_kinds[0];
  if (is_jpeg(content))
    return image_kinds[1];
  if (is_gif(content))
    return image_kinds[2];
  if (is_webp(content))
    return image_kinds[3];
  return std::nullopt;
}

std::optional<image_kind> image_kind_named(std::string_view extension) noexcept {
  auto found = std::find_if(image_kinds.begin(), image_kinds.end(), [&](const auto& k) { return k.extension == extension; });
  return found == image_kinds.end() ? std::nullopt : std::optional{*found};
}

} // namespace evs
