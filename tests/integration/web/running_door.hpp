#pragma once
// The real server on a free loopback port, with the backend in memory and short deadlines.

#include "socket_client.hpp"
#include "tests/unit/transport/web/memory_backend.hpp"
#include "transport/web/server.hpp"

#include <gtest/gtest.h>

namespace evs::web::test {

inline server_settings door_settings() {
  server_settings s;
  s.port = 0;
  s.token_key = std::string(32, 'k');
  s.threads = 2;
  s.sweep_interval = milliseconds{5};
  s.drain_timeout = milliseconds{2000};
  s.http.requests_per_second = 0;
  return s;
}

class RunningDoor : public testing::Test {
protected:
  void start(server_settings s = door_settings()) {
    settings = std::move(s);
    door = std::make_unique<server>(settings, backend);
    door->start();
  }
  void TearDown() override { door.reset(); }

  static std::string text_after(const std::string& body, const std::string& name) {
    auto at = body.find("\"" + name + "\":\"");
    if (at == std::string::npos) return {};
    at += name.size() + 4;
    return body.substr(at, body.find('"', at) - at);
  }
  std::string sign_in(const std::string& login) {
    socket_client c{door->port()};
    auto r = c.request("POST", "/api/auth/login", R"({"loginId":")" + login + R"(","password":"secret"})");
    EXPECT_EQ(r.status, 200u) << r.body;
    return text_after(r.body, "accessToken");
  }
  std::string ticket(const std::string& access) {
    socket_client c{door->port()};
    return text_after(c.request("POST", "/api/auth/ws-ticket", "", "Authorization: Bearer " + access + "\r\n").body,
                      "ticket");
  }
  static std::string with_ticket(const std::string& value) {
    return "Sec-WebSocket-Protocol: evs.v1, ticket." + value + "\r\n";
  }

  memory_backend backend;
  server_settings settings;
  std::unique_ptr<server> door;
};

} // namespace evs::web::test
