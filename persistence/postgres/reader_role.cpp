#include "persistence/reader_role.hpp"

#include "persistence/postgres/connection_words.hpp"
#include "persistence/postgres/session.hpp"

namespace evs::persistence {

namespace {

using namespace postgres;

constexpr statement make_role{"reader_make", "select make_reader_role($1, $2)"};

} // namespace

std::string reader_role_name(const store_settings& settings) { return place_of(settings.url).database + "_reader"; }

store_settings as_reader(const store_settings& settings, const secret_keys& keys) {
  auto s = settings;
  const auto name = reader_role_name(settings);
  s.url = with_user(settings.url, name, derived_password(keys, name));
  return s;
}

void ensure_reader_role(const store_settings& settings, const secret_keys& keys) {
  const auto name = reader_role_name(settings);
  session db{settings};
  db.run(isolation::read_committed, [&](transaction& t) { t.run(make_role, {name, derived_password(keys, name)}); });
}

} // namespace evs::persistence
