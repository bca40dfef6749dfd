#include "transport/web/file_answer.hpp"
#include "transport/web/spool.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace evs::web {
namespace {

namespace fs = std::filesystem;

class FileAnswer : public testing::Test {
protected:
  void SetUp() override {
    fs::create_directories(folder);
    std::ofstream{path} << "0123456789";
  }
  void TearDown() override { fs::remove_all(folder); }

  response ask(header_list headers, std::string save_as = {}) {
    request what;
    what.headers = std::move(headers);
    response made;
    made.file = attach({path, "audio/wav", std::move(save_as), false});
    auto file = open_answer(what, made);
    sent.clear();
    std::array<char, 3> room{};
    for (std::size_t got = 0; file && (got = file->read(room)) > 0;) sent.append(room.data(), got);
    return made;
  }
  static std::string header_of(const response& made, const std::string& name) {
    for (const auto& [n, v] : made.headers)
      if (n == name) return v;
    return {};
  }

  fs::path folder = fs::path{testing::TempDir()} / ("evs-files-" + std::to_string(getpid()));
  std::string path = folder / "sound.wav";
  std::string sent;
};

TEST(Range, FollowsRfc9110) {
  EXPECT_EQ(read_range("bytes=0-4", 10), wanted_bytes(byte_range{0, 5}));
  EXPECT_EQ(read_range("bytes=9-", 10), wanted_bytes(byte_range{9, 1}));
  EXPECT_EQ(read_range("bytes=5-500", 10), wanted_bytes(byte_range{5, 5}));
  EXPECT_EQ(read_range("bytes=-3", 10), wanted_bytes(byte_range{7, 3}));
  EXPECT_EQ(read_range("bytes=-300", 10), wanted_bytes(byte_range{0, 10}));
  for (auto gone : {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=18446744073709551615-"})
    EXPECT_EQ(read_range(gone, 10), wanted_bytes(no_such_range{})) << gone;
  EXPECT_EQ(read_range("bytes=0-", 0), wanted_bytes(no_such_range{}));
  for (auto odd : {"", "bytes", "bytes=", "bytes=-", "bytes=4-2", "bytes=a-b", "bytes=0-1,3-4", "items=0-1", "bytes=+1-2", "bytes=99999999999999999999-"})
    EXPECT_EQ(read_range(odd, 10), wanted_bytes(whole_file{})) << odd;
}

TEST(Disposition, FollowsRfc6266) {
  EXPECT_EQ(content_disposition(""), "inline");
  EXPECT_EQ(content_disposition("appel 1.wav"), "attachment; filename=\"appel 1.wav\"");
  EXPECT_EQ(content_disposition("é\"\r\n.csv"), "attachment; filename=\"____.csv\"; filename*=UTF-8''%C3%A9%22%0D%0A.csv");
  EXPECT_EQ(content_disposition("a/b\\c\xff"), "attachment; filename=\"a_b_c_\"; filename*=UTF-8''a%2Fb%5Cc");
}

TEST_F(FileAnswer, SendsEverythingOrAPart) {
  auto whole = ask({}, "a.wav");
  EXPECT_EQ(whole.status, 200u);
  EXPECT_EQ(sent, "0123456789");
  EXPECT_EQ(whole.content_type, "audio/wav");
  EXPECT_EQ(header_of(whole, "Accept-Ranges"), "bytes");
  EXPECT_EQ(header_of(whole, "Content-Disposition"), "attachment; filename=\"a.wav\"");
  auto part = ask({{"range", "bytes=2-5"}});
  EXPECT_EQ(part.status, 206u);
  EXPECT_EQ(sent, "2345");
  EXPECT_EQ(header_of(part, "Content-Range"), "bytes 2-5/10");
  auto gone = ask({{"range", "bytes=10-"}});
  EXPECT_EQ(gone.status, 416u);
  EXPECT_EQ(header_of(gone, "Content-Range"), "bytes */10");
}

TEST_F(FileAnswer, ConditionsGoByTheETag) {
  const auto etag = header_of(ask({}), "ETag");
  ASSERT_FALSE(etag.empty());
  EXPECT_EQ(ask({{"if-none-match", etag}}).status, 304u);
  EXPECT_EQ(sent, "");
  EXPECT_EQ(ask({{"range", "bytes=0-0"}, {"if-range", etag}}).status, 206u);
  std::ofstream{path} << "changed meanwhile";
  EXPECT_EQ(ask({{"range", "bytes=0-0"}, {"if-range", etag}}).status, 200u);
  EXPECT_EQ(sent, "changed meanwhile");
  EXPECT_EQ(ask({{"if-none-match", etag}}).status, 200u);
}

TEST_F(FileAnswer, OnlyAPlainFileIsSent) {
  fs::remove(path);
  EXPECT_EQ(ask({}).status, 404u);
  fs::create_symlink("/etc/passwd", path);
  EXPECT_EQ(ask({}).status, 404u);
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_EQ(ask({}).status, 404u);
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(ask({}).status, 404u);
}

TEST_F(FileAnswer, ATemporaryFileGoesWithItsLastAnswer) {
  auto first = attach({path, "text/csv", "a.csv", true});
  auto second = first;
  first.reset();
  EXPECT_TRUE(fs::exists(path));
  second.reset();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(FileAnswer, ABodyIsSpooledForItsOwnerOnlyAndGoesWithTheRequest) {
  auto writer = spool_writer::open(folder, "multipart/form-data; boundary=b", true);
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->write("--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nab"));
  EXPECT_TRUE((*writer)->write("c\r\n--b--"));
  auto body = (*writer)->finish();
  ASSERT_TRUE(body);
  struct stat about {};
  ASSERT_EQ(stat((*body)->path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(static_cast<std::uint64_t>(about.st_size), (*body)->size);
  EXPECT_EQ((*body)->sha256.size(), 64u);
  ASSERT_EQ((*body)->parts.size(), 1u);
  EXPECT_EQ((*body)->parts[0].size, 3u);
  const auto spooled = (*body)->path;
  body = errc::internal;
  EXPECT_FALSE(fs::exists(spooled));
}

TEST_F(FileAnswer, AnAbandonedBodyLeavesNothing) {
  {
    auto writer = spool_writer::open(folder, "", false);
    ASSERT_TRUE(writer);
    EXPECT_TRUE((*writer)->write("half"));
  }
  EXPECT_EQ(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}), 1) << "the sound of the fixture";
  EXPECT_EQ(spool_writer::open(folder / "missing", "", false).error().code, errc::storage_unavailable);
  EXPECT_EQ(spool_writer::open({}, "", false).error().code, errc::storage_unavailable);
}

TEST_F(FileAnswer, WhatACrashLeftIsRemovedOnceItIsOld) {
  const auto old = folder / "upload-old", fresh = folder / "upload-new";
  std::ofstream{old} << "x";
  std::ofstream{fresh} << "x";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours{2});
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{2});
  tidy_spool(folder);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh));
  EXPECT_TRUE(fs::exists(path)) << "not one of ours";
}

} // namespace
} // namespace evs::web
