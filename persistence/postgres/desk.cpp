#include "persistence/desk.hpp"

#include "domain/audit_note.hpp"
#include "persistence/postgres/areas.hpp"

namespace evs::persistence {

namespace {

constexpr postgres::statement note{"desk_audit", "select audit($1, $2, $3, $4, $5, $6::jsonb)"};

/// The id of what was made, as answers begin: {"id":"trunk-1", ...
std::string made_id(const data_answer& said) {
  constexpr std::string_view head = R"({"id":")";
  if (said.status != 201 || !said.json.starts_with(head))
    return {};
  const auto end = said.json.find('"', head.size());
  return end == std::string::npos || end - head.size() > 64 ? std::string{} : said.json.substr(head.size(), end - head.size());
}

class postgres_desk : public desk {
public:
  explicit postgres_desk(desk_settings settings) : settings_(std::move(settings)), session_(settings_.store) {}

  result<data_answer> perform(const requester& who, const data_request& what) override {
    auto said = std::visit([&](const auto& area) { return postgres::answer(at_, who, area); }, what);
    if (said && worth_an_audit_line(who.action))
      write_down(line_of(who, what, *said));
    return said;
  }

private:
  static audit_line line_of(const requester& who, const data_request& what, const data_answer& said) {
    auto detail = audit_detail(what);
    detail.set("requestId", who.request_id);
    auto entity = who.entity;
    if (const auto id = made_id(said); !id.empty())
      entity += '/' + id;
    return {who.who.user.value, who.login, who.address, who.action, std::move(entity), audit_text(detail)};
  }

  /// The change is made: whatever happens here, it is not taken back and the line is not lost.
  void write_down(audit_line line) {
    try {
      session_.run(note, {line.actor, line.login, line.address, line.action, line.entity, line.detail});
    } catch (const std::exception&) {
      if (settings_.audit_later)
        settings_.audit_later(std::move(line));
    }
  }

  desk_settings settings_;
  postgres::session session_;
  postgres::workplace at_{session_, settings_};
};

} // namespace

std::unique_ptr<desk> make_postgres_desk(desk_settings settings) { return std::make_unique<postgres_desk>(std::move(settings)); }

} // namespace evs::persistence
