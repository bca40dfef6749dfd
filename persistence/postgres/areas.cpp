#include "persistence/postgres/areas.hpp"

#include <chrono>
#include <random>
#include <thread>

namespace evs::persistence::postgres {

namespace {

constexpr statement note{"desk_audit", "select audit($1, $2, $3, $4, $5, $6::jsonb)"};

parameters values_of(const audit_line& l) { return {l.actor, l.login, l.address, l.action, l.entity, l.detail}; }

/// The id of what was made, as answers begin: {"id":"trunk-1", ...
std::string made_id(const data_answer& said) {
  std::string_view rest = said.json;
  for (const std::string_view head : {R"({"id":)", " ", "\""})
    if (rest.starts_with(head))
      rest.remove_prefix(head.size());
    else if (head != " ")
      return {};
  const auto end = rest.find('"');
  return said.status != 201 || end == std::string::npos || end > 64 ? std::string{} : std::string{rest.substr(0, end)};
}

constexpr int most_conflicts = 5;

/// Those who crossed each other must not come back at the same instant.
void nap(int conflicts) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::this_thread::sleep_for(std::chrono::microseconds{std::uniform_int_distribution<int>{500, 5000 << conflicts}(random)});
}

void write_last(workplace& at, transaction& t, const data_answer& said) {
  if (!at.line || at.line_written)
    return;
  auto line = *at.line;
  if (const auto id = made_id(said); !id.empty())
    line.entity += '/' + id;
  t.run(note, values_of(line));
  at.line_written = true;
}

} // namespace

std::optional<failure> value_refused(const store_rejected&) {
  return failure{errc::conflict, "La base de données a refusé cette valeur.", {}};
}

parameters line_values(workplace& at) {
  at.line_written = at.line.has_value();
  return at.line ? values_of(*at.line) : parameters(6);
}

void write_line(workplace& at, const audit_line& line) { at.db.run(note, values_of(line)); }

result<data_answer> in_transaction(workplace& at, const std::function<data_answer(transaction&)>& work, explanation explain, isolation level) {
  // Others' transactions last a few milliseconds.
  int conflicts = 0;
  for (int tries = 0; tries < 100; ++tries) {
    data_answer out;
    try {
      at.db.run(level, [&](transaction& t) {
        at.line_written = false;
        out = work(t);
        if (level != isolation::none)
          write_last(at, t, out);
      });
      if (at.line_written)
        at.line.reset();
      return out;
    } catch (const refused& said_no) {
      return said_no.why;
    } catch (const busy&) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1 + tries / 10});
    } catch (const store_conflict&) {
      if (++conflicts == most_conflicts)
        return {errc::conflict, "D'autres modifient les mêmes données au même instant : rien n'a été enregistré, réessayez."};
      nap(conflicts);
    } catch (const store_rejected& said) {
      if (auto why = explain ? explain(said) : std::nullopt)
        return *why;
      throw;
    }
  }
  return {errc::database_unavailable, "Trop de personnes travaillent sur ces quotas au même instant : réessayez."};
}

} // namespace evs::persistence::postgres
