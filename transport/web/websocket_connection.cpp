#include "transport/web/websocket_connection.hpp"

#include "transport/web/event_codec.hpp"
#include "transport/web/websocket_frame.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <array>

namespace evs::web {

namespace {

namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

/// A frame in the outgoing line: its header, and a text that many connections share.
struct outgoing_frame {
  std::shared_ptr<const std::string> text;
  frame_header header;
  std::size_t size() const noexcept { return header.size + text->size(); }
};

outgoing_frame make_frame(opcode kind, std::shared_ptr<const std::string> text) {
  auto header = make_frame_header(kind, text->size());
  return {std::move(text), header};
}

/// Asio hands at most 64 buffers to one system call: 32 frames.
constexpr std::size_t frames_per_write = 32;
/// What one connection may write before the others of its loop get their turn.
constexpr std::size_t bytes_per_turn = 1024 * 1024;

class websocket_connection final : public connection,
                                   public loop_member,
                                   public std::enable_shared_from_this<websocket_connection> {
public:
  websocket_connection(std::shared_ptr<event_loop> loop, std::shared_ptr<services> shared, int fd, admission who)
      : loop_(std::move(loop)), services_(std::move(shared)), settings_(services_->settings()), who_(std::move(who)),
        socket_(loop_->context(), asio::ip::tcp::v4(), fd), parser_(settings_->websocket.max_message),
        last_heard_(steady::now()), last_ping_(last_heard_), refilled_(last_heard_),
        message_tokens_(settings_->websocket.message_burst) {}

  void open(const std::string& early) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    loop_->add(shared_from_this());
    session_ = services_->backend.open_session(who_.who, shared_from_this());
    if (!session_) return close(close_code::policy, "");
    take(early);
    if (!ended_) read();
  }

  // --- connection: any thread ---

  std::size_t send(std::shared_ptr<const std::string> text) override {
    auto frame = make_frame(opcode::text, std::move(text));
    std::unique_lock lock(mutex_);
    if (closing_) return backlog_;
    backlog_ += frame.size();
    auto waiting = backlog_;
    arrived_.push_back(std::move(frame));
    bool overflow = waiting > settings_->websocket.max_backlog;
    bool wake = !std::exchange(awake_, true);
    lock.unlock();
    if (wake) loop_->wake(shared_from_this());
    if (overflow) close(close_code::slow_consumer, "slow");
    return waiting;
  }

  std::size_t backlog() const override {
    std::lock_guard lock(mutex_);
    return backlog_;
  }

  void close(std::uint16_t code, std::string reason) override {
    std::unique_lock lock(mutex_);
    if (closing_) return;
    closing_ = true;
    close_text_ = std::make_shared<const std::string>(close_payload(code, reason));
    bool wake = !std::exchange(awake_, true);
    lock.unlock();
    if (code == close_code::slow_consumer) ++services_->counters.slow_closed;
    // A connection that is blocked in a write needs this too: its deadline begins now.
    loop_->post([self = shared_from_this(), wake] {
      if (self->flush_until_ == steady::time_point{})
        self->flush_until_ = steady::now() + self->settings_->websocket.flush_timeout;
      if (wake) self->flush();
    });
  }

  // --- loop_member: the loop's thread ---

  void woken() override { flush(); }

  void sweep(steady::time_point now) override {
    if (ended_) return;
    if (flush_until_ != steady::time_point{}) return sweep_closing(now);
    settings_ = services_->settings();
    const auto& limits = settings_->websocket;
    if (services_->now() >= who_.expires) return close(close_code::token_expired, "expired");
    // One sweep later than told, so that the backend's own goodbye (forceLogout) goes first.
    if (std::exchange(revocations_changed_, false) &&
        services_->revoked.ended(who_.who.who.user, who_.who.family, who_.issued))
      return close(close_code::forced_logout, "signed out");
    auto version = services_->revoked.version();
    revocations_changed_ = std::exchange(seen_revocations_, version) != version;
    if (last_ping_ > last_heard_) {
      if (now - last_ping_ >= limits.pong_timeout) end();
    } else if (now - last_heard_ >= limits.ping_interval) {
      last_ping_ = now;
      interject(make_frame(opcode::ping, std::make_shared<const std::string>()));
    }
  }

