#pragma once
// A backend that keeps everything in memory: accounts with real hashes, refresh families with real rotation; it records what
// routes asked for. Used by the unit tests of the routes and by the tests over real sockets.

#include "transport/web/backend.hpp"
#include "transport/web/password.hpp"

#include <condition_variable>
#include <map>
#include <mutex>

namespace evs::web::test {

class memory_session;

class memory_backend : public backend {
public:
  memory_backend() {
    add("user-1001", "1001", role::agent, "site-paris");
    add("user-1002", "1002", role::agent, "site-lyon");
    add("user-1000", "1000", role::supervisor, "");
    add("user-9000", "9000", role::administrator, "");
    add("user-9999", "9999", role::super_admin, "");
  }

  void add(const std::string& id, const std::string& login, role r, const std::string& site) {
    // The cheapest hash that libsodium makes: what is tested is not its cost.
    static const std::string hash = hash_password("secret", {8192, 1});
    accounts_[login] = {user_id{id}, login, "Prénom", "Nom", r, true, site_id{site}, hash, R"({"id":")" + id + R"("})"};
  }

  void find_account(std::string login_id, callback<std::optional<account>> done) override {
    if (database_away) return done(errc::database_unavailable);
    std::unique_lock lock(mutex_);
    auto found = accounts_.find(login_id);
    auto who = found == accounts_.end() ? std::nullopt : std::optional{found->second};
    lock.unlock();
    done(std::move(who));
  }
  void account_by_id(user_id id, callback<std::optional<account>> done) override { done(by_id(id)); }

  void open_family(refresh_token token, std::string checked_hash, bool revoke_others, callback<std::optional<account>> done) override {
    if (before_family) before_family();
    auto who = by_id(token.user);
    if (!who || !who->is_active || who->password_hash != checked_hash) return done(std::optional<account>{});
    std::unique_lock lock(mutex_);
    if (revoke_others)
      for (auto& [hash, t] : tokens_)
        if (t.row.user == token.user) t.revoked = true;
    tokens_[token.hash] = {token, false, false};
    lock.unlock();
    done(std::move(who));
  }
  void rotate(std::string old_hash, refresh_token next, callback<rotation_result> done) override {
    done(rotated(old_hash, next));
  }
  void revoke_family(std::string family, callback<evs::done> done) override {
    std::unique_lock lock(mutex_);
    revoke_locked(family);
    lock.unlock();
    done(evs::done{});
  }
  void signed_in(const account& who, const std::string&) override { note("signed_in " + who.login_id); }
  void signed_out(const viewer& who, const std::string&) override { note("signed_out " + who.user.value); }

  void application_data(viewer, callback<std::vector<std::pair<std::string, std::string>>> done) override {
    done(std::vector<std::pair<std::string, std::string>>{{"users", "[]"}, {"sites", R"([{"id":"site-paris"}])"}});
  }
  void app_settings(callback<std::string> done) override { done(std::string{R"({"appName":"EVSCallPro"})"}); }
  void call_history(viewer, int page, int limit, callback<std::string> done) override {
    note("call_history " + std::to_string(page) + " " + std::to_string(limit));
    done(std::string{R"({"records":[]})"});
  }
  void call_record(viewer, call_id id, callback<std::string> done) override {
    if (id.value == "none") return done(errc::not_found);
    done(R"({"id":")" + id.value + R"("})");
  }
  void call_journal(viewer, call_id, callback<std::string> done) override { done(std::string{"[]"}); }
  void live_snapshot(viewer, callback<std::string> done) override {
    // Lost: neither answered nor refused.
    if (lose_answers) return;
    if (hold_answers) {
      std::lock_guard lock(mutex_);
      held_ = std::move(done);
      changed_.notify_all();
      return;
    }
    done(std::string{R"({"agents":[]})"});
  }
  void agents(viewer, callback<std::string> done) override { done(std::string{"[]"}); }
  void agent(viewer, agent_id id, callback<std::string> done) override { done(R"({"id":")" + id.value + R"("})"); }

  void perform(requester who, data_request what, callback<data_answer> done) override {
    note("perform " + who.who.user.value + " " + std::to_string(what.index()));
    if (on_perform) return done(on_perform(who, what));
    done(data_answer{200, "{}", {}, {}, {}});
  }

