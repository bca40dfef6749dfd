#pragma once
// A WebSocket that keeps what is sent to it, and reads as slowly as the test wants.

#include "transport/web/backend.hpp"

#include <string>
#include <vector>

namespace evs::test {

class recording_wire : public web::connection {
public:
  std::size_t send(std::shared_ptr<const std::string> text) override {
    texts.push_back(*text);
    shared.push_back(text);
    if (!reads)
      waiting += text->size();
    return waiting;
  }
  std::size_t backlog() const override { return waiting; }
  void close(std::uint16_t code, std::string why) override {
    closed = code;
    reason = std::move(why);
  }

  /// Texts that contain `part`.
  std::size_t count(const std::string& part) const {
    std::size_t n = 0;
    for (const auto& t : texts)
      n += t.find(part) != std::string::npos ? 1 : 0;
    return n;
  }
  bool got(const std::string& part) const { return count(part) > 0; }
  std::string all() const {
    std::string joined;
    for (const auto& t : texts)
      joined += t + "\n";
    return joined;
  }

  std::vector<std::string> texts;
  std::vector<std::shared_ptr<const std::string>> shared;
  bool reads = true;
  std::size_t waiting = 0;
  std::uint16_t closed = 0;
  std::string reason;
};

} // namespace evs::test