  void drain() override { close(close_code::restarting, "server restarting"); }
  void abandon() override { end(); }

private:
  void sweep_closing(steady::time_point now) {
    if (now < flush_until_) return;
    if (!close_sent_ && !close_queued_) {
      // It does not read: what has not begun to leave is dropped, so that the reason is the next thing it sees.
      std::size_t begun = written_ > 0 ? 1 : 0;
      for (std::size_t i = next_ + begun; i < leaving_.size(); ++i) forget(leaving_[i].size());
      leaving_.resize(next_ + begun);
      queue_close();
      flush_until_ = now + settings_->websocket.close_timeout;
      return flush();
    }
    end();
  }

  // --- writing ---

  /// Puts a control frame before what waits, behind what has begun to leave.
  void interject(outgoing_frame frame) {
    std::unique_lock lock(mutex_);
    backlog_ += frame.size();
    bool wake = !std::exchange(awake_, true);
    lock.unlock();
    auto at = next_ + (written_ > 0 ? 1u : 0u);
    leaving_.insert(leaving_.begin() + static_cast<std::ptrdiff_t>(at), std::move(frame));
    if (wake) flush();
  }

  void queue_close() {
    std::lock_guard lock(mutex_);
    for (const auto& f : arrived_) backlog_ -= f.size();
    arrived_.clear();
    auto frame = make_frame(opcode::close, close_text_);
    backlog_ += frame.size();
    leaving_.push_back(std::move(frame));
    close_queued_ = true;
  }

  void forget(std::size_t bytes) {
    std::lock_guard lock(mutex_);
    backlog_ -= bytes;
  }

  /// Fetches what other threads have queued; false: there is nothing to do, and the next send() wakes us.
  bool fetch() {
    std::vector<outgoing_frame>{}.swap(leaving_);
    next_ = 0;
    std::unique_lock lock(mutex_);
    if (!arrived_.empty()) {
      leaving_.swap(arrived_);
      return true;
    }
    if (closing_ && !close_queued_) {
      lock.unlock();
      queue_close();
      return true;
    }
    awake_ = false;
    return false;
  }

  void flush() {
    if (ended_ || blocked_) return;
    for (std::size_t turn = 0; turn < bytes_per_turn;) {
      if (next_ == leaving_.size() && !fetch()) {
        if (close_queued_) close_was_sent();
        return;
      }
      boost::system::error_code ec;
      auto sent = write_some(ec);
      if (ec == asio::error::would_block || ec == asio::error::try_again) return wait_writable();
      if (ec) return end();
      turn += sent;
    }
    loop_->wake(shared_from_this());
  }

  std::size_t write_some(boost::system::error_code& ec) {
    std::array<asio::const_buffer, frames_per_write * 2> parts;
    std::size_t count = 0, skip = written_;
    for (auto i = next_; i < leaving_.size() && count < parts.size(); ++i) {
      const auto& f = leaving_[i];
      for (asio::const_buffer part :
           {asio::const_buffer{f.header.bytes.data(), f.header.size}, asio::buffer(*f.text)}) {
        auto cut = std::min(skip, part.size());
        skip -= cut;
        parts[count++] = part + cut;
      }
    }
    auto sent = socket_.write_some(std::span<const asio::const_buffer>{parts.data(), count}, ec);
    if (ec) return 0;
    auto left = sent + written_;
    std::size_t frames = 0;
    while (next_ < leaving_.size() && left >= leaving_[next_].size()) {
      left -= leaving_[next_].size();
      leaving_[next_++].text.reset();
      ++frames;
    }
    written_ = left;
    forget(sent);
    services_->counters.frames_out.fetch_add(frames, std::memory_order_relaxed);
    services_->counters.bytes_out.fetch_add(sent, std::memory_order_relaxed);
    return sent;
  }

