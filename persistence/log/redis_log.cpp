#include "domain/time.hpp"
#include "persistence/log/entry_fields.hpp"
#include "persistence/log/redis_link.hpp"
#include "persistence/log/ring.hpp"
#include "persistence/log/stream_id.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace evs::persistence {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// How long Redis may stay silent while entries wait for it, or be away.
constexpr auto patience = 1s;
/// How long an entry may be on its way while others still get through.
constexpr auto longest_way = 3s;
/// XREAD answers at least this often, so that a dead connection is noticed without traffic.
constexpr auto heartbeat = 250ms;
/// Entries sent and not yet acknowledged, at most.
constexpr std::size_t window = 5000;
constexpr auto first_pause = 250ms;
constexpr auto longest_pause = 4s;
/// What stop() grants to entries on their way: as long as some arrive, and in all.
constexpr auto farewell = 500ms;
constexpr auto longest_farewell = 3s;

/// A wake-up that poll() can wait for.
class bell {
public:
  bell() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0)
      throw std::system_error{errno, std::generic_category(), "eventfd"};
  }
  ~bell() { ::close(fd_); }
  bell(const bell&) = delete;
  bell& operator=(const bell&) = delete;
  void ring() { ::eventfd_write(fd_, 1); }
  void quiet() {
    eventfd_t count = 0;
    ::eventfd_read(fd_, &count);
  }
  int fd() const { return fd_; }

private:
  int fd_;
};

/// An entry on its way.
struct parcel {
  log_entry entry;
  /// When it was appended, later when it was sent.
  clock::time_point since;
  /// Where it was sent to (epoch), then where it is (offset).
  stream_id place;
};

/// Orders entries by a Redis stream; see README.md for the protocol. One own thread polls both connections (one writes, one
/// waits in XREAD); it and append() share only what `lock_` guards.
class redis_log : public event_log {
public:
  redis_log(log_settings settings, log_listener& listener)
      : settings_(std::move(settings)), delivery_(listener), ring_(delivery_, settings_.keep) {}
  ~redis_log() override { stop(); }

  void start() override {
    delivery_.start();
    thread_ = std::thread{[this] { run(); }};
  }

  void append(std::vector<log_entry> entries) override {
    bool wake = false;
    {
      std::lock_guard hold{lock_};
      if (stop_ || entries.empty())
        return;
      if (mode_ == mode::local)
        return ring_.append(std::move(entries));
      wake = outgoing_.empty();
      const auto now = clock::now();
      for (auto& entry : entries)
        outgoing_.push_back({std::move(entry), now, {}});
    }
    if (wake)
      bell_.ring();
  }

  void stop() override {
    {
      std::lock_guard hold{lock_};
      stop_ = true;
    }
    bell_.ring();
    if (thread_.joinable())
      thread_.join();
    delivery_.stop();
  }

  bool shared() const override { return shared_; }

private:
  /// seeking: entries are held, for as long as `patience` allows, because Redis may be there again in a moment.
  enum class mode { seeking, shared, local };

  void run() {
    // hiredis writes with write(2): a cut connection must be an error, not a signal.
    sigset_t pipe_signal;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);

