#pragma once
// What a file is, by its content; names and declared types are not looked at.

#include "domain/requests/media_requests.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace evs {

/// Bytes of an ID3v2 tag at the beginning of `head` (the sound is behind it); 0: none.
std::size_t id3_length(std::string_view head) noexcept;

/// RIFF/WAVE, or MPEG layer III beginning with a frame. `head`: the first bytes behind an ID3 tag; with 4 KiB a second frame is checked.
std::optional<sound_format> sound_format_of(std::string_view head) noexcept;

struct image_kind {
  /// "png"
  std::string_view extension;
  std::string_view content_type;
};
/// PNG, JPEG, GIF or WebP of at most 8192 x 8192; nothing that could carry a script (SVG).
std::optional<image_kind> image_kind_of(std::string_view content) noexcept;
/// By the extension that image_kind_of() gave.
std::optional<image_kind> image_kind_named(std::string_view extension) noexcept;

} // namespace evs
