#include "persistence/child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace evs::persistence {

namespace {

using namespace std::chrono_literals;

int left(child_process::clock::time_point deadline) {
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - child_process::clock::now()).count();
  return rest < 0 ? 0 : static_cast<int>(std::min<std::int64_t>(rest, 3'600'000));
}

/// True: readable (or writable), or at its end.
bool ready(int descriptor, short what, child_process::clock::time_point deadline) {
  pollfd one{descriptor, what, 0};
  for (;;) {
    const int found = ::poll(&one, 1, left(deadline));
    if (found >= 0 || errno != EINTR)
      return found > 0;
  }
}

/// Two connected descriptors; a socket, so that writing to a dead program is an error and no signal.
std::pair<int, int> joined() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error{std::string{"socketpair: "} + std::strerror(errno)};
  return {ends[0], ends[1]};
}

struct actions {
  actions() { posix_spawn_file_actions_init(&list); }
  ~actions() { posix_spawn_file_actions_destroy(&list); }
  actions(const actions&) = delete;
  actions& operator=(const actions&) = delete;
  posix_spawn_file_actions_t list{};
};

} // namespace

child_process::child_process(const command& what) {
  actions to_do;
  std::vector<int> theirs;
  const auto give = [&](bool wanted, int as, int flags) {
    if (!wanted) {
      posix_spawn_file_actions_addopen(&to_do.list, as, "/dev/null", flags, 0);
      return -1;
    }
    const auto [mine, other] = joined();
    theirs.push_back(other);
    posix_spawn_file_actions_adddup2(&to_do.list, other, as);
    return mine;
  };
  input_ = give(what.takes_input, 0, O_RDONLY);
  output_ = give(what.gives_output, 1, O_WRONLY);
  errors_ = give(true, 2, O_WRONLY);
  posix_spawn_file_actions_addclosefrom_np(&to_do.list, 3);

  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t none, ordinary;
  sigemptyset(&none);
  sigemptyset(&ordinary);
  sigaddset(&ordinary, SIGPIPE);
  posix_spawnattr_setsigmask(&how, &none);
  posix_spawnattr_setsigdefault(&how, &ordinary);
  posix_spawnattr_setpgroup(&how, 0);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  const char* path = std::getenv("PATH");
  std::vector<std::string> settings{std::string{"PATH="} + (path ? path : "/usr/bin:/bin"), "LC_ALL=C"};
  for (const auto& [name, value] : what.environment)
    settings.push_back(name + '=' + value);
  std::vector<char*> words, environment;
  for (const auto& word : what.words)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  for (const auto& setting : settings)
    environment.push_back(const_cast<char*>(setting.c_str()));
  environment.push_back(nullptr);

  const int failed = posix_spawnp(&pid_, words.front(), &to_do.list, &how, words.data(), environment.data());
  posix_spawnattr_destroy(&how);
  for (const int one : theirs)
    ::close(one);
  if (failed != 0) {
    pid_ = -1;
    for (const int one : {input_, output_, errors_})
      if (one >= 0)
        ::close(one);
    throw std::runtime_error{what.words.front() + " can't be started: " + std::strerror(failed)};
  }
}

child_process::~child_process() {
  if (pid_ > 0) {
    kill();
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int one : {input_, output_, errors_})
    if (one >= 0)
      ::close(one);
}

void child_process::close_input() {
  if (input_ >= 0)
    ::close(input_);
  input_ = -1;
}

bool child_process::feed(std::string_view text, clock::time_point deadline) {
  while (!text.empty()) {
    if (input_ < 0 || !ready(input_, POLLOUT, deadline))
      return false;
    const auto written = ::send(input_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written < 0 && errno != EAGAIN && errno != EINTR)
      return false;
    if (written > 0)
      text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string child_process::read(clock::time_point deadline) {
  std::string out(1 << 16, '\0');
  for (;;) {
    if (output_ < 0 || !ready(output_, POLLIN, deadline))
      return {};
    const auto got = ::recv(output_, out.data(), out.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      continue;
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }
}

child_process::outcome child_process::wait(clock::time_point deadline) {
  outcome end;
  // Its end closes the socket; what it says is read on the way, so that it is never stopped by a full one.
  char part[1024];
  while (ready(errors_, POLLIN, deadline)) {
    const auto got = ::recv(errors_, part, sizeof part, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
      break;
    if (got > 0 && end.complaint.size() < 4096)
      end.complaint.append(part, static_cast<std::size_t>(got));
  }
  int status = 0;
  for (;;) {
    const auto gone = ::waitpid(pid_, &status, WNOHANG);
    if (gone == pid_ || (gone < 0 && errno != EINTR))
      break;
    if (clock::now() >= deadline) {
      kill();
      ::waitpid(pid_, &status, 0);
      end.complaint += "(it took too long)";
      break;
    }
    std::this_thread::sleep_for(5ms);
  }
  pid_ = -1;
  end.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return end;
}

void child_process::kill() noexcept {
  if (pid_ > 0)
    ::kill(-pid_, SIGKILL);
}

} // namespace evs::persistence
