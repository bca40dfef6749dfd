#include "persistence/log/redis_link.hpp"

#include <hiredis/hiredis.h>

#include <array>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace evs::persistence {

namespace {

struct free_reply {
  void operator()(redisReply* r) const { freeReplyObject(r); }
};
using owned_reply = std::unique_ptr<redisReply, free_reply>;

redis_reply to_value(const redisReply& from) {
  redis_reply out;
  switch (from.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      out.what = redis_reply::kind::text;
      out.text.assign(from.str, static_cast<std::size_t>(from.len));
      break;
    case REDIS_REPLY_ERROR:
      out.what = redis_reply::kind::error;
      out.text.assign(from.str, static_cast<std::size_t>(from.len));
      break;
    case REDIS_REPLY_INTEGER:
      out.what = redis_reply::kind::number;
      out.number = from.integer;
      break;
    case REDIS_REPLY_ARRAY:
      out.what = redis_reply::kind::list;
      out.items.reserve(static_cast<std::size_t>(from.elements));
      for (std::size_t i = 0; i < from.elements; ++i)
        out.items.push_back(to_value(*from.element[i]));
      break;
    default: break;
  }
  return out;
}

timeval to_timeval(std::chrono::milliseconds limit) {
  const auto ms = std::max<std::int64_t>(limit.count(), 1);
  timeval t{};
  t.tv_sec = static_cast<time_t>(ms / 1000);
  t.tv_usec = static_cast<suseconds_t>(ms % 1000 * 1000);
  return t;
}

/// The arguments as hiredis wants them.
struct arguments {
  explicit arguments(const std::vector<std::string>& words) {
    for (const auto& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
  }
  int count() const { return static_cast<int>(texts.size()); }
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
};

} // namespace

void redis_link::close::operator()(redisContext* c) const { redisFree(c); }

redis_link::redis_link(const log_settings& settings, const std::string& address, std::chrono::milliseconds limit) {
  const auto wait = to_timeval(limit);
  const auto& host = address.empty() ? settings.redis_host : address;
  context_.reset(redisConnectWithTimeout(host.c_str(), settings.redis_port, wait));
  if (!context_ || context_->err)
    fail();
  if (redisSetTimeout(context_.get(), wait) != REDIS_OK)
    fail();
  auto must = [&](const std::vector<std::string>& words) {
    if (const auto answer = ask(words); answer.what == redis_reply::kind::error)
      throw redis_failure{words.front() + ": " + answer.text};
  };
  if (!settings.redis_password.empty())
    must({"AUTH", settings.redis_password});
  if (settings.redis_database != 0)
    must({"SELECT", std::to_string(settings.redis_database)});
}

redis_link::~redis_link() = default;
redis_link::redis_link(redis_link&&) noexcept = default;
redis_link& redis_link::operator=(redis_link&&) noexcept = default;

void redis_link::fail() const {
  if (!context_)
    throw redis_failure{"out of memory"};
  throw redis_failure{context_->errstr[0] ? context_->errstr : "no answer in time"};
}

redis_reply redis_link::ask(const std::vector<std::string>& words) {
  arguments list{words};
  owned_reply got{static_cast<redisReply*>(redisCommandArgv(context_.get(), list.count(), list.texts.data(), list.sizes.data()))};
  if (!got)
    fail();
  return to_value(*got);
}

std::string redis_link::peer() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getpeername(context_->fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return {};
  const void* bytes = nullptr;
  if (address.ss_family == AF_INET)
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  else if (address.ss_family == AF_INET6)
    bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return bytes && ::inet_ntop(address.ss_family, bytes, text.data(), text.size()) ? text.data() : std::string{};
}

void redis_link::stream() {
  ::fcntl(context_->fd, F_SETFL, ::fcntl(context_->fd, F_GETFL) | O_NONBLOCK);
  context_->flags &= ~REDIS_BLOCK;
}

int redis_link::socket() const { return context_->fd; }

void redis_link::say(const std::vector<std::string>& words) {
  arguments list{words};
  if (redisAppendCommandArgv(context_.get(), list.count(), list.texts.data(), list.sizes.data()) != REDIS_OK)
    fail();
  unsent_ = true;
}

void redis_link::flush() {
  int all = 0;
  if (unsent_ && redisBufferWrite(context_.get(), &all) != REDIS_OK)
    fail();
  unsent_ = unsent_ && all == 0;
}

void redis_link::receive() {
  if (redisBufferRead(context_.get()) != REDIS_OK)
    fail();
}

std::optional<redis_reply> redis_link::next() {
  void* got = nullptr;
  if (redisGetReplyFromReader(context_.get(), &got) != REDIS_OK)
    fail();
  if (!got)
    return std::nullopt;
  return to_value(*owned_reply{static_cast<redisReply*>(got)});
}

} // namespace evs::persistence
