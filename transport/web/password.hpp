#pragma once
// Passwords: argon2id through libsodium. Each call takes tens of milliseconds and 19 MiB: never on a network thread.

#include "transport/web/password_line.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace evs::web {

struct password_cost {
  /// Bytes and passes (OWASP: 19 MiB with two).
  std::size_t memory = 19 * 1024 * 1024;
  unsigned long long operations = 2;
  friend auto operator<=>(const password_cost&, const password_cost&) = default;
};

/// The hash as libsodium writes it, salt and cost included; throws std::bad_alloc when there is no memory for it.
std::string hash_password(const std::string& password, password_cost cost = {});

bool verify_password(const std::string& hash, const std::string& password) noexcept;

/// What became of a place in the line; for counters.
struct password_event {
  enum class kind : std::uint8_t {
    /// Hashed, right or wrong.
    hashed,
    /// No place was left for him.
    refused,
    /// His place went to somebody who comes before him.
    displaced,
    /// His turn did not come in time.
    late,
    /// Nobody waits for the answer any more.
    gone,
  };
  kind what = kind::hashed;
  standing who = standing::stranger;
  /// Of that standing, now.
  std::size_t waiting = 0;
  /// hashed: in the line, and on the thread.
  std::chrono::microseconds waited{0}, took{0};
};
std::string_view to_string(password_event::kind what) noexcept;

struct password_guest {
  password_line::guest who;
  /// Whether the client has left: asked before the hash, from a thread of the pool, where others wait. Empty: he stays.
  std::function<bool()> gone;
  /// Instead of the result, once: he has to go without his turn and may come back after so long. From any thread.
  std::function<void(seconds)> turned_away;
};

/// A few threads that only hash, and the line in front of them (password_line). Whoever is let into the line is either hashed in time or
/// told so: no hash is made that nobody waits for.
class password_pool {
public:
  password_pool(unsigned threads, milliseconds longest_wait, password_cost cost = {});
  ~password_pool();
  password_pool(const password_pool&) = delete;
  password_pool& operator=(const password_pool&) = delete;

private:
  struct machinery;

public:
  /// A place in the line; lost when it is let go of unused. Any thread; the pool may be gone.
  class place {
  public:
    place(std::shared_ptr<machinery> pool, password_line::ticket number) : pool_(std::move(pool)), number_(number) {}
    ~place();
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    // One of these, once. Nothing happens when the place has been lost meanwhile: turned_away() was called.
    /// `done` is called from a thread of the pool. An empty hash (no such account) takes as long as any other and is never right.
    void verify(std::string hash, std::string password, std::function<void(bool)> done);
    /// `done` gets the hash, at the present cost, from a thread of the pool, or nothing when there is no memory for it.
    void hash(std::string password, std::function<void(std::optional<std::string>)> done);
    /// False: it was lost already, and turned_away() has been or is being called.
    bool leave();

  private:
    std::shared_ptr<machinery> pool_;
    password_line::ticket number_;
  };

  struct entrance {
    /// Null: refused; `turned_away` is not called.
    std::shared_ptr<place> at;
    seconds come_back{1};
  };
  /// Takes a place before anything else is done for the guest.
  entrance enter(password_guest guest);

  /// For hashes from now on; any thread.
  void set_cost(password_cost cost);
  void set_longest_wait(milliseconds wait);
  /// Told of everything that happens; from any thread, must return at once. Before the first guest.
  void on_event(std::function<void(const password_event&)> told);

  /// Forgets who waits, finishes what is being hashed. Also done by the destructor, which may run on a thread of the pool.
  void stop();

private:
  std::shared_ptr<machinery> machinery_;
  std::vector<std::thread> threads_;
};

} // namespace evs::web
