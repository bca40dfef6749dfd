// Programs of the machine, really started.

#include "process/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace evs {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

process_command shell(const std::string& script) { return {{"/bin/sh", "-c", script}, {}, false, false, {}}; }

/// Ends within a second: the process of that number is gone, or only waits to be buried.
bool gone(pid_t pid) {
  for (int i = 0; i < 100; ++i) {
    std::ifstream status{"/proc/" + std::to_string(pid) + "/stat"};
    std::string line;
    if (!std::getline(status, line) || line.find(") Z ") != std::string::npos)
      return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(ChildProcess, SaysHowItEnded) {
  EXPECT_TRUE(run_process(shell("true"), 10s).ok);
  const auto three = run_process(shell("echo no room >&2; exit 3"), 10s);
  EXPECT_FALSE(three.ok);
  EXPECT_EQ(three.code, 3);
  EXPECT_EQ(three.how, "exit 3");
  EXPECT_EQ(three.complaint, "no room\n");
  const auto killed = run_process(shell("kill -9 $$"), 10s);
  EXPECT_EQ(killed.how, "signal 9");
  EXPECT_EQ(killed.code, -1);
}

TEST(ChildProcess, LooksInPathAndSaysWhatCannotBeStarted) {
  EXPECT_TRUE(run_process({{"true"}, {}, false, false, {}}, 10s).ok);
  EXPECT_EQ(run_process({{"/nothing/there"}, {}, false, false, {}}, 10s).how, "/nothing/there can't be started: No such file or directory");
  EXPECT_EQ(run_process({{"no-such-program-anywhere"}, {}, false, false, {}}, 10s).how,
            "no-such-program-anywhere can't be started: No such file or directory");
  EXPECT_EQ(run_process({{"/etc/passwd"}, {}, false, false, {}}, 10s).how, "/etc/passwd can't be started: Permission denied");
  EXPECT_THAT(run_process({}, 10s).how, HasSubstr("can't be started"));
  EXPECT_THROW(child_process{{}}, std::runtime_error);
}

TEST(ChildProcess, EndsInTimeWithAllThatItStarted) {
  const auto file = std::filesystem::path{testing::TempDir()} / ("evs-child-" + std::to_string(getpid()));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(run_process(shell("sleep 60 & echo $! >" + file.string() + "; wait"), 1s).how, "not within 1 s");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  pid_t grandchild = 0;
  std::ifstream{file} >> grandchild;
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(gone(grandchild));
  EXPECT_EQ(run_process(shell("sleep 60"), 300ms).how, "not within 300 ms");
  // What holds its standard error open keeps nobody waiting.
  EXPECT_TRUE(run_process(shell("sleep 60 & echo $! >" + file.string()), 10s).ok);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  std::ifstream{file} >> grandchild;
  EXPECT_TRUE(gone(grandchild));
  std::filesystem::remove(file);
}

TEST(ChildProcess, IsGivenUpWhenNobodyWaits) {
  std::atomic<bool> over{false};
  auto end = std::async(std::launch::async, [&] { return run_process(shell("sleep 60"), 60s, &over); });
  EXPECT_EQ(end.wait_for(200ms), std::future_status::timeout);
  over = true;
  ASSERT_EQ(end.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(end.get().how, "given up");
}

TEST(ChildProcess, EndsWithItsHandleAndWithTheThreadThatStartedIt) {
  const auto pid_of = [](child_process& child) { return static_cast<pid_t>(std::stol(child.read(child_process::clock::now() + 5s))); };
  auto what = shell("echo $$; exec sleep 60");
  what.gives_output = true;
  pid_t pid = 0;
  {
    child_process child{what};
    pid = pid_of(child);
  }
  EXPECT_TRUE(gone(pid));
  std::unique_ptr<child_process> orphan;
  std::thread{[&] {
    orphan = std::make_unique<child_process>(what);
    pid = pid_of(*orphan);
  }}.join();
  EXPECT_TRUE(gone(pid));
}

TEST(ChildProcess, HasTheEnvironmentThatItIsGivenAndNoneOfOurs) {
  setenv("EVS_SECRET_OF_THE_TEST", "canary", 1);
  auto what = shell("env");
  what.environment = {{"EVS_GIVEN", "to the child"}};
  what.gives_output = true;
  child_process child{what};
  const auto until = child_process::clock::now() + 5s;
  std::string all;
  for (auto part = child.read(until); !part.empty(); part = child.read(until))
    all += part;
  EXPECT_TRUE(child.wait(until).ok);
  EXPECT_THAT(all, HasSubstr("EVS_GIVEN=to the child\n"));
  EXPECT_THAT(all, HasSubstr("LC_ALL=C\n"));
  EXPECT_THAT(all, HasSubstr(std::string{"PATH="} + getenv("PATH")));
  EXPECT_THAT(all, Not(HasSubstr("canary")));
}

TEST(ChildProcess, HasNoneOfOurFiles) {
  // One that is inherited on purpose, with a high number.
  const int ours = fcntl(STDERR_FILENO, F_DUPFD, 200);
  ASSERT_GE(ours, 200);
  // The last one is the folder that ls reads.
  const auto listed = run_process(shell("ls /proc/self/fd >&2"), 10s);
  close(ours);
  EXPECT_EQ(listed.complaint, "0\n1\n2\n3\n");
}

TEST(ChildProcess, HasLimits) {
  const auto file = std::filesystem::path{testing::TempDir()} / ("evs-limit-" + std::to_string(getpid()));
  auto writer = shell("dd if=/dev/zero of=" + file.string() + " bs=4096 count=10");
  writer.limits.file_size = 1024;
  EXPECT_FALSE(run_process(writer, 10s).ok);
  EXPECT_LE(std::filesystem::file_size(file), 1024u);
  std::filesystem::remove(file);
  auto busy = shell("while :; do :; done");
  busy.limits.processor = 1s;
  EXPECT_THAT(run_process(busy, 30s).how, StartsWith("signal"));
  auto greedy = shell("head -c 100000000 /dev/zero | tail -c 100000000 >/dev/null");
  EXPECT_TRUE(run_process(greedy, 30s).ok);
  greedy.limits.memory = 64ULL * 1024 * 1024;
  EXPECT_THAT(run_process(greedy, 30s).complaint, HasSubstr("memory"));
  EXPECT_THAT(run_process(shell("grep NoNewPrivs /proc/self/status >&2"), 10s).complaint, HasSubstr("1"));
  auto trusted = shell("grep NoNewPrivs /proc/self/status >&2");
  trusted.limits.may_gain_rights = true;
  EXPECT_THAT(run_process(trusted, 10s).complaint, HasSubstr("0"));
}

TEST(ChildProcess, KeepsTheBeginningOfALongComplaint) {
  const auto chatty = run_process(shell("echo first >&2; yes complaint | head -c 1000000 >&2"), 10s);
  EXPECT_TRUE(chatty.ok);
  EXPECT_EQ(chatty.complaint.size(), 4096u);
  EXPECT_THAT(chatty.complaint, StartsWith("first\n"));
}

TEST(ChildProcess, PassesThroughWhatItIsFed) {
  process_command what{{"cat"}, {}, true, true, {}};
  child_process child{what};
  const auto until = child_process::clock::now() + 10s;
  const std::string text(1 << 20, 'x');
  auto fed = std::async(std::launch::async, [&] {
    const bool all = child.feed(text, until);
    child.close_input();
    return all;
  });
  std::string back;
  for (auto part = child.read(until); !part.empty(); part = child.read(until))
    back += part;
  EXPECT_TRUE(fed.get());
  EXPECT_EQ(back, text);
  EXPECT_TRUE(child.wait(until).ok);
}

TEST(ChildProcess, IsNotWaitedForByWhoFeedsOrReadsIt) {
  process_command deaf{{"sleep", "60"}, {}, true, true, {}};
  child_process child{deaf};
  const auto soon = [] { return child_process::clock::now() + 200ms; };
  EXPECT_FALSE(child.feed(std::string(1 << 22, 'x'), soon()));
  EXPECT_EQ(child.read(soon()), "");
  process_command brief{{"true"}, {}, true, false, {}};
  child_process dead{brief};
  std::this_thread::sleep_for(100ms);
  EXPECT_FALSE(dead.feed(std::string(1 << 22, 'x'), child_process::clock::now() + 5s)) << "an error, no signal";
  EXPECT_TRUE(dead.wait(child_process::clock::now() + 5s).ok);
}

} // namespace
} // namespace evs
