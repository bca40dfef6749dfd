// bench_ami_source: an AMI port that plays recorded calls. The driver steers it with lines on standard input:
//   steady <calls/s> <warm-up ms> <measured ms> <hold ms> | flood <calls> <concurrent> <warm-up calls> | hold <calls> | quit
#include "tests/bench/common/arguments.hpp"
#include "tests/bench/common/stamp_board.hpp"
#include "tests/bench/source/ami_answers.hpp"
#include "tests/bench/source/ami_server.hpp"
#include "tests/bench/source/load_plan.hpp"
#include "tests/bench/source/switchboard.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>

#include <ctime>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <unistd.h>

namespace {

using namespace evs::bench;

/// "id=did,id=did"
std::vector<switchboard::trunk> trunks_of(const std::string& text) {
  std::vector<switchboard::trunk> result;
  std::istringstream stream(text);
  for (std::string entry; std::getline(stream, entry, ',');) {
    const auto equals = entry.find('=');
    result.push_back({entry.substr(0, equals), entry.substr(equals + 1)});
  }
  return result;
}

/// "first-last"
std::vector<std::string> phones_of(const std::string& text) {
  std::vector<std::string> result;
  const auto dash = text.find('-');
  for (auto n = std::stoul(text.substr(0, dash)); n <= std::stoul(text.substr(dash + 1)); ++n)
    result.push_back(std::to_string(n));
  return result;
}

class console {
public:
  console(boost::asio::io_context& io, load_plan& plan) : io_(io), input_(io, ::dup(STDIN_FILENO)), plan_(plan) {}

  void read() {
    boost::asio::async_read_until(input_, buffer_, '\n', [this](boost::system::error_code error, std::size_t) {
      if (error) return io_.stop();
      std::istream stream(&buffer_);
      std::string text;
      std::getline(stream, text);
      if (!obey(text)) return io_.stop();
      read();
    });
  }

private:
  bool obey(const std::string& text) {
    std::istringstream words(text);
    std::string command;
    double rate = 0;
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::uint64_t c = 0;
    words >> command;
    if (command == "steady" && words >> rate >> a >> b >> c) plan_.steady(rate, a, b, c);
    else if (command == "flood" && words >> a >> b >> c) plan_.flood(a, b, c);
    else if (command == "hold" && words >> a) plan_.hold(a);
    else if (command == "quit") return false;
    else std::cerr << "bench_ami_source: cannot do: " << text << '\n';
    return true;
  }

  boost::asio::io_context& io_;
  boost::asio::posix::stream_descriptor input_;
  boost::asio::streambuf buffer_;
  load_plan& plan_;
};

int run(const arguments& args) {
  auto stamps = stamp_board::create(args.text("board"), args.number("capacity", 100'000));
  const auto prefix = static_cast<std::uint64_t>(std::time(nullptr));
  stamps.header().prefix = prefix;
  const auto answer_ms = args.number("answer-ms", 1'000);

  boost::asio::io_context io(1);
  std::optional<ami_server> server;
  std::optional<load_plan> plan;
  switchboard board(recordings::load(args.text("sequences")),
                    trunks_of(args.text("trunks", "trunk-paris=+33140000001,trunk-lyon=+33472000001")), prefix, stamps,
                    [&](std::string_view bytes) { server->broadcast(bytes); });
  ami_answers answers(board,
                      {[&](std::function<void()> f) { boost::asio::post(io, std::move(f)); },
                       [&](std::uint64_t index, std::uint64_t epoch) { plan->answer_later(index, epoch, answer_ms); }},
                      phones_of(args.text("phones", "1001-1020")));
  server.emplace(io,
                 ami_server::settings{args.text("address", "127.0.0.1"),
                                      static_cast<unsigned short>(args.number("port", 50391)), args.text("user", "evs"),
                                      args.text("secret")},
                 stamps, [&](const ami_action& action) { return answers(action); });
  plan.emplace(io, board, *server, stamps);
  console steering(io, *plan);
  steering.read();
  std::cout << "ready" << std::endl;
  io.run();
  return 0;
}

} // namespace

int main(int count, char** values) {
  try {
    return run(arguments(count, values));
  } catch (const std::exception& problem) {
    std::cerr << "bench_ami_source: " << problem.what() << '\n';
    return 1;
  }
}
