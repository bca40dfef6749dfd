#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace evs::bench {

struct http_question {
  std::string method;
  std::string target;
  std::string token; ///< Authorization: Bearer; empty: none
  std::string body;
  std::string cookies{}; ///< Cookie; empty: none
};

struct http_reply {
  unsigned status = 0; ///< 0: none came (refused, cut, or not within 30 s)
  std::size_t bytes = 0;
  unsigned retry_after = 0;           ///< seconds; 0: says nothing
  std::vector<std::string> cookies{}; ///< "name=value" that it sets
};

/// One HTTP/1.1 connection, kept open between requests and opened again where the server has closed it. One request at a time;
/// on the io_context's thread.
class http_exchange {
public:
  /// `source`: local address, empty = any. Connects with the first request.
  http_exchange(boost::asio::io_context& context, std::string host, unsigned short port, std::string source = {});
  ~http_exchange();
  http_exchange(http_exchange&&) noexcept;
  http_exchange(const http_exchange&) = delete;

  /// `done` is called once, never from within ask().
  void ask(http_question what, std::function<void(http_reply)> done);

private:
  struct wire;
  std::shared_ptr<wire> wire_;
};

} // namespace evs::bench