    std::string why = "started";
    seeking_until_ = clock::now() + patience;
    while (!stopping()) {
      clock::time_point shared_since = clock::time_point::max();
      try {
        open();
        shared_since = clock::now();
        begin_shared(why);
        stream();
        return;
      } catch (const redis_failure& e) {
        why = std::string{"Redis: "} + e.what();
      }
      writer_.reset();
      reader_.reset();
      if (shared_since <= clock::now() - 10s)
        pause_ = first_pause;
      lost(why);
      rest();
    }
  }

  bool stopping() {
    std::lock_guard hold{lock_};
    return stop_;
  }

  // ---- Finding Redis ----

  void open() {
    const bool seeking = mode_of() == mode::seeking;
    // While entries are held, no name is looked up: a resolver may take longer than they may wait.
    const auto limit = seeking ? 300ms : 1000ms;
    const auto& address = seeking ? address_ : std::string{};
    writer_.emplace(settings_, address, limit);
    const auto about = writer_->ask({"INFO", "server"});
    const auto at = about.text.find("redis_version:");
    if (at == std::string::npos || std::atoi(about.text.c_str() + at + 14) < 7)
      throw redis_failure{"version 7 or newer is needed"};
    reader_.emplace(settings_, address, limit);
    address_ = writer_->peer();
  }

  /// Claims a new epoch: writes its marker, younger than everything in the stream.
  stream_id claim(const std::string& why) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      const auto now = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
      const stream_id marker{std::max({static_cast<std::uint64_t>(now), epoch_ + 1, last_in_stream().epoch + 1}), 0};
      const auto answer = writer_->ask({"XADD", settings_.stream, to_string(marker), "epoch", std::to_string(marker.epoch), "why", why});
      if (answer.what == redis_reply::kind::text)
        return marker;
      // Another node was quicker.
      if (answer.text.find("equal or smaller") == std::string::npos)
        throw redis_failure{answer.text};
    }
    throw redis_failure{"no new epoch could be claimed"};
  }

  stream_id last_in_stream() {
    const auto answer = writer_->ask({"XINFO", "STREAM", settings_.stream});
    if (answer.what == redis_reply::kind::error && answer.text.find("no such key") == std::string::npos)
      throw redis_failure{answer.text};
    for (std::size_t i = 0; i + 1 < answer.items.size(); i += 2)
      if (answer.items[i].text == "last-generated-id")
        return parse_stream_id(answer.items[i + 1].text).value_or(stream_id{});
    return {};
  }

  void begin_shared(const std::string& why) {
    last_acknowledged_ = claim(why);
    epoch_ = last_acknowledged_.epoch;
    last_read_ = 0;
    reading_ = false;
    writer_->stream();
    reader_->stream();
    std::lock_guard hold{lock_};
    mode_ = mode::shared;
    shared_ = true;
    delivery_.begin_epoch(std::to_string(epoch_), true, why);
  }

  // ---- Losing it ----

  /// Entries that no reader of ours got return to the head of the line; past their patience they go to the ring.
  void lost(const std::string& why) {
    std::lock_guard hold{lock_};
    shared_ = false;
    for (auto* line : {&in_flight_, &refused_, &unread_}) {
      outgoing_.insert(outgoing_.begin(), std::make_move_iterator(line->begin()), std::make_move_iterator(line->end()));
      line->clear();
    }
    if (mode_ == mode::local)
      return;
    const auto now = clock::now();
    if (mode_ == mode::shared) {
      mode_ = mode::seeking;
      seeking_until_ = now + patience;
    }
    auto until = seeking_until_;
    if (!outgoing_.empty())
      until = std::min(until, outgoing_.front().since + patience);
    if (now < until && outgoing_.size() <= settings_.keep)
      return;
    mode_ = mode::local;
    ring_.begin(why);
    std::vector<log_entry> entries;
    for (auto& waiting : outgoing_)
      entries.push_back(std::move(waiting.entry));
    outgoing_.clear();
    if (!entries.empty())
      ring_.append(std::move(entries));
  }

  /// Waits before the next attempt; stop() ends it.
  void rest() {
    auto pause = 50ms;
    if (mode_of() == mode::local) {
      pause = std::chrono::duration_cast<milliseconds>(pause_);
      pause_ = std::min<clock::duration>(pause_ * 2, longest_pause);
    }
    const auto until = clock::now() + pause;
    while (!stopping()) {
      const auto left = std::chrono::ceil<milliseconds>(until - clock::now()).count();
      if (left <= 0)
        return;
      pollfd wake{bell_.fd(), POLLIN, 0};
      ::poll(&wake, 1, static_cast<int>(left));
      bell_.quiet();
    }
  }

  mode mode_of() {
    std::lock_guard hold{lock_};
    return mode_;
  }

  // ---- While Redis is there ----

  /// Returns when stop() was called and nothing is on its way any more; throws redis_failure when Redis is lost.
  void stream() {
    std::optional<clock::time_point> leaving_since;
    for (;;) {
      const auto now = clock::now();
      if (!leaving_since && stopping())
        leaving_since = now;
      send();
      request();
      if (leaving_since && (nothing_on_its_way() || now - *leaving_since > longest_farewell ||
                            now - std::max(*leaving_since, progress_at_) > farewell))
        return;
      wait();
      take_acknowledgements();
      take_entries();
      judge();
    }
  }

  bool nothing_on_its_way() {
    std::lock_guard hold{lock_};
    return outgoing_.empty() && in_flight_.empty() && refused_.empty() && unread_.empty();
  }

  void wait() {
    // Nothing asked: the listener is behind, look again soon.
    const milliseconds left = reading_ ? heartbeat : 5ms;
    pollfd fds[3] = {{bell_.fd(), POLLIN, 0},
                     {writer_->socket(), static_cast<short>(writer_->unsent() ? POLLIN | POLLOUT : POLLIN), 0},
                     {reader_->socket(), static_cast<short>(reader_->unsent() ? POLLIN | POLLOUT : POLLIN), 0}};
    if (::poll(fds, 3, static_cast<int>(left.count())) < 0 && errno != EINTR)
      throw std::system_error{errno, std::generic_category(), "poll"};
    if (fds[0].revents)
      bell_.quiet();
    if (fds[1].revents & ~POLLOUT)
      writer_->receive();
    if (fds[2].revents & ~POLLOUT)
      reader_->receive();
  }

  /// Sends what waits, unless entries refused by an older epoch must go first.
  void send() {
    if (!refused_.empty() && in_flight_.empty() && refused_.front().place.epoch < epoch_) {
      std::lock_guard hold{lock_};
      outgoing_.insert(outgoing_.begin(), std::make_move_iterator(refused_.begin()), std::make_move_iterator(refused_.end()));
      refused_.clear();
    }
    if (refused_.empty() && (in_flight_.empty() || in_flight_.front().place.epoch == epoch_)) {
      const auto before = in_flight_.size();
      const auto now = clock::now();
      {
        std::lock_guard hold{lock_};
        while (!outgoing_.empty() && in_flight_.size() < window) {
          in_flight_.push_back(std::move(outgoing_.front()));
          outgoing_.pop_front();
        }
      }
      for (auto i = before; i < in_flight_.size(); ++i) {
        in_flight_[i].place.epoch = epoch_;
        in_flight_[i].since = now;
        writer_->say(command_for(in_flight_[i].entry));
      }
    }
    writer_->flush();
  }

  /// NOMKSTREAM: a stream that was removed must not begin again in the middle of an epoch.
  std::vector<std::string> command_for(const log_entry& entry) const {
    std::vector<std::string> words{"XADD", settings_.stream, "NOMKSTREAM", "MAXLEN", "~", std::to_string(settings_.keep),
                                   std::to_string(epoch_) + "-*"};
    for (auto& [name, value] : to_fields(entry)) {
      words.push_back(std::move(name));
      words.push_back(std::move(value));
    }
    return words;
  }

  void take_acknowledgements() {
    while (const auto reply = writer_->next()) {
      if (in_flight_.empty())
        throw redis_failure{"an answer to nothing"};
      auto sent = std::move(in_flight_.front());
      in_flight_.pop_front();
      const auto where = parse_stream_id(reply->text);
      if (reply->what == redis_reply::kind::text && where && where->epoch == sent.place.epoch && *where > last_acknowledged_) {
        last_acknowledged_ = *where;
        progress_at_ = clock::now();
        sent.place = *where;
        if (*where > stream_id{epoch_, last_read_}) {
          unread_.push_back(std::move(sent));
          if (unread_.size() > window)
            unread_.pop_front();
        }
        continue;
      }
      refused_.push_back(std::move(sent));
      if (reply->what == redis_reply::kind::error && reply->text.find("equal or smaller") != std::string::npos)
        continue; // Another node began a new epoch: our reader will meet it.
      throw redis_failure{reply->what == redis_reply::kind::error ? reply->text : "the stream was removed or replaced"};
    }
  }

  /// Asks for the next entries, unless the listener is far behind: then the stream keeps them.
  void request() {
    if (!reading_ && delivery_.waiting() <= settings_.keep / 2) {
      reader_->say({"XREAD", "COUNT", "1000", "BLOCK", std::to_string(milliseconds{heartbeat}.count()), "STREAMS", settings_.stream,
                    to_string({epoch_, last_read_})});
      reading_ = true;
      asked_at_ = clock::now();
    }
    reader_->flush();
  }

  void take_entries() {
    const auto reply = reader_->next();
    if (!reply)
      return;
    reading_ = false;
    if (reply->what == redis_reply::kind::error)
      throw redis_failure{reply->text};
    if (reply->what == redis_reply::kind::nil)
      return;
    progress_at_ = clock::now();
    std::vector<log_entry> entries;
    try {
      for (const auto& item : reply->items.at(0).items.at(1).items)
        take_entry(item, entries);
    } catch (const std::out_of_range&) {
      throw redis_failure{"an answer to XREAD of unknown shape"};
    }
    deliver(entries);
  }

  void take_entry(const redis_reply& item, std::vector<log_entry>& entries) {
    const auto id = parse_stream_id(item.items.at(0).text);
    if (!id)
      throw redis_failure{"a stream id that is none"};
    entry_fields fields;
    const auto& words = item.items.at(1).items;
    for (std::size_t i = 0; i + 1 < words.size(); i += 2)
      fields.emplace_back(words[i].text, words[i + 1].text);

    if (id->epoch > epoch_ && id->offset == 0 && !fields.empty() && fields.front().first == "epoch") {
      deliver(entries);
      epoch_ = id->epoch;
      last_read_ = 0;
      unread_.clear();
      std::string why = "another node began a new order";
      if (fields.size() > 1)
        why += " (" + fields[1].second + ')';
      delivery_.begin_epoch(std::to_string(epoch_), true, why);
      return;
    }
    auto entry = from_fields(fields);
    if (id->epoch != epoch_ || id->offset != last_read_ + 1 || !entry) {
      deliver(entries);
      throw redis_failure{"the stream has a gap after " + to_string({epoch_, last_read_})};
    }
    entry->offset = last_read_ = id->offset;
    entries.push_back(std::move(*entry));
  }

  void deliver(std::vector<log_entry>& entries) {
    delivery_.push(std::move(entries));
    entries.clear();
    while (!unread_.empty() && unread_.front().place <= stream_id{epoch_, last_read_})
      unread_.pop_front();
  }

  /// After having read what was there: did Redis take too long?
  void judge() {
    const auto now = clock::now();
    auto oldest = now;
    for (const auto* line : {&refused_, &in_flight_})
      if (!line->empty())
        oldest = std::min(oldest, line->front().since);
    std::size_t waiting = refused_.size() + in_flight_.size();
    {
      std::lock_guard hold{lock_};
      waiting += outgoing_.size();
    }
    if (now - std::max(oldest, progress_at_) > patience || now - oldest > longest_way)
      throw redis_failure{"entries are not taken"};
    if (waiting > settings_.keep)
      throw redis_failure{"too many entries wait"};
    if (reading_ && now - asked_at_ > heartbeat + patience)
      throw redis_failure{"no answer to XREAD"};
  }

  log_settings settings_;
  bell bell_;
  std::atomic<bool> shared_{false};

  std::mutex lock_;
  bool stop_ = false;
  mode mode_ = mode::seeking;
  /// Appended, not yet sent.
  std::deque<parcel> outgoing_;

  delivery delivery_;
  ring ring_; // guarded by lock_

  // The thread's own:
  std::optional<redis_link> writer_;
  std::optional<redis_link> reader_;
  /// Where Redis was found last.
  std::string address_;
  clock::time_point seeking_until_{};
  clock::duration pause_ = first_pause;
  std::uint64_t epoch_ = 0;
  std::uint64_t last_read_ = 0;
  stream_id last_acknowledged_;
  bool reading_ = false;
  clock::time_point asked_at_{};
  /// When Redis last took or gave an entry.
  clock::time_point progress_at_{};
  /// Sent, not acknowledged.
  std::deque<parcel> in_flight_;
  /// Refused because another node began a new epoch.
  std::deque<parcel> refused_;
  /// Acknowledged, not yet seen by our reader.
  std::deque<parcel> unread_;

  std::thread thread_;
};

} // namespace

std::unique_ptr<event_log> make_redis_log(log_settings settings, log_listener& listener) {
  if (settings.redis_host.empty())
    return make_local_log(std::move(settings), listener);
  return std::make_unique<redis_log>(std::move(settings), listener);
}

} // namespace evs::persistence
