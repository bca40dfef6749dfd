#include "process/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace evs {

namespace {

using clock = child_process::clock;

constexpr std::size_t longest_complaint = 4096;
constexpr std::int64_t look_up_every_ms = 100;

void close_one(int& descriptor) noexcept {
  if (descriptor >= 0)
    ::close(descriptor);
  descriptor = -1;
}

int left(clock::time_point deadline, std::int64_t most) {
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(rest, 0, most));
}

/// True: readable (or writable), or at its end.
bool ready(int descriptor, short what, clock::time_point deadline) {
  pollfd one{descriptor, what, 0};
  for (;;) {
    const int found = ::poll(&one, 1, left(deadline, 3'600'000));
    if (found >= 0 || errno != EINTR)
      return found > 0;
  }
}

/// What a name means, as a shell would look for it; empty: nothing.
std::string found_in_path(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos)
    return name;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find(':', at), path.size());
    auto whole = path.substr(at, end - at) + '/' + name;
    if (::access(whole.c_str(), X_OK) == 0)
      return whole;
    at = end + 1;
  }
  return {};
}

/// Our ends and the program's; what was opened is closed when the start fails.
struct ends {
  std::array<int, 3> ours{-1, -1, -1}, theirs{-1, -1, -1};
  /// Where the child says why it could not become the program; closed by its becoming.
  int failure_read = -1, failure_write = -1;

  ends() = default;
  ends(const ends&) = delete;
  ends& operator=(const ends&) = delete;
  ~ends() {
    for (auto* all : {&ours, &theirs})
      for (int& one : *all)
        close_one(one);
    close_one(failure_read);
    close_one(failure_write);
  }

  /// A socket, so that writing to a dead program is an error and no signal.
  bool join(std::size_t which) {
    int both[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0)
      return false;
    ours[which] = both[0];
    theirs[which] = both[1];
    return true;
  }
};

void limit(int what, std::uint64_t value) {
  if (value == 0)
    return;
  const rlimit both{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  ::setrlimit(static_cast<__rlimit_resource>(what), &both);
}

/// In the child, between fork and exec: system calls only.
[[noreturn]] void become(const char* program, char* const* words, char* const* environment, const ends& with, const process_limits& limits,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(127);
  if (!limits.may_gain_rights)
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(limits.processor.count()));
  limit(RLIMIT_AS, limits.memory);
  limit(RLIMIT_FSIZE, limits.file_size);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  // Above the three that are about to be taken, whatever their numbers are.
  const int failure = ::fcntl(with.failure_write, F_DUPFD_CLOEXEC, 10);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  std::array<int, 3> as{};
  for (std::size_t i = 0; i < as.size(); ++i)
    as[i] = ::fcntl(with.theirs[i] >= 0 ? with.theirs[i] : nothing, F_DUPFD_CLOEXEC, 10);
  for (std::size_t i = 0; i < as.size(); ++i)
    ::dup2(as[i], static_cast<int>(i));
  ::close_range(3, static_cast<unsigned>(failure) - 1, 0);
  ::close_range(static_cast<unsigned>(failure) + 1, ~0U, 0);
  sigset_t no_signals;
  ::sigemptyset(&no_signals);
  ::sigprocmask(SIG_SETMASK, &no_signals, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  ::execve(program, words, environment);
  const int why = errno;
  [[maybe_unused]] const auto told = ::write(failure, &why, sizeof why);
  ::_exit(127);
}

/// False: there is nothing to read now.
bool hear(int errors, std::string& complaint) {
  std::array<char, 1024> room{};
  const auto got = ::recv(errors, room.data(), room.size(), MSG_DONTWAIT);
  if (got <= 0)
    return false;
  complaint.append(room.data(), std::min(static_cast<std::size_t>(got), longest_complaint - complaint.size()));
  return true;
}

std::string in_words(clock::duration time) {
  const auto ms = std::chrono::round<std::chrono::milliseconds>(time).count();
  return ms < 1000 ? std::to_string(ms) + " ms" : std::to_string((ms + 500) / 1000) + " s";
}

[[noreturn]] void refuse(const std::string& name, int why) {
  throw std::runtime_error{(name.empty() ? "a program without a name" : name) + " can't be started: " + std::strerror(why)};
}

} // namespace

