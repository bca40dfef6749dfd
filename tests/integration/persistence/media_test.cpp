// The files behind rows: kept whole or not at all, found by id only, gone with their row.
#include "persistence/desk.hpp"
#include "persistence/media_files.hpp"
#include "surroundings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace evs::persistence {
namespace {

namespace fs = std::filesystem;
using testing::scratch_database;

class Media : public ::testing::Test {
protected:
  void SetUp() override {
    fs::create_directories(data_ / "work");
    seed(db_.settings(), true, [](const std::string& p) { return "hash of " + p; });
    desk_settings s;
    s.store = db_.settings();
    s.data_dir = data_;
    s.now = [] { return timestamp{seconds{1'700'000'000}}; };
    desk_ = make_postgres_desk(s);
  }
  void TearDown() override { fs::remove_all(data_); }

  static requester asked_by(role r, const std::string& id = "user-9999", const std::string& site = "") {
    return {{user_id{id}, r, site_id{site}}, id, "127.0.0.1", "r1"};
  }
  result<data_answer> ask(media_request what, const requester& who = asked_by(role::super_admin)) {
    return desk_->perform(who, data_request{std::move(what)});
  }
  std::string temporary(const std::string& name, const std::string& content) {
    const auto path = data_ / "work" / name;
    std::ofstream{path} << content;
    return path;
  }
  result<data_answer> keep(const std::string& id) {
    return ask(keep_audio_file{id, "Accueil", "a.wav", 10, 1.5, temporary("a.wav", "wav"), temporary("a.sln16", "raw")});
  }
  std::ptrdiff_t count(const char* folder) {
    std::error_code ec;
    fs::directory_iterator entries{data_ / folder, ec};
    return ec ? 0 : std::distance(entries, fs::directory_iterator{});
  }
  void call(const std::string& id, const std::string& agent, const std::string& site) {
    db_.ask("insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, "
            "end_reason, agent_id, site_id, recording_id) values ('" + id + "', 'inbound', now(), now(), 1, 1, 0, 0, 1, 0, 'answered', "
            "'caller_hangup', '" + agent + "', " + (site.empty() ? "null" : "'" + site + "'") + ", 'rec-" + id + "')");
    fs::create_directories(data_ / "recordings");
    std::ofstream{data_ / "recordings" / ("rec-" + id + ".wav")} << "sound of " << id;
  }

  fs::path data_ = fs::path{::testing::TempDir()} / ("evs-media-" + std::to_string(getpid()));
  scratch_database db_;
  std::unique_ptr<desk> desk_;
};

const std::string png{"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0....", 33};

TEST_F(Media, ASoundIsKeptWithItsRowAndGoesWithIt) {
  auto kept = keep("audio-1");
  ASSERT_TRUE(kept) << kept.error().text();
  EXPECT_EQ(kept->status, 201u);
  EXPECT_NE(kept->json.find("\"duration\":1.5"), std::string::npos) << kept->json;
  EXPECT_EQ(count("audio"), 2);
  EXPECT_EQ(count("work"), 0) << "moved, not copied";
  auto heard = ask(read_audio_file{"audio-1"});
  ASSERT_TRUE(heard && heard->attached);
  struct stat about {};
  ASSERT_EQ(stat(heard->attached->path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0644u) << "Asterisk reads it";
  db_.ask("delete from audio_files where id = 'audio-1'");
  EXPECT_EQ(ask(sweep_files{})->json, R"({"removed":1})");
  EXPECT_EQ(count("audio"), 0);
  EXPECT_EQ(ask(sweep_files{})->json, R"({"removed":0})");
}

TEST_F(Media, ATakenOrImpossibleIdLeavesNoFile) {
  ASSERT_TRUE(keep("audio-1"));
  EXPECT_EQ(keep("audio-1").error().code, errc::conflict);
  EXPECT_EQ(keep("../x").error().code, errc::invalid_input);
  EXPECT_EQ(keep(".").error().code, errc::invalid_input);
  EXPECT_EQ(count("audio"), 2);
  EXPECT_EQ(db_.ask("select count(*) from audio_files"), "1");
}

TEST_F(Media, ADiskThatTakesNothingIsToldAndNoRowIsMade) {
  fs::create_directories(data_);
  std::ofstream{data_ / "audio"} << "a file where the folder should be";
  EXPECT_EQ(keep("audio-1").error().code, errc::storage_unavailable);
  EXPECT_EQ(db_.ask("select count(*) from audio_files"), "0");
}

TEST_F(Media, PathTraversalIsImpossible) {
  std::ofstream{data_ / "secret.png"} << png;
  for (const std::string name : {"../secret.png", "..", ".", "", "/etc/passwd", "a/../../secret.png", "x.svg", ".png", "%2e%2e/secret.png"}) {
    EXPECT_FALSE(ask(read_picture{name})) << name;
    EXPECT_FALSE(ask(read_audio_file{name})) << name;
    EXPECT_FALSE(ask(read_recording{name, sound_format::wav})) << name;
    EXPECT_EQ(is_plain_name(name), name == "x.svg") << name;
  }
  EXPECT_FALSE(is_plain_name(std::string_view{"a\0b", 3}));
  EXPECT_FALSE(is_plain_name(std::string(129, 'a')));
  // Not even a row that says so leads out.
  call("call-1", "user-1001", "site-paris");
  db_.ask("update call_history set recording_id = '../secret' where id = 'call-1'");
  EXPECT_FALSE(ask(read_recording{"call-1", sound_format::wav}));
  db_.ask("insert into discarded_files (kind, name) values ('picture', '../secret.png'), ('recording', '../../etc/passwd')");
  ask(sweep_files{});
  EXPECT_TRUE(fs::exists(data_ / "secret.png"));
}

TEST_F(Media, AFileOutOfALinkIsNotFound) {
  fs::create_directories(data_ / "pictures");
  fs::create_symlink("/etc/passwd", data_ / "pictures" / "x.png");
  EXPECT_FALSE(ask(read_picture{"x.png"}));
}

TEST_F(Media, APictureReplacesTheOneBefore) {
  const auto me = asked_by(role::agent, "user-1001");
  ASSERT_TRUE(ask(set_own_picture{png}, me));
  const auto first = db_.ask("select profile_picture_url from users where id = 'user-1001'");
  ASSERT_TRUE(ask(set_own_picture{png}, me));
  const auto second = db_.ask("select profile_picture_url from users where id = 'user-1001'");
  EXPECT_NE(first, second);
  EXPECT_EQ(count("pictures"), 1);
  const std::string prefix = "/api/media/pictures/";
  ASSERT_TRUE(second.starts_with(prefix));
  EXPECT_TRUE(ask(read_picture{second.substr(prefix.size())}, asked_by(role::agent, "user-1002")));
  EXPECT_FALSE(ask(read_picture{first.substr(prefix.size())}));
  EXPECT_FALSE(ask(set_own_picture{"<svg/>"}, me));
  EXPECT_EQ(ask(set_own_picture{png}, asked_by(role::agent, "user-gone")).error().code, errc::not_found);
  EXPECT_EQ(count("pictures"), 1);
  // A second account with the same picture keeps it.
  db_.ask("update users set profile_picture_url = '" + second + "' where id = 'user-1002'");
  db_.ask("update users set profile_picture_url = null where id = 'user-1001'");
  ask(sweep_files{});
  EXPECT_EQ(count("pictures"), 1);
}

TEST_F(Media, RecordingsAreForThoseWhoMayHearThem) {
  call("call-p", "user-1001", "site-paris");
  call("call-l", "user-1002", "site-lyon");
  call("call-n", "user-1002", "");
  const auto hears = [&](const requester& who, const std::string& id) { return ask(read_recording{id, sound_format::wav}, who).ok(); };
  const auto lyon = asked_by(role::supervisor, "user-1000", "site-lyon");
  EXPECT_TRUE(hears(asked_by(role::supervisor, "user-1000"), "call-p"));
  EXPECT_FALSE(hears(lyon, "call-p"));
  EXPECT_TRUE(hears(lyon, "call-l"));
  EXPECT_TRUE(hears(lyon, "call-n"));
  const auto agent = asked_by(role::agent, "user-1001", "site-paris");
  db_.ask("update agent_profiles set call_controls = '{\"record\": false}'");
  db_.ask("update users set agent_profile_id = (select min(id) from agent_profiles) where id = 'user-1001'");
  EXPECT_FALSE(hears(agent, "call-p"));
  db_.ask("update agent_profiles set call_controls = '{\"record\": true}'");
  EXPECT_TRUE(hears(agent, "call-p"));
  EXPECT_FALSE(hears(agent, "call-l"));
  EXPECT_FALSE(ask(remove_recording{"call-l"}, agent));
  EXPECT_FALSE(ask(remove_recording{"call-p"}, lyon));
  EXPECT_EQ(count("recordings"), 3);
  EXPECT_TRUE(ask(remove_recording{"call-p"}, agent));
  EXPECT_EQ(count("recordings"), 2);
  EXPECT_FALSE(ask(remove_recording{"call-p"}, agent));
  EXPECT_EQ(db_.ask("select count(*) from call_history"), "3") << "the call stays";
}

TEST_F(Media, ARecordingComesAsTheFileThatIsThere) {
  call("call-1", "user-1001", "site-paris");
  auto other = ask(read_recording{"call-1", sound_format::mp3});
  ASSERT_TRUE(other && other->attached);
  EXPECT_EQ(other->attached->content_type, "audio/wav");
  std::ofstream{data_ / "recordings" / "rec-call-1.mp3"} << "mp3";
  EXPECT_EQ(ask(read_recording{"call-1", sound_format::mp3})->attached->content_type, "audio/mpeg");
  fs::remove(data_ / "recordings" / "rec-call-1.mp3");
  fs::remove(data_ / "recordings" / "rec-call-1.wav");
  EXPECT_EQ(ask(read_recording{"call-1", sound_format::wav}).error().code, errc::not_found);
}

TEST_F(Media, ListsPageByPage) {
  for (int i = 0; i < 7; ++i)
    call("call-" + std::to_string(i), i % 2 ? "user-1001" : "user-1002", "site-paris");
  std::string cursor, seen;
  int pages = 0;
  do {
    list_query query;
    query.paged = true;
    query.limit = 3;
    query.cursor = cursor;
    auto page = ask(list_recordings{query});
    ASSERT_TRUE(page) << page.error().text();
    for (int i = 0; i < 7; ++i)
      if (page->json.find("\"id\":\"call-" + std::to_string(i) + '"') != std::string::npos)
        seen += static_cast<char>('0' + i);
    const auto at = page->json.find("\"nextCursor\":\"");
    cursor = at == std::string::npos ? "" : page->json.substr(at + 14, page->json.find('"', at + 14) - at - 14);
    ++pages;
  } while (!cursor.empty() && pages < 10);
  EXPECT_EQ(pages, 3);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, "0123456");
  list_query wrong;
  wrong.cursor = "x";
  wrong.filters = {{"start", "yesterday"}};
  auto refused = ask(list_recordings{wrong});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().fields.contains("cursor"));
  EXPECT_TRUE(refused.error().fields.contains("start"));
  list_query hostile;
  hostile.q = "'; drop table call_history; --";
  hostile.filters = {{"agentId", "' or '1'='1"}};
  EXPECT_EQ(ask(list_recordings{hostile})->json, R"({"items":[],"nextCursor":null})");
  EXPECT_EQ(db_.ask("select count(*) from call_history"), "7");
}

} // namespace
} // namespace evs::persistence
