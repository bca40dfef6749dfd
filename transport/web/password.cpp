#include "transport/web/password.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <unordered_map>
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

std::string_view to_string(password_event::kind what) noexcept {
  constexpr std::array<std::string_view, 5> names{"hashed", "refused", "displaced", "late", "gone"};
  return names[static_cast<std::size_t>(what)];
}

namespace {

using steady = std::chrono::steady_clock;

password_line::instant instant_now() { return std::chrono::duration_cast<password_line::instant>(steady::now().time_since_epoch()); }

/// What a hash takes here and now.
password_line::duration measured(password_cost cost) {
  const auto from = steady::now();
  hash_password("how long does it take?", cost);
  return std::chrono::duration_cast<password_line::duration>(steady::now() - from);
}

} // namespace

struct password_pool::machinery {
  struct waiting_guest {
    std::function<bool()> gone;
    std::function<void(seconds)> turned_away;
    std::function<void()> job;
  };
  using losses = std::vector<std::pair<password_event, std::function<void()>>>;

  machinery(password_line_rules the_rules, password_cost the_cost) : rules(the_rules), line(the_rules, measured(the_cost)), cost(the_cost) {}

  std::mutex mutex;
  std::condition_variable wake;
  password_line_rules rules;
  password_line line;
  std::unordered_map<password_line::ticket, waiting_guest> guests;
  bool stopping = false;
  password_cost cost;
  std::function<void(const password_event&)> told;

  password_cost present_cost() {
    std::lock_guard lock(mutex);
    return cost;
  }
  void tell(const password_event& what) const {
    if (told) told(what);
  }

  /// Takes somebody out of the books; what is to be said to him is said without the lock.
  void lose(losses& out, password_event::kind why, const password_line::turned_away& who) {
    auto found = guests.extract(who.place);
    if (found.empty()) return;
    out.emplace_back(password_event{why, who.who, line.waiting(who.who), {}, {}},
                     [say = std::move(found.mapped().turned_away), wait = who.come_back] {
                       if (say) say(wait);
                     });
  }
  void announce(losses& lost) {
    for (auto& [what, say] : lost) {
      tell(what);
      say();
    }
    lost.clear();
  }

  bool leave(password_line::ticket number) {
    waiting_guest forgotten; // destroyed without the lock: it may hold the last reference to anything
    std::lock_guard lock(mutex);
    auto found = guests.extract(number);
    if (found.empty()) return false;
    forgotten = std::move(found.mapped());
    line.leave(number);
    return true;
  }

  void give_job(password_line::ticket number, std::function<void()> job) {
    {
      std::lock_guard lock(mutex);
      auto found = guests.find(number);
      if (found == guests.end()) return;
      found->second.job = std::move(job);
      line.make_ready(number);
    }
    wake.notify_one();
  }

  void work() {
    losses lost;
    std::unique_lock lock(mutex);
    while (!stopping) {
      auto turn = line.take(instant_now());
      for (const auto& who : turn.late) lose(lost, password_event::kind::late, who);
      if (!turn.next && lost.empty()) {
        wake.wait(lock);
        continue;
      }
      auto guest = turn.next ? guests.extract(turn.next->place) : decltype(guests)::node_type{};
      // A client may have closed its half only (RFC 9112, 9.6): it is served where that keeps nobody waiting.
      const bool others = line.waiting() > 0;
      lock.unlock();
      announce(lost);
      if (!turn.next) {
        lock.lock();
        continue;
      }
      auto one = std::move(guest.mapped());
      guest = {};
      password_event what{password_event::kind::gone, turn.next->who, 0, turn.next->waited, {}};
      if (others && one.gone && one.gone()) {
        if (one.turned_away) one.turned_away(seconds{1});
      } else {
        const auto from = steady::now();
        one.job();
        what.what = password_event::kind::hashed;
        what.took = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - from);
      }
      one = {};
      lock.lock();
      if (what.what == password_event::kind::hashed) line.done(what.took);
      else line.skip();
      what.waiting = line.waiting(what.who);
      lock.unlock();
      tell(what);
      lock.lock();
    }
  }
};

password_pool::password_pool(unsigned threads, milliseconds longest_wait, password_cost cost) {
  decoy_hash(cost);
  const auto count = std::max(1u, threads);
  machinery_ = std::make_shared<machinery>(password_line_rules{count, longest_wait}, cost);
  for (unsigned i = 0; i < count; ++i) threads_.emplace_back([m = machinery_] { m->work(); });
}

password_pool::~password_pool() { stop(); }

void password_pool::stop() {
  std::unique_lock lock(machinery_->mutex);
  machinery_->stopping = true;
  auto forgotten = std::exchange(machinery_->guests, {});
  lock.unlock();
  machinery_->wake.notify_all();
  for (auto& thread : std::exchange(threads_, {})) {
    // The last job may hold the last reference to whoever owns this pool.
    if (thread.get_id() == std::this_thread::get_id()) thread.detach();
    else thread.join();
  }
}

password_pool::entrance password_pool::enter(password_guest guest) {
  auto& m = *machinery_;
  machinery::losses lost;
  entrance out;
  std::unique_lock lock(m.mutex);
  if (m.stopping) return out;
  const auto who = guest.who.who;
  auto made = m.line.enter(std::move(guest.who), instant_now());
  if (made.place) m.guests.emplace(*made.place, machinery::waiting_guest{std::move(guest.gone), std::move(guest.turned_away), {}});
  for (const auto& gone : made.displaced) m.lose(lost, password_event::kind::displaced, gone);
  password_event refused{password_event::kind::refused, who, m.line.waiting(who), {}, {}};
  lock.unlock();
  if (made.place) out.at = std::make_shared<place>(machinery_, *made.place);
  else m.tell(refused);
  out.come_back = made.come_back;
  m.announce(lost);
  return out;
}

password_pool::place::~place() {
  if (pool_) pool_->leave(number_);
}

bool password_pool::place::leave() {
  auto pool = std::exchange(pool_, nullptr);
  return pool && pool->leave(number_);
}

void password_pool::place::verify(std::string hash, std::string password, std::function<void(bool)> done) {
  auto pool = std::exchange(pool_, nullptr);
  if (!pool) return;
  // The machinery outlives its threads' jobs, which must not keep it.
  pool->give_job(number_, [m = pool.get(), hash = std::move(hash), password = std::move(password), done = std::move(done)]() mutable {
    bool known = !hash.empty();
    bool right = verify_password(known ? hash : decoy_hash(m->present_cost()), password) && known;
    sodium_memzero(password.data(), password.size());
    done(right);
  });
}

void password_pool::place::hash(std::string password, std::function<void(std::optional<std::string>)> done) {
  auto pool = std::exchange(pool_, nullptr);
  if (!pool) return;
  pool->give_job(number_, [m = pool.get(), password = std::move(password), done = std::move(done)]() mutable {
    std::optional<std::string> made;
    try {
      made = hash_password(password, m->present_cost());
    } catch (const std::bad_alloc&) { made.reset(); }
    sodium_memzero(password.data(), password.size());
    done(std::move(made));
  });
}

void password_pool::set_cost(password_cost cost) {
  std::lock_guard lock(machinery_->mutex);
  machinery_->cost = cost;
}

void password_pool::set_longest_wait(milliseconds wait) {
  std::lock_guard lock(machinery_->mutex);
  machinery_->rules.longest_wait = wait;
  machinery_->line.set_rules(machinery_->rules);
}

void password_pool::on_event(std::function<void(const password_event&)> told) {
  std::lock_guard lock(machinery_->mutex);
  machinery_->told = std::move(told);
}

} // namespace evs::web
