#include "domain/media_content.hpp"

#include <gtest/gtest.h>

namespace evs {
namespace {

using namespace std::string_literals;

/// An MPEG-1 layer III frame of 128 kbit/s at 44.1 kHz: 417 bytes.
std::string frame() { return "\xff\xfb\x90\x00"s + std::string(413, '\0'); }

TEST(MediaContent, KnowsSoundsByTheirContent) {
  EXPECT_EQ(sound_format_of("RIFF\x24\0\0\0WAVEfmt "s), sound_format::wav);
  EXPECT_EQ(sound_format_of(frame() + frame()), sound_format::mp3);
  EXPECT_EQ(sound_format_of(frame() + "garbage behind the first frame"), std::nullopt);
  for (auto other : {""s, "RIFF\x24\0\0\0AVI LIST"s, "MZ\x90\0"s, "\x7f" "ELF"s, "<?php echo 1; ?>"s, "OggS"s, "\xff\xfb\xf0\0"s, "\xff\xff\xff\xff"s, "ID3"s,
                     "#!/bin/sh\n"s, "#EXTM3U\nhttp://127.0.0.1/\n"s})
    EXPECT_EQ(sound_format_of(other), std::nullopt) << other;
}

TEST(MediaContent, LooksBehindTags) {
  EXPECT_EQ(id3_length("ID3\x04\0\0\0\0\x02\x01rest"s), 257u + 10u);
  EXPECT_EQ(id3_length("ID3\x04\0\x10\0\0\0\0"s), 20u) << "with a footer";
  EXPECT_EQ(id3_length("ID3\x04\0\0\xff\0\0\0"s), 0u) << "no size";
  EXPECT_EQ(id3_length(frame()), 0u);
}

TEST(MediaContent, KnowsImagesByTheirContent) {
  const auto png = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0...."s;
  EXPECT_EQ(image_kind_of(png)->content_type, "image/png");
  EXPECT_EQ(image_kind_of("GIF89a\x10\0\x10\0\0\0\0"s)->extension, "gif");
  EXPECT_EQ(image_kind_of("\xff\xd8\xff\xe0\0\x04JF\xff\xc0\0\x11\x08\0\x10\0\x10\x03......."s)->extension, "jpg");
  EXPECT_EQ(image_kind_of("RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x0f\0\0\x0f\0\0...."s)->extension, "webp");
  auto huge = png;
  huge[16] = '\x7f';
  for (auto other : {huge, ""s, "\x89PNG\r\n\x1a\n"s, "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"s, "<html>"s, "GIF89a\0\0\0\0\0\0\0"s,
                     "\xff\xd8\xff\xda\0\x04xx"s, "BM"s, "RIFF\x24\0\0\0WAVEfmt ................"s})
    EXPECT_FALSE(image_kind_of(other)) << other;
  EXPECT_EQ(image_kind_named("jpg")->content_type, "image/jpeg");
  EXPECT_FALSE(image_kind_named("svg"));
}

} // namespace
} // namespace evs
