// Every resource of the catalogue: lists, single ones, changes, by the same few statements (resource_statements). Who may see or change
// what: scope.hpp; what a change must keep: resource_rules.

#include "domain/catalogue.hpp"
#include "persistence/postgres/areas.hpp"
#include "persistence/postgres/cursor.hpp"
#include "persistence/postgres/resource_rules.hpp"
#include "persistence/postgres/resource_statements.hpp"
#include "persistence/postgres/resource_ties.hpp"
#include "persistence/postgres/scope.hpp"
#include "persistence/sealed.hpp"
#include "persistence/secret.hpp"

namespace evs::persistence::postgres {

namespace {

namespace sql = resource_statements;

std::string str(std::string_view text) { return std::string{text}; }

// ---------------------------------------------------------------- lists

std::string like_pattern(const std::string& text) {
  std::string out{"%"};
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '%';
}

/// Longest list that is sent without pages, to older clients.
constexpr int longest_array = 20'000;

result<data_answer> list(workplace& at, const requester& who, const list_resources& asked) {
  const auto& what = *asked.what;
  const auto by = sql::order_of(what, asked.query.sort);
  if (!by)
    return by.error();
  const auto after = read_cursor(asked.query.cursor, {by->numeric() ? key_part::decimal : key_part::text, key_part::text});
  if (!after)
    return after.error();
  auto values = asks(who.who);
  values.push_back(asked.query.q.empty() ? parameter{} : like_pattern(clean_utf8(asked.query.q)));
  values.insert(values.end(), after->begin(), after->end());
  const auto limit = asked.query.paged ? asked.query.limit : longest_array;
  values.push_back(std::to_string(limit + 1));
  for (auto f : what.filters)
    values.push_back(filter_value(asked.query, f));
  return page_of(at.db.run(sql::list_page(what, *by), std::move(values)), static_cast<std::size_t>(limit), 2, asked.query.paged);
}

// ---------------------------------------------------------------- one

failure not_there(const resource& what) { return {errc::not_found, str(what.label) + " n'existe pas, ou n'est pas de votre ressort.", {}}; }

parameters about(const viewer& who, const std::string& id) {
  auto values = asks(who);
  values.emplace_back(id);
  return values;
}

std::optional<data_answer> seen_by(transaction& t, const viewer& who, const resource& what, const std::string& id) {
  const auto found = t.run(sql::read_one(what), about(who, id));
  if (found.empty())
    return std::nullopt;
  return data_answer{200, found.front().text(0), found.front().text(1), {}, {}};
}

result<data_answer> read(workplace& at, const requester& who, const read_resource& asked) {
  const auto found = at.db.run(sql::read_one(*asked.what), about(who.who, clean_utf8(asked.id)));
  if (found.empty())
    return not_there(*asked.what);
  return data_answer{200, found.front().text(0), found.front().text(1), {}, {}};
}

// ---------------------------------------------------------------- changes

/// The body under the names of columns; secrets sealed.
value as_columns(workplace& at, const resource& what, const value& body) {
  value out{value::object{}};
  for (const auto& [name, given] : *body.members()) {
    const auto* f = find_field(what, name);
    if (!f || f->column.empty())
      continue;
    const bool hidden = f->kind == field_kind::secret && given.text();
    if (hidden && at.settings.secret_keys.empty())
      throw refused{{errc::database_unavailable, "Aucune clé de chiffrement n'est configurée (secrets.key_file) : un secret ne peut pas être gardé.", {}}};
    out.set(f->column, hidden ? value{seal(at.settings.secret_keys, *given.text())} : given);
  }
  return out;
}

void write_pairs(transaction& t, const resource& what, const std::string& id, const value& body) {
  for (const auto& f : what.fields) {
    const auto* given = f.kind == field_kind::references && !f.pairs.table.empty() ? body.find(f.name) : nullptr;
    if (!given || !given->list())
      continue;
    std::vector<parameter> members;
    for (const auto& each : *given->list())
      members.emplace_back(*each.text());
    const auto list = array_literal(members);
    t.run(sql::drop_pairs(f.pairs), {id, list});
    t.run(sql::add_pairs(f.pairs), {id, list});
  }
}

constexpr statement first_phone_password{
  "first_phone_password", "update users set sip_secret = $2 where id = $1 and extension is not null and coalesce(sip_secret, '') = ''"};

/// A phone without a password could not register: it gets one that nobody can guess.
void give_phone_password(workplace& at, transaction& t, const std::string& id, const value& body) {
  if (body.find("extension") && !at.settings.secret_keys.empty())
    t.run(first_phone_password, {id, seal(at.settings.secret_keys, random_secret(32))});
}

void check_version(const data_answer& now, const std::string& seen) {
  if (!seen.empty() && seen != now.etag)
    throw refused{{errc::stale, {}, {}}};
}

/// What was written, as the writer may see it: what leaves his scope is not his to write.
data_answer written(transaction& t, const requester& who, const resource& what, const std::string& id, unsigned status) {
  auto now = seen_by(t, who.who, what, id);
  if (!now)
    throw refused{{errc::forbidden, "Ceci sortirait du site dont vous êtes responsable.", {}}};
  now->status = status;
  return *now;
}

data_answer make(workplace& at, transaction& t, const requester& who, const resource& what, const value& body) {
  const auto* given = body.find("id");
  const auto id = given && given->text() ? *given->text() : str(what.id_prefix) + random_secret(12);
  if (what.name == "user")
    check_user(t, who, id, body, false);
  check_references(t, what, body);
  check_ties(t, what, id, body);
  check_zone(body);
  const auto row = to_json(as_columns(at, what, body));
  t.run(sql::insert_one(what), {id, row});
  t.run(sql::update_one(what), {id, row});
  write_pairs(t, what, id, body);
  write_ties(t, what, id, body);
  if (what.name == "user")
    give_phone_password(at, t, id, body);
  return written(t, who, what, id, 201);
}

data_answer change(workplace& at, transaction& t, const requester& who, const update_resource& asked) {
  const auto& what = *asked.what;
  t.run(sql::lock_one(what), {asked.id});
  const auto now = seen_by(t, who.who, what, asked.id);
  if (!now)
    throw refused{not_there(what)};
  check_version(*now, asked.seen);
  if (what.name == "user")
    check_user(t, who, asked.id, asked.body, false);
  if (asked.body.find("code") && is_standard_qualification(t, what, asked.id))
    if (now->json.find("\"code\":\"" + *asked.body.find("code")->text() + "\"") == std::string::npos)
      throw refused{{errc::conflict, "Le code d'une qualification standard ne change pas.", {}}};
  check_references(t, what, asked.body);
  check_ties(t, what, asked.id, asked.body);
  check_zone(asked.body);
  t.run(sql::update_one(what), {asked.id, to_json(as_columns(at, what, asked.body))});
  write_pairs(t, what, asked.id, asked.body);
  write_ties(t, what, asked.id, asked.body);
  if (what.name == "user")
    give_phone_password(at, t, asked.id, asked.body);
  return written(t, who, what, asked.id, 200);
}

/// "user=3, did=1": what referred to it and no longer does.
std::string detached(transaction& t, const resource& what, const std::string& id) {
  std::string out;
  for (const auto& from : catalogue())
    for (const auto& f : from.fields) {
      if (f.target != what.name || (f.kind == field_kind::references && f.pairs.table.empty()) ||
          (f.kind != field_kind::reference && f.kind != field_kind::references))
        continue;
      if (const auto count = t.run(sql::referring(from, f), {id}).at(0).number(0); count > 0)
        out += (out.empty() ? "" : ", ") + str(from.name) + "." + str(f.name) + "=" + std::to_string(count);
    }
  return out;
}

data_answer erase(transaction& t, const requester& who, const remove_resource& asked) {
  const auto& what = *asked.what;
  t.run(sql::lock_one(what), {asked.id});
  const auto now = seen_by(t, who.who, what, asked.id);
  if (!now)
    throw refused{not_there(what)};
  check_version(*now, asked.seen);
  if (what.name == "user")
    check_user(t, who, asked.id, value{value::object{}}, true);
  if (what.deleted_only_when_inactive && now->json.find("\"isActive\":false") == std::string::npos)
    throw refused{{errc::conflict, "Seul un compte désactivé peut être supprimé : désactivez-le d'abord.", {}}};
  if (is_standard_qualification(t, what, asked.id))
    throw refused{{errc::conflict, "Une qualification standard ne peut pas être supprimée.", {}}};
  data_answer out{204, {}, {}, {}, {}};
  auto loose = detached(t, what, asked.id);
  if (const auto ties = cut_ties(t, what, asked.id); !ties.empty())
    loose += (loose.empty() ? "" : ", ") + ties;
  if (!loose.empty())
    out.headers.emplace_back("X-Detached", std::move(loose));
  t.run(sql::delete_one(what), {asked.id});
  return out;
}

// ---------------------------------------------------------------- many, and oneself

constexpr statement tell_bulk{"tell_bulk", "select announce('usersBulkUpdate', '', jsonb_build_object('created', $1::integer), '{\"role\": \"Superviseur\"}')"};

result<data_answer> make_many(workplace& at, const requester& who, const create_many& asked) {
  value::array report;
  std::int64_t created = 0;
  for (const auto& row : asked.rows) {
    value line{value::object{}};
    line.set("index", static_cast<std::int64_t>(report.size()));
    std::optional<failure> why;
    if (!row.ok)
      why = row.wrong;
    else if (auto made = in_transaction(at, [&](transaction& t) { return make(at, t, who, *asked.what, row.body); }, resource_refused); !made)
      why = made.error();
    line.set("ok", !why);
    if (auto* login = row.body.find("loginId"))
      line.set("loginId", *login);
    if (why) {
      line.set("error", why->text());
      value fields{value::object{}};
      for (const auto& [name, sentence] : why->fields)
        fields.set(name, sentence);
      line.set("fields", std::move(fields));
    } else {
      ++created;
    }
    report.push_back(std::move(line));
  }
  if (created > 0)
    at.db.run(tell_bulk, {std::to_string(created)});
  value out{value::object{}};
  const auto failed = static_cast<std::int64_t>(report.size()) - created;
  out.set("created", created);
  out.set("failed", failed);
  out.set("report", std::move(report));
  return data_answer{failed == 0 ? 201U : created > 0 ? 200U : 422U, to_json(out), {}, {}, {}};
}

constexpr statement keep_family{"keep_family", "select set_config('evs.keep_family', $1, true)"};
constexpr statement own_password{"own_password", "update users set password_hash = $2 where id = $1 and is_active returning id"};

result<data_answer> set_password(workplace& at, const requester& who, const set_own_password& asked) {
  return in_transaction(at, [&](transaction& t) {
    t.run(keep_family, {asked.family});
    if (t.run(own_password, {who.who.user.value, asked.hash}).empty())
      throw refused{{errc::not_found, {}, {}}};
    return data_answer{200, R"({"message":"Mot de passe modifié."})", {}, {}, {}};
  }, resource_refused);
}

constexpr statement rank_of{"rank_of", "select role from users where id = $1"};
/// As end_sign_ins() of migration 0006, which does it for accounts that change.
constexpr statement end_sign_ins{"end_sign_ins",
                                 "with ended as (update token_families set revoked_at = now() where user_id = $1 and revoked_at is null returning family) "
                                 "select announce('sessionsRevoked', '', jsonb_build_object('userId', $1::text, 'families', coalesce(jsonb_agg(family), '[]'), "
                                 "'all', true, 'reason', $2::text), '{\"to\": []}') is null, count(*) from ended"};

result<data_answer> sign_out(workplace& at, const requester& who, const end_sign_ins_of& asked) {
  return in_transaction(at, [&](transaction& t) {
    const auto& users = *find_resource("user");
    if (!seen_by(t, who.who, users, asked.user.value))
      throw refused{not_there(users)};
    if (asked.user == who.who.user)
      throw refused{{errc::conflict, "Pour fermer votre propre session, déconnectez-vous.", {}}};
    const auto rank = role_from_string(t.run(rank_of, {asked.user.value}).at(0).text(0));
    if (who.who.role != role::super_admin && (!rank || *rank >= who.who.role))
      throw refused{{errc::forbidden, "Vous ne pouvez déconnecter que des personnes d'un rang inférieur au vôtre.", {}}};
    const auto ended = t.run(end_sign_ins, {asked.user.value, "Déconnexion par un superviseur"}).at(0).number(1);
    return data_answer{200, "{\"message\":\"Sessions fermées.\",\"ended\":" + std::to_string(ended) + '}', {}, {}, {}};
  }, resource_refused);
}

} // namespace

result<data_answer> answer(workplace& at, const requester& who, const resource_request& what) {
  struct each {
    workplace& at;
    const requester& who;
    result<data_answer> operator()(const list_resources& asked) const { return list(at, who, asked); }
    result<data_answer> operator()(const read_resource& asked) const { return read(at, who, asked); }
    result<data_answer> operator()(const create_resource& asked) const {
      return in_transaction(at, [&](transaction& t) { return make(at, t, who, *asked.what, asked.body); }, resource_refused);
    }
    result<data_answer> operator()(const update_resource& asked) const {
      return in_transaction(at, [&](transaction& t) { return change(at, t, who, asked); }, resource_refused);
    }
    result<data_answer> operator()(const remove_resource& asked) const {
      return in_transaction(at, [&](transaction& t) { return erase(t, who, asked); }, resource_refused);
    }
    result<data_answer> operator()(const duplicate_resource& asked) const {
      return in_transaction(at, [&](transaction& t) {
        if (!seen_by(t, who.who, *asked.what, asked.id))
          throw refused{not_there(*asked.what)};
        const auto id = str(asked.what->id_prefix) + random_secret(12);
        t.run(sql::copy_one(*asked.what), {asked.id, id});
        return written(t, who, *asked.what, id, 201);
      }, resource_refused);
    }
    result<data_answer> operator()(const create_many& asked) const { return make_many(at, who, asked); }
    result<data_answer> operator()(const set_own_password& asked) const { return set_password(at, who, asked); }
    result<data_answer> operator()(const end_sign_ins_of& asked) const { return sign_out(at, who, asked); }
  };
  return std::visit(each{at, who}, what);
}

} // namespace evs::persistence::postgres
