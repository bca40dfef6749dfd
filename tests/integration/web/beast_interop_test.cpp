// Boost.Beast's WebSocket client against our frames: a second opinion on RFC 6455.
#include "running_door.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace evs::web::test {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

using BeastClient = RunningDoor;

TEST_F(BeastClient, TalksWithUsAndCloses) {
  start();
  auto value = ticket(sign_in("1000"));
  asio::io_context context;
  websocket::stream<asio::ip::tcp::socket> client{context};
  client.next_layer().connect({asio::ip::address_v4::loopback(), door->port()});
  client.set_option(websocket::stream_base::decorator(
      [&](websocket::request_type& r) { r.set("Sec-WebSocket-Protocol", "evs.v1, ticket." + value); }));
  websocket::response_type response;
  client.handshake(response, "evs.example", "/api/ws");
  EXPECT_EQ(response["Sec-WebSocket-Protocol"], "evs.v1");

  auto session = backend.session_at(0);
  for (std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 2'000'000u}) {
    session->wire->send(std::make_shared<const std::string>(size, 'x'));
    boost::beast::flat_buffer got;
    client.read(got);
    EXPECT_EQ(got.size(), size);
    EXPECT_TRUE(client.got_text());
  }
  client.auto_fragment(true);
  client.write_buffer_bytes(16);
  std::string command =
      R"({"type":"supervisorResponseToAgent","payload":{"agentId":"user-1001","message":"Très bien, continuez comme cela."}})";
  client.write(asio::buffer(command));
  EXPECT_EQ(std::get<write_to_agent>(session->command_at(0)).message, "Très bien, continuez comme cela.");
  client.ping({});

  client.close(websocket::close_code::normal);
  session->wait_closed();
  EXPECT_EQ(session->closed(), 1);
}

} // namespace
} // namespace evs::web::test
