#include "persistence/secrets_at_rest.hpp"

#include "persistence/postgres/session.hpp"

#include <array>

namespace evs::persistence {

namespace {

using namespace postgres;

/// One column: reads (id, value) of its rows under a lock, writes one back.
struct place {
  const char* name;
  statement read;
  statement write;
};

constexpr std::array places{
  place{"user phone password",
        {"secrets_users", "select id, sip_secret from users where sip_secret <> '' order by id for no key update"},
        {"secrets_users_set", "update users set sip_secret = $2 where id = $1"}},
  place{"trunk password",
        {"secrets_trunks", "select id, sip_secret from trunks where sip_secret <> '' order by id for no key update"},
        {"secrets_trunks_set", "update trunks set sip_secret = $2 where id = $1"}},
  // A registration string is a secret where it holds a password (login:password@host), or was sealed for that.
  place{"trunk registration",
        {"secrets_lines", "select id, register_string from trunks where register_string ~ '^[^:@]*:.*@' or register_string like 'v1:%' "
                          "order by id for no key update"},
        {"secrets_lines_set", "update trunks set register_string = $2 where id = $1"}},
  place{"setting",
        {"secrets_settings", "select name, secret from system_settings where secret <> '' order by name for no key update"},
        {"secrets_settings_set", "update system_settings set secret = $2 where name = $1"}},
};

void seal_one(transaction& t, const place& where, const row& r, const secret_keys& keys, sealing how, sealing_report& report) {
  const auto id = r.text(0), value = r.text(1);
  if (is_sealed(value) && (how == sealing::what_is_clear || is_sealed_with_newest(keys, value))) {
    ++report.fine;
    return;
  }
  const auto clear = is_sealed(value) ? open(keys, value) : std::optional{value};
  if (!clear) {
    report.lost.push_back(std::string{where.name} + ' ' + id);
    return;
  }
  t.run(where.write, {id, seal(keys, *clear)});
  ++report.sealed;
}

} // namespace

sealing_report seal_secrets(const store_settings& settings, const secret_keys& keys, sealing how) {
  session db{settings};
  sealing_report report;
  db.run(isolation::read_committed, [&](transaction& t) {
    report = {};
    for (const auto& where : places)
      for (const auto& r : t.run(where.read))
        seal_one(t, where, r, keys, how, report);
  });
  return report;
}

} // namespace evs::persistence
