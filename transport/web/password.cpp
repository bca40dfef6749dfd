#include "transport/web/password.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

namespace evs::web {

namespace {

/// What an unknown account is compared with: made once a cost, so that it takes as long as an account's own hash.
std::string decoy_hash(password_cost cost) {
  static std::mutex mutex;
  static std::map<password_cost, std::string> made;
  std::lock_guard lock(mutex);
  auto& hash = made[cost];
  if (hash.empty()) hash = hash_password("no account has this", cost);
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
  password_cost cost;

  bool push(std::function<void()> job) {
    {
      std::lock_guard lock(mutex);
      if (stopping || jobs.size() >= longest) return false;
      jobs.push_back(std::move(job));
    }
    wake.notify_one();
    return true;
  }
  password_cost present_cost() {
    std::lock_guard lock(mutex);
    return cost;
  }

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

password_pool::password_pool(unsigned threads, std::size_t longest_line, password_cost cost) : line_(std::make_shared<line>()) {
  decoy_hash(cost);
  line_->longest = longest_line;
  line_->cost = cost;
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

bool password_pool::has_room() const {
  std::lock_guard lock(line_->mutex);
  return line_->jobs.size() < line_->longest;
}

bool password_pool::verify(std::string hash, std::string password, std::function<void(bool)> done) {
  // The line outlives its threads' jobs, which must not keep it.
  return line_->push([line = line_.get(), hash = std::move(hash), password = std::move(password), done = std::move(done)]() mutable {
    bool known = !hash.empty();
    bool right = verify_password(known ? hash : decoy_hash(line->present_cost()), password) && known;
    sodium_memzero(password.data(), password.size());
    done(right);
  });
}

bool password_pool::hash(std::string password, std::function<void(std::optional<std::string>)> done) {
  return line_->push([line = line_.get(), password = std::move(password), done = std::move(done)]() mutable {
    std::optional<std::string> made;
    try {
      made = hash_password(password, line->present_cost());
    } catch (const std::bad_alloc&) { made.reset(); }
    sodium_memzero(password.data(), password.size());
    done(std::move(made));
  });
}

void password_pool::set_cost(password_cost cost) {
  std::lock_guard lock(line_->mutex);
  line_->cost = cost;
}

} // namespace evs::web
