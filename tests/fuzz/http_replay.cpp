#include "tests/fuzz/http_holds.hpp"
#include "tests/fuzz/replay.hpp"

int main(int count, char** arguments) {
  static constexpr std::string_view words[] = {
    "GET ", "POST ", "HEAD ", "DELETE ", "OPTIONS ", " HTTP/1.1\r\n", " HTTP/1.0\r\n", "\r\n", "\r\n\r\n", "\n", "Host: x\r\n", "Connection: close\r\n",
    "Authorization: Bearer {token}\r\n", "Content-Length: 2\r\n", "Content-Length: 99\r\n", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "Expect: 100-continue\r\n",
    "Content-Type: text/plain\r\n", "Range: bytes=0-\r\n", "If-Match: *\r\n", "If-None-Match: \"v1\"\r\n", "Upgrade: websocket\r\n", "Idempotency-Key: k\r\n",
    "%00", "%2e%2e%2f", "%ff", "..", "?limit=1", "&sort=-name", "&cursor=2d2d.61", "&q=%27", "/api/sites", "/api/users/me/password", "{}", "\\u0000"};
  return evs::fuzz::replay(count, arguments, words, evs::fuzz::check_http);
}