child_process::child_process(const process_command& what) {
  const auto name = what.words.empty() ? std::string{} : what.words.front();
  const char* given = std::getenv("PATH");
  const std::string path = given ? given : "/usr/bin:/bin";
  const auto program = found_in_path(name, path);
  if (name.empty() || program.empty())
    refuse(name, ENOENT);

  // execve() takes them so and leaves them alone.
  const auto listed = [](const std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (const auto& one : texts)
      all.push_back(const_cast<char*>(one.c_str()));
    all.push_back(nullptr);
    return all;
  };
  std::vector<std::string> settings{"PATH=" + path, "LC_ALL=C"};
  for (const auto& [key, value] : what.environment)
    settings.push_back(key + '=' + value);
  const auto words = listed(what.words), environment = listed(settings);

  ends with;
  int failure[2];
  if ((what.takes_input && !with.join(0)) || (what.gives_output && !with.join(1)) || !with.join(2) || ::pipe2(failure, O_CLOEXEC) != 0)
    refuse(name, errno);
  with.failure_read = failure[0];
  with.failure_write = failure[1];

  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become(program.c_str(), words.data(), environment.data(), with, what.limits, parent);
  if (pid_ < 0)
    refuse(name, errno);
  close_one(with.failure_write);
  int why = 0;
  ssize_t said = 0;
  while ((said = ::read(with.failure_read, &why, sizeof why)) < 0 && errno == EINTR) {
  }
  watched_ = said == 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)) : -1;
  if (watched_ < 0) {
    const int reason = said > 0 ? why : errno;
    kill();
    ::waitpid(pid_, nullptr, 0);
    refuse(name, reason);
  }
  std::swap(input_, with.ours[0]);
  std::swap(output_, with.ours[1]);
  std::swap(errors_, with.ours[2]);
}

child_process::~child_process() {
  if (pid_ > 0) {
    kill();
    ::waitpid(pid_, nullptr, 0);
  }
  for (int* one : {&watched_, &input_, &output_, &errors_})
    close_one(*one);
}

void child_process::close_input() { close_one(input_); }

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

bool child_process::listen(clock::time_point deadline, const std::atomic<bool>* given_up, std::string& complaint) const {
  std::array<pollfd, 2> both{pollfd{watched_, POLLIN, 0}, pollfd{errors_, POLLIN, 0}};
  for (;;) {
    if (clock::now() >= deadline || (given_up && *given_up))
      return false;
    if (::poll(both.data(), both.size(), left(deadline, look_up_every_ms)) < 0 && errno != EINTR)
      return false;
    const bool ended = (both[0].revents & POLLIN) != 0;
    if ((both[1].revents & (POLLIN | POLLHUP)) != 0 && !hear(errors_, complaint))
      both[1].fd = -1;
    if (ended) {
      while (hear(errors_, complaint)) {
      }
      return true;
    }
    both[0].revents = both[1].revents = 0;
  }
}

process_end child_process::wait(clock::time_point deadline, const std::atomic<bool>* given_up) {
  process_end end;
  const auto asked = clock::now();
  const bool ended = listen(deadline, given_up, end.complaint);
  // Not reaped yet: the number is still its own, and its group's.
  kill();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (!ended) {
    end.how = given_up && *given_up ? "given up" : "not within " + in_words(deadline - asked);
  } else if (WIFSIGNALED(status)) {
    end.how = "signal " + std::to_string(WTERMSIG(status));
  } else {
    end.code = WEXITSTATUS(status);
    end.how = "exit " + std::to_string(end.code);
  }
  end.ok = end.code == 0;
  return end;
}

void child_process::kill() noexcept {
  if (pid_ <= 0)
    return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL); // should it have left its group
}

process_end run_process(const process_command& what, std::chrono::milliseconds within, const std::atomic<bool>* given_up) {
  try {
    child_process program{what};
    return program.wait(clock::now() + within, given_up);
  } catch (const std::runtime_error& e) {
    process_end out;
    out.how = e.what();
    return out;
  }
}

} // namespace evs
