#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace evs::bench {

/// Sessions that listen for marks (plan.hpp). On the io_context's thread.
class listeners {
public:
  using heard = std::function<void(std::size_t session, std::uint64_t number, std::uint64_t at_us)>;

  /// `prefix` is what the marks begin with; `told` is called for each of them.
  listeners(boost::asio::io_context& context, std::string prefix, heard told);
  ~listeners();
  listeners(const listeners&) = delete;

  /// Takes over a connected, non-blocking socket and what was already read from it. Sessions count from 0.
  void add(int fd, std::string_view already_read);
  std::size_t count() const { return all_.size(); }
  /// Sessions that the server has closed.
  std::uint64_t lost() const { return lost_; }
  std::uint64_t messages() const { return messages_; }

private:
  struct session;
  void wait(session& s);
  void read(session& s);

  boost::asio::io_context& context_;
  std::string prefix_;
  heard told_;
  std::vector<std::unique_ptr<session>> all_;
  std::vector<char> buffer_;
  std::uint64_t lost_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t read_at_us_ = 0;
};

} // namespace evs::bench
