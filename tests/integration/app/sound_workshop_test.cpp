// The converter of sounds with a real sox.

#include "app/sound_workshop.hpp"
#include "process/child_process.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <numbers>

#include <unistd.h>

namespace evs {
namespace {

namespace fs = std::filesystem;

std::string little(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i, value >>= 8)
    out += static_cast<char>(value & 255);
  return out;
}

/// A tone: 16 bit, stereo, 44.1 kHz.
std::string wav(double seconds_long) {
  const auto frames = static_cast<std::uint32_t>(seconds_long * 44100);
  std::string samples;
  samples.reserve(frames * 4);
  for (std::uint32_t i = 0; i < frames; ++i) {
    const auto level = static_cast<std::int16_t>(std::lround(12000 * std::sin(2 * std::numbers::pi * 440 * i / 44100)));
    samples += little(static_cast<std::uint16_t>(level), 2) + little(static_cast<std::uint16_t>(level), 2);
  }
  const auto size = static_cast<std::uint32_t>(samples.size());
  return "RIFF" + little(size + 36, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) + little(2, 2) + little(44100, 4) + little(44100 * 4, 4) +
         little(4, 2) + little(16, 2) + "data" + little(size, 4) + samples;
}

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

class SoundWorkshop : public testing::Test {
protected:
  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }

  /// As it lies in a spooled form: something before it, something behind it.
  add_audio_file upload(const std::string& content) const {
    const auto path = folder / "upload";
    std::ofstream{path, std::ios::binary} << "--b\r\nheaders\r\n\r\n" << content << "\r\n--b--";
    return {"", "Accueil", "a.wav", path, 16, content.size()};
  }
  result<keep_audio_file> convert(const std::string& content) {
    std::promise<result<keep_audio_file>> made;
    workshop.convert(upload(content), [&](result<keep_audio_file> r) { made.set_value(std::move(r)); });
    return made.get_future().get();
  }
  std::ptrdiff_t files_left() const { return std::distance(fs::directory_iterator{folder / "work"}, fs::directory_iterator{}); }

  fs::path folder = fs::path{testing::TempDir()} / ("evs-workshop-" + std::to_string(getpid()));
  std::string complaint;
  sound_workshop workshop{folder / "work", [this](const std::string& why) { complaint = why; }};
};

TEST_F(SoundWorkshop, MakesWhatAsteriskPlaysOfAWav) {
  auto made = convert(wav(1.5));
  ASSERT_TRUE(made) << complaint;
  EXPECT_NEAR(made->duration_s, 1.5, 0.01);
  const auto heard = content_of(made->wav);
  ASSERT_GT(heard.size(), 44u);
  EXPECT_EQ(heard.substr(0, 4), "RIFF");
  EXPECT_EQ(heard.substr(20, 2), little(1, 2)) << "PCM";
  EXPECT_EQ(heard.substr(22, 2), little(1, 2)) << "mono";
  EXPECT_EQ(heard.substr(24, 4), little(8000, 4));
  EXPECT_EQ(heard.substr(34, 2), little(16, 2));
  EXPECT_NEAR(static_cast<double>(fs::file_size(made->sln16)), 1.5 * 32000, 400);
  // It is the tone, not silence.
  std::int16_t loudest = 0;
  for (std::size_t at = 44; at + 1 < heard.size(); at += 2) {
    std::int16_t sample = 0;
    std::memcpy(&sample, heard.data() + at, 2);
    loudest = std::max(loudest, sample);
  }
  EXPECT_GT(loudest, 8000);
}

TEST_F(SoundWorkshop, MakesTheSameOfAnMp3) {
  std::ofstream{folder / "tone.wav", std::ios::binary} << wav(3);
  ASSERT_TRUE(run_process({{"/usr/bin/sox", folder / "tone.wav", folder / "tone.mp3"}, {}, false, false, {}}, std::chrono::seconds{30}).ok);
  auto made = convert(content_of(folder / "tone.mp3"));
  ASSERT_TRUE(made) << complaint;
  EXPECT_NEAR(made->duration_s, 3, 0.1);
  std::string tag = "ID3\x04";
  tag += std::string{"\0\0\0\0\x10\0", 6} + std::string(2048, '\0');
  auto tagged = convert(tag + content_of(folder / "tone.mp3"));
  ASSERT_TRUE(tagged) << complaint;
  EXPECT_NEAR(tagged->duration_s, 3, 0.1);
}

TEST_F(SoundWorkshop, RefusesWhatIsNoSoundAndLeavesNothing) {
  std::string broken = wav(0.1);
  for (const auto& bad : {std::string{"x"}, std::string(100'000, '\xff'), std::string{"MZ\x90"}, std::string{"#EXTM3U\nhttp://127.0.0.1/x\n"},
                          broken.substr(0, 20), std::string{"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff", 20}, std::string{"ID3\x04\0\0\x7f\x7f\x7f\x7f", 10}}) {
    auto made = convert(bad);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, errc::invalid_input);
    EXPECT_TRUE(made.error().fields.contains("audioFile"));
  }
  EXPECT_EQ(files_left(), 0);
}

TEST_F(SoundWorkshop, TheNameOfAFileIsNothingToTheConverter) {
  auto strange = upload(wav(0.2));
  strange.file_name = "|touch /tmp/evil.wav; -n --help";
  std::promise<bool> made;
  workshop.convert(strange, [&](result<keep_audio_file> r) { made.set_value(r.ok()); });
  EXPECT_TRUE(made.get_future().get());
  EXPECT_FALSE(fs::exists("/tmp/evil.wav"));
}

TEST_F(SoundWorkshop, TurnsARecordingIntoTheOtherFormat) {
  std::ofstream{folder / "call.wav", std::ios::binary} << wav(1);
  std::promise<result<std::string>> made;
  workshop.transcode(folder / "call.wav", sound_format::mp3, [&](result<std::string> r) { made.set_value(std::move(r)); });
  auto path = made.get_future().get();
  ASSERT_TRUE(path);
  auto back = convert(content_of(*path));
  ASSERT_TRUE(back) << complaint;
  EXPECT_NEAR(back->duration_s, 1, 0.1);
}

TEST_F(SoundWorkshop, RemovesWhatACrashHasLeft) {
  std::ofstream{folder / "work" / "sound-old.wav"} << "x";
  std::ofstream{folder / "work" / "sound-new.wav"} << "x";
  fs::last_write_time(folder / "work" / "sound-old.wav", fs::file_time_type::clock::now() - std::chrono::hours{2});
  std::ofstream{folder / "work" / "other"} << "x";
  sound_workshop again{folder / "work", {}};
  EXPECT_FALSE(fs::exists(folder / "work" / "sound-old.wav"));
  EXPECT_TRUE(fs::exists(folder / "work" / "sound-new.wav"));
  EXPECT_TRUE(fs::exists(folder / "work" / "other"));
}

} // namespace
} // namespace evs
