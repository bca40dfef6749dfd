#include "persistence/accounts.hpp"

#include "persistence/postgres/session.hpp"

namespace evs::persistence {

namespace {

using namespace postgres;

constexpr statement by_login{"account_by_login",
                             "select u.id, u.login_id, u.first_name, u.last_name, u.role, u.is_active, u.site_id, u.password_hash, "
                             "row_to_json(v) from users u join api_users v on v.id = u.id where u.login_id = $1"};
constexpr statement by_id{"account_by_id",
                          "select u.id, u.login_id, u.first_name, u.last_name, u.role, u.is_active, u.site_id, u.password_hash, "
                          "row_to_json(v) from users u join api_users v on v.id = u.id where u.id = $1"};
constexpr statement set_hash{"set_password_hash", "update users set password_hash = $2, updated_at = now() where id = $1"};

/// Logins of one person take turns, so that the newest sees all the others; a change of the account waits, or is seen.
constexpr statement lock_user{"lock_user", "select id from users where id = $1 for no key update"};
constexpr statement forget_expired{"forget_expired_families",
                                   "delete from token_families f where f.user_id = $1 and not exists "
                                   "(select from refresh_tokens t where t.family = f.family and t.expires_at > $2::timestamptz)"};
constexpr statement revoke_others{"revoke_other_families",
                                  "update token_families set revoked_at = $3::timestamptz "
                                  "where user_id = $1 and family <> $2 and revoked_at is null"};
constexpr statement insert_family{"insert_family",
                                  "insert into token_families (family, user_id, opened_at) values ($1, $2, $3::timestamptz)"};
constexpr statement insert_token{"insert_token",
                                 "insert into refresh_tokens (hash, family, issued_at, expires_at, address, user_agent) "
                                 "values ($1, $2, $3::timestamptz, $4::timestamptz, $5, $6)"};

/// The family first, then the token: whoever rotates or revokes meets here, and reads the token as it is after the wait.
constexpr statement lock_family{"lock_family",
                                "select f.family, f.user_id, f.revoked_at is not null, u.is_active from token_families f "
                                "join users u on u.id = f.user_id where f.family = "
                                "(select t.family from refresh_tokens t where t.hash = $1) for update of f"};
constexpr statement read_token{"read_token",
                               "select (extract(epoch from expires_at) * 1000)::bigint, (extract(epoch from spent_at) * 1000)::bigint "
                               "from refresh_tokens where hash = $1"};
constexpr statement spend{"spend_token", "update refresh_tokens set spent_at = $2::timestamptz where hash = $1"};
constexpr statement forget_tokens{"forget_expired_tokens",
                                  "delete from refresh_tokens where family = $1 and expires_at <= $2::timestamptz"};
constexpr statement revoke_one{"revoke_family",
                               "update token_families set revoked_at = now() where family = $1 and revoked_at is null"};
constexpr statement alive{"family_alive", "select 1 from token_families where family = $1 and revoked_at is null"};

std::optional<account> to_account(const rows& found) {
  if (found.empty())
    return std::nullopt;
  const auto& r = found.front();
  const auto known_role = role_from_string(r.text(4));
  if (!known_role)
    throw store_rejected{"unknown role in the database: " + r.text(4)};
  return account{user_id{r.text(0)}, r.text(1), r.text(2), r.text(3), *known_role, r.flag(5), site_id{r.text(6)}, r.text(7), r.text(8)};
}

void store_token(transaction& t, const refresh_token& token) {
  t.run(insert_token, {token.hash, token.family, moment(token.issued), moment(token.expires), token.address, token.user_agent});
}

class postgres_accounts : public accounts {
public:
  explicit postgres_accounts(store_settings settings) : session_(std::move(settings)) {}

  std::optional<account> find_by_login(const std::string& login_id) override { return to_account(session_.run(by_login, {login_id})); }
  std::optional<account> find(const user_id& id) override { return to_account(session_.run(by_id, {id.value})); }

  void set_password_hash(const user_id& id, const std::string& hash) override { session_.run(set_hash, {id.value, hash}); }

  std::optional<account> open_family(const refresh_token& token, const std::string& checked_hash, bool revoke_the_others) override {
    std::optional<account> who;
    session_.run(isolation::read_committed, [&](transaction& t) {
      t.run(lock_user, {token.user.value});
      // Another statement: what the lock waited for is seen.
      who = to_account(t.run(by_id, {token.user.value}));
      if (who && (!who->is_active || who->password_hash != checked_hash))
        who.reset();
      if (!who)
        return;
      t.run(forget_expired, {token.user.value, moment(token.issued)});
      if (revoke_the_others)
        t.run(revoke_others, {token.user.value, token.family, moment(token.issued)});
      t.run(insert_family, {token.family, token.user.value, moment(token.issued)});
      store_token(t, token);
    });
    return who;
  }

  rotated rotate(const std::string& old_hash, refresh_token next, timestamp now, seconds leeway) override {
    rotated out;
    session_.run(isolation::read_committed, [&](transaction& t) { out = rotate_in(t, old_hash, next, now, leeway); });
    return out;
  }

  void revoke_family(const std::string& family) override { session_.run(revoke_one, {family}); }
  bool family_alive(const std::string& family) override { return !session_.run(alive, {family}).empty(); }

private:
  static rotated rotate_in(transaction& t, const std::string& old_hash, refresh_token next, timestamp now, seconds leeway) {
    const auto families = t.run(lock_family, {old_hash});
    if (families.empty())
      return {};
    const auto& f = families.front();
    rotated out{rotation::invalid, user_id{f.text(1)}, f.text(0)};
    const auto tokens = t.run(read_token, {old_hash});
    const bool revoked = f.flag(2), active = f.flag(3);
    if (tokens.empty() || revoked || !active || tokens.front().moment(0) <= now)
      return out;

    const auto spent = tokens.front().optional_moment(1);
    if (spent && now - *spent > leeway) {
      t.run(revoke_one, {out.family});
      out.outcome = rotation::reused;
      return out;
    }
    if (!spent)
      t.run(spend, {old_hash, moment(now)});
    next.user = out.user;
    next.family = out.family;
    store_token(t, next);
    t.run(forget_tokens, {out.family, moment(now)});
    out.outcome = spent ? rotation::sibling : rotation::rotated;
    return out;
  }

  session session_;
};

} // namespace

std::unique_ptr<accounts> make_postgres_accounts(store_settings settings) {
  return std::make_unique<postgres_accounts>(std::move(settings));
}

} // namespace evs::persistence