  void wait_writable() {
    blocked_ = true;
    socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](boost::system::error_code ec) {
      self->blocked_ = false;
      if (ec) return self->end();
      self->flush();
    });
  }

  void close_was_sent() {
    if (std::exchange(close_sent_, true)) return;
    if (peer_closed_) return end();
    // The client answers with its own close; whatever else it still sends is read and thrown away.
    flush_until_ = steady::now() + settings_->websocket.close_timeout;
  }

  // --- reading ---

  void read() {
    socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](boost::system::error_code ec) {
      if (ec || self->ended_) return self->end();
      auto room = self->loop_->read_buffer();
      auto size = self->socket_.read_some(asio::buffer(room.data(), room.size()), ec);
      if (ec == asio::error::would_block || ec == asio::error::try_again) return self->read();
      if (ec) return self->end();
      self->take({room.data(), size});
      if (!self->ended_) self->read();
    });
  }

  void take(std::string_view bytes) {
    if (bytes.empty()) return;
    last_heard_ = steady::now();
    for (auto& what : parser_.feed(bytes)) {
      if (ended_) return;
      switch (what.what) {
      case incoming::kind::message:
        // Whoever was told to leave has no say any more.
        if (flush_until_ == steady::time_point{}) command(what.data);
        break;
      case incoming::kind::ping:
        if (spend_token())
          interject(make_frame(opcode::pong, std::make_shared<const std::string>(std::move(what.data))));
        break;
      case incoming::kind::pong: break;
      case incoming::kind::error:
        close(what.code, what.code == close_code::too_large ? "message too large" : "protocol error");
        break;
      case incoming::kind::close:
        peer_closed_ = true;
        if (close_sent_) return end();
        close(what.code == 0 ? close_code::normal : what.code, "");
      }
    }
  }

  /// Whether the client may say one more thing now.
  bool spend_token() {
    const auto& limits = settings_->websocket;
    auto now = steady::now();
    message_tokens_ =
        std::min(limits.message_burst,
                 message_tokens_ + limits.messages_per_second * std::chrono::duration<double>(now - refilled_).count());
    refilled_ = now;
    if (message_tokens_ < 1) {
      if (++refused_in_a_row_ > limits.message_burst * 4) close(close_code::policy, "too many messages");
      return false;
    }
    message_tokens_ -= 1;
    refused_in_a_row_ = 0;
    return true;
  }

  void command(std::string_view text) {
    ++services_->counters.messages_in;
    if (!spend_token()) {
      // Said once a flood: answering each message would help the flood.
      if (refused_in_a_row_ == 1)
        answer_error({errc::rate_limited, "Trop de messages : celui-ci n'a pas été pris en compte.", {}});
      return;
    }
    auto what = decode_command(text);
    if (!what) return answer_error(what.error());
    session_->on_command(std::move(*what));
  }

  void answer_error(const failure& why) { send(std::make_shared<const std::string>(encode_error(why))); }

  // --- end ---

  void end() {
    if (std::exchange(ended_, true)) return;
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
      awake_ = true;
      backlog_ = 0;
      arrived_.clear();
    }
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    leaving_.clear();
    next_ = 0;
    auto self = shared_from_this();
    loop_->remove(self);
    who_.place.reset();
    if (auto session = std::exchange(session_, nullptr)) session->on_closed();
  }

  std::shared_ptr<event_loop> loop_; // before the socket: it must outlive it
  std::shared_ptr<services> services_;
  std::shared_ptr<const server_settings> settings_;
  admission who_;
  asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type> socket_;
  frame_parser parser_;
  std::shared_ptr<session> session_;

  mutable std::mutex mutex_;
  std::vector<outgoing_frame> arrived_;
  std::size_t backlog_ = 0;
  /// flush() is under way or asked for: send() need not wake the loop.
  bool awake_ = false;
  bool closing_ = false;
  std::shared_ptr<const std::string> close_text_;

  std::vector<outgoing_frame> leaving_;
  std::size_t next_ = 0;
  /// Bytes of leaving_[next_] that have left.
  std::size_t written_ = 0;
  bool blocked_ = false, close_queued_ = false, close_sent_ = false, peer_closed_ = false, ended_ = false;
  /// Set once closing: when patience with the present step ends.
  steady::time_point flush_until_{};
  steady::time_point last_heard_, last_ping_, refilled_;
  double message_tokens_;
  double refused_in_a_row_ = 0;
  std::uint64_t seen_revocations_ = 0;
  bool revocations_changed_ = false;
};

} // namespace

void start_websocket(std::shared_ptr<event_loop> loop, std::shared_ptr<services> shared, int socket, admission who,
                     std::string early) {
  std::make_shared<websocket_connection>(std::move(loop), std::move(shared), socket, std::move(who))->open(early);
}

} // namespace evs::web