  void originate(viewer who, originate_request what, callback<call_id> done) override {
    note("originate " + who.user.value + " " + what.agent.value + " " + what.destination);
    if (refuse_originate) return done(*refuse_originate);
    done(call_id{"call-" + std::to_string(++calls_)});
  }
  void hangup(viewer who, call_id id, callback<evs::done> done) override {
    note("hangup " + who.user.value + " " + id.value);
    done(evs::done{});
  }
  void change_state(viewer, agent_state_request what, callback<agent_snapshot> done) override {
    agent_snapshot now;
    now.id = what.agent;
    now.state = what.wanted;
    now.reason = what.reason;
    done(now);
  }
  void reload(viewer, callback<reload_outcome> done) override { done(reload_result); }

  std::shared_ptr<session> open_session(session_request what, std::shared_ptr<connection> wire) override;

  std::vector<component_status> readiness() override { return components; }
  std::string metrics() override { return "evs_up 1\n"; }

  // --- what tests set and ask ---
  /// Called between the check of a password and the opening of the family.
  std::function<void()> before_family;
  bool database_away = false, lose_answers = false, hold_answers = false;
  std::optional<failure> refuse_originate;
  /// Instead of {}; set before the door opens.
  std::function<result<data_answer>(const requester&, const data_request&)> on_perform;
  reload_outcome reload_result;
  std::vector<component_status> components{{"postgresql", true, true, "ok"}, {"redis", false, false, "away"}};

  std::vector<std::string> notes() const {
    std::lock_guard lock(mutex_);
    return notes_;
  }
  void deactivate(const std::string& login) {
    std::lock_guard lock(mutex_);
    accounts_[login].is_active = false;
  }
  void move(const std::string& login, const std::string& site) {
    std::lock_guard lock(mutex_);
    accounts_[login].site = site_id{site};
  }
  /// Waits for the answer that hold_answers keeps.
  callback<std::string> take_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_ != nullptr; });
    return std::exchange(held_, nullptr);
  }
  /// The n-th session that was opened; waits for it.
  std::shared_ptr<memory_session> session_at(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sessions_.size() > n; });
    return sessions_[n];
  }
  std::size_t session_count() const {
    std::lock_guard lock(mutex_);
    return sessions_.size();
  }

private:
  struct kept_token {
    refresh_token row;
    bool spent = false;
    bool revoked = false;
  };

  rotation_result rotated(const std::string& old_hash, refresh_token next) {
    std::lock_guard lock(mutex_);
    auto found = tokens_.find(old_hash);
    if (found == tokens_.end() || found->second.revoked) return {};
    auto& old = found->second;
    rotation_result out{old.spent ? rotation::reused : rotation::rotated, by_id_locked(old.row.user), old.row.family};
    if (old.spent) {
      revoke_locked(old.row.family);
      return out;
    }
    old.spent = true;
    next.user = old.row.user;
    next.family = old.row.family;
    tokens_[next.hash] = {next, false, false};
    return out;
  }
  void note(std::string what) {
    std::lock_guard lock(mutex_);
    notes_.push_back(std::move(what));
  }
  void revoke_locked(const std::string& family) {
    for (auto& [hash, t] : tokens_)
      if (t.row.family == family) t.revoked = true;
  }
  std::optional<account> by_id_locked(const user_id& id) const {
    for (const auto& [login, a] : accounts_)
      if (a.id == id) return a;
    return std::nullopt;
  }
  std::optional<account> by_id(const user_id& id) const {
    std::lock_guard lock(mutex_);
    return by_id_locked(id);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, account> accounts_;
  std::map<std::string, kept_token> tokens_;
  std::vector<std::string> notes_;
  std::vector<std::shared_ptr<memory_session>> sessions_;
  callback<std::string> held_;
  int calls_ = 0;
};

/// Keeps what its client said.
class memory_session : public session {
public:
  memory_session(session_request what, std::shared_ptr<connection> a_wire)
      : request(std::move(what)), wire(std::move(a_wire)) {}

  void on_command(client_command what) override {
    std::lock_guard lock(mutex_);
    commands_.push_back(std::move(what));
    changed_.notify_all();
  }
  void on_closed() override {
    std::lock_guard lock(mutex_);
    ++closed_;
    changed_.notify_all();
  }
  client_command command_at(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return commands_.size() > n; });
    return commands_[n];
  }
  void wait_closed() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ > 0; });
  }
  int closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }

  const session_request request;
  const std::shared_ptr<connection> wire;

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<client_command> commands_;
  int closed_ = 0;
};

inline std::shared_ptr<session> memory_backend::open_session(session_request what, std::shared_ptr<connection> wire) {
  auto made = std::make_shared<memory_session>(std::move(what), std::move(wire));
  std::lock_guard lock(mutex_);
  sessions_.push_back(made);
  changed_.notify_all();
  return made;
}

} // namespace evs::web::test
