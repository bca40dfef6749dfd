#include "app/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace evs {

namespace {

constexpr std::size_t longest_complaint = 4096;

class file_end {
public:
  explicit file_end(int fd = -1) : fd_(fd) {}
  ~file_end() {
    if (fd_ >= 0)
      close(fd_);
  }
  file_end(const file_end&) = delete;
  file_end& operator=(const file_end&) = delete;
  int get() const noexcept { return fd_; }

private:
  int fd_;
};

void limit(int what, std::uint64_t value) {
  const rlimit both{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  setrlimit(static_cast<__rlimit_resource>(what), &both);
}

/// In the child, between fork and exec: system calls only.
[[noreturn]] void become(char* const* arguments, char* const* environment, int complaints, const process_limits& limits) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(limits.processor.count()));
  limit(RLIMIT_AS, limits.memory);
  limit(RLIMIT_FSIZE, limits.file_size);
  limit(RLIMIT_CORE, 0);
  const int nothing = open("/dev/null", O_RDWR);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(complaints, STDERR_FILENO);
  close_range(3, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  execve(arguments[0], arguments, environment);
  _exit(127);
}

/// False: there is nothing to read now.
bool hear(int complaints, std::string& heard) {
  std::array<char, 1024> room{};
  const auto got = read(complaints, room.data(), room.size());
  if (got <= 0)
    return false;
  heard.append(room.data(), std::min(static_cast<std::size_t>(got), longest_complaint - heard.size()));
  return true;
}

/// Reads what the child says until it ends or `deadline`; false: it still runs then.
bool listen_to(int child, int complaints, std::string& heard, std::chrono::steady_clock::time_point deadline, const std::atomic<bool>* given_up) {
  std::array<pollfd, 2> ends{pollfd{child, POLLIN, 0}, pollfd{complaints, POLLIN, 0}};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0 || (given_up && *given_up))
      return false;
    if (poll(ends.data(), ends.size(), static_cast<int>(std::min<std::int64_t>(left, 100))) < 0 && errno != EINTR)
      return false;
    const bool ended = (ends[0].revents & POLLIN) != 0;
    if ((ends[1].revents & (POLLIN | POLLHUP)) != 0 && !hear(complaints, heard))
      ends[1].fd = -1;
    if (ended) {
      while (hear(complaints, heard)) {
      }
      return true;
    }
    ends[0].revents = ends[1].revents = 0;
  }
}

} // namespace

process_end run_process(const std::vector<std::string>& command, const process_limits& limits) {
  process_end out;
  out.how = "cannot be started";
  std::vector<char*> arguments;
  for (const auto& word : command)
    arguments.push_back(const_cast<char*>(word.c_str())); // execve() takes them so and leaves them alone
  arguments.push_back(nullptr);
  std::string path = "PATH=/usr/bin:/bin", locale = "LC_ALL=C";
  std::array<char*, 3> environment{path.data(), locale.data(), nullptr};
  int pipe_ends[2];
  if (command.empty() || pipe2(pipe_ends, O_CLOEXEC) != 0)
    return out;
  const file_end complaints{pipe_ends[0]};
  fcntl(complaints.get(), F_SETFL, O_NONBLOCK); // our end only
  pid_t child = -1;
  {
    file_end said_by_child{pipe_ends[1]};
    child = fork();
    if (child == 0)
      become(arguments.data(), environment.data(), said_by_child.get(), limits);
  }
  if (child < 0)
    return out;
  const file_end watched{static_cast<int>(syscall(SYS_pidfd_open, child, 0))};
  const bool ended = watched.get() >= 0 && listen_to(watched.get(), complaints.get(), out.complaint, std::chrono::steady_clock::now() + limits.time, limits.given_up);
  if (!ended)
    kill(child, SIGKILL); // not reaped yet: the number is still its own
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended)
    out.how = limits.given_up && *limits.given_up ? "given up" : "not within " + std::to_string(limits.time.count()) + " s";
  else if (WIFSIGNALED(status))
    out.how = "signal " + std::to_string(WTERMSIG(status));
  else
    out.how = WEXITSTATUS(status) == 127 ? "cannot be started" : "exit " + std::to_string(WEXITSTATUS(status));
  out.ok = ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return out;
}

} // namespace evs
