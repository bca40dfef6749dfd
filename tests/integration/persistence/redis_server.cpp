#include "redis_server.hpp"

#include "persistence/log/redis_link.hpp"

#include <csignal>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace evs::persistence::testing {

namespace {

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof a;
  ::bind(fd, reinterpret_cast<sockaddr*>(&a), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size);
  ::close(fd);
  return ntohs(a.sin_port);
}

} // namespace

redis_server::redis_server() : port_(free_port()) { launch(); }
redis_server::~redis_server() { end(); }

void redis_server::launch() {
  const auto port = std::to_string(port_);
  const char* words[] = {"redis-server", "--port", port.c_str(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", nullptr};
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  const int failed = ::posix_spawnp(&pid_, "redis-server", &files, nullptr, const_cast<char**>(words), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (failed)
    throw std::runtime_error{"redis-server is not installed"};
  for (int i = 0; i < 500; ++i) {
    try {
      if (redis_command(port_, "PING") == "PONG")
        return;
    } catch (const redis_failure&) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  throw std::runtime_error{"redis-server did not answer"};
}

void redis_server::end() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void redis_server::restart() {
  end();
  launch();
}

void redis_server::freeze() { ::kill(pid_, SIGSTOP); }
void redis_server::thaw() { ::kill(pid_, SIGCONT); }

std::string redis_command(std::uint16_t port, const std::string& line) {
  log_settings settings;
  settings.redis_host = "127.0.0.1";
  settings.redis_port = port;
  redis_link link{settings, {}, std::chrono::seconds{2}};
  std::istringstream in{line};
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  const auto answer = link.ask(words);
  return answer.what == redis_reply::kind::number ? std::to_string(answer.number) : answer.text;
}

} // namespace evs::persistence::testing
