#include "transport/web/password.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

namespace evs::web {

namespace {

/// What an unknown account is compared with, made once with the default cost.
const std::string& decoy_hash() {
  static const std::string hash = hash_password("no account has this");
  return hash;
}

} // namespace

std::string hash_password(const std::string& password, password_cost cost) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.operations, cost.memory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return out.data();
}

bool verify_password(const std::string& hash, const std::string& password) noexcept {
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

struct password_pool::line {
  std::size_t longest = 0;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> jobs;
  bool stopping = false;

  void work() {
    for (;;) {
      std::unique_lock lock(mutex);
      wake.wait(lock, [this] { return stopping || !jobs.empty(); });
      if (stopping) return;
      auto job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
    }
  }
};

password_pool::password_pool(unsigned threads, std::size_t longest_line) : line_(std::make_shared<line>()) {
  decoy_hash();
  line_->longest = longest_line;
  for (unsigned i = 0; i < std::max(1u, threads); ++i) threads_.emplace_back([line = line_] { line->work(); });
}

password_pool::~password_pool() { stop(); }

void password_pool::stop() {
  std::unique_lock lock(line_->mutex);
  line_->stopping = true;
  auto forgotten = std::exchange(line_->jobs, {});
  lock.unlock();
  line_->wake.notify_all();
  for (auto& thread : std::exchange(threads_, {})) {
    // The last job may hold the last reference to whoever owns this pool.
    if (thread.get_id() == std::this_thread::get_id()) thread.detach();
    else thread.join();
  }
}

bool password_pool::hash(std::string password, std::function<void(std::optional<std::string>)> done) {
  std::unique_lock lock(line_->mutex);
  if (line_->stopping || line_->jobs.size() >= line_->longest) return false;
  line_->jobs.push_back([password = std::move(password), done = std::move(done)]() mutable {
    std::optional<std::string> made;
    try {
      made = hash_password(password);
    } catch (const std::bad_alloc&) {
    }
    sodium_memzero(password.data(), password.size());
    done(std::move(made));
  });
  lock.unlock();
  line_->wake.notify_one();
  return true;
}

bool password_pool::verify(std::string hash, std::string password, std::function<void(bool)> done) {
  std::unique_lock lock(line_->mutex);
  if (line_->stopping || line_->jobs.size() >= line_->longest) return false;
  line_->jobs.push_back([hash = std::move(hash), password = std::move(password), done = std::move(done)]() mutable {
    bool known = !hash.empty();
    bool right = verify_password(known ? hash : decoy_hash(), password) && known;
    sodium_memzero(password.data(), password.size());
    done(right);
  });
  lock.unlock();
  line_->wake.notify_one();
  return true;
}

} // namespace evs::web
