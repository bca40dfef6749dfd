#include "persistence/audit.hpp"

#include "persistence/postgres/session.hpp"

namespace evs::persistence {

namespace {

using namespace postgres;

constexpr statement note{"audit_note",
                         "select audit(l.actor, l.login, l.address, l.action, l.entity, l.detail::jsonb) from "
                         "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) "
                         "with ordinality l (actor, login, address, action, entity, detail, n) order by l.n"};
constexpr int portion = 1000;
constexpr statement collect_some{"audit_collect", "select audit_collect($1::integer)"};
constexpr statement last_hash{"audit_head", "select encode(hash, 'hex') from audit_log order by position desc limit 1"};
constexpr statement check{"audit_verify", "select lines, broken, head from audit_verify()"};

class postgres_audit_book : public audit_book {
public:
  explicit postgres_audit_book(store_settings settings) : session_(patient(std::move(settings))) {}

  void write(const std::vector<audit_line>& lines) override {
    if (lines.empty())
      return;
    std::vector<const audit_line*> rows;
    for (const auto& line : lines)
      rows.push_back(&line);
    const auto of = [&](std::string audit_line::*field) {
      return column(rows, [field](const audit_line& line) { return parameter{line.*field}; });
    };
    session_.run(note, {of(&audit_line::actor), of(&audit_line::login), of(&audit_line::address), of(&audit_line::action),
                        of(&audit_line::entity), of(&audit_line::detail)});
  }

  std::optional<std::string> collect() override {
    bool moved = false;
    for (std::int64_t now = portion; now == portion; moved = moved || now > 0)
      now = session_.run(collect_some, {std::to_string(portion)}).at(0).number(0);
    return moved ? std::optional{session_.run(last_hash).at(0).text(0)} : std::nullopt;
  }

  audit_state verify() override {
    const auto r = session_.run(check).at(0);
    return {static_cast<std::uint64_t>(r.number(0)),
            r.is_null(1) ? std::nullopt : std::optional{static_cast<std::uint64_t>(r.number(1))}, r.text(2)};
  }

private:
  /// A whole log is read to verify it.
  static store_settings patient(store_settings settings) {
    settings.statement_timeout = std::max(settings.statement_timeout, milliseconds{300'000});
    return settings;
  }

  session session_;
};

} // namespace

std::unique_ptr<audit_book> make_postgres_audit_book(store_settings settings) {
  return std::make_unique<postgres_audit_book>(std::move(settings));
}

} // namespace evs::persistence
