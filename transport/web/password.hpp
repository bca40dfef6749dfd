#pragma once
// Passwords: argon2id through libsodium. Each call takes tens of milliseconds and 19 MiB: never on a network thread.

#include <compare>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
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

/// A few threads that only hash, and a bounded line in front of them.
class password_pool {
public:
  password_pool(unsigned threads, std::size_t longest_line, password_cost cost = {});
  ~password_pool();
  password_pool(const password_pool&) = delete;
  password_pool& operator=(const password_pool&) = delete;

  /// Whether the line would take one more now.
  bool has_room() const;
  /// False: the line is full. `done` is called from a thread of the pool. An empty hash (no such account) takes as long
  /// as any other and is never right.
  bool verify(std::string hash, std::string password, std::function<void(bool)> done);
  /// False: the line is full. `done` gets the hash, at the present cost, from a thread of the pool, or nothing when there is no memory for it.
  bool hash(std::string password, std::function<void(std::optional<std::string>)> done);
  /// For hashes from now on; any thread.
  void set_cost(password_cost cost);

  /// Forgets what waits, finishes what is being hashed. Also done by the destructor, which may run on a thread of the pool.
  void stop();

private:
  struct line;
  std::shared_ptr<line> line_;
  std::vector<std::thread> threads_;
};

} // namespace evs::web
