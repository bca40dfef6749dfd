#include "persistence/desk.hpp"

#include "domain/audit_note.hpp"
#include "persistence/postgres/areas.hpp"

namespace evs::persistence {

namespace {

class postgres_desk : public desk {
public:
  explicit postgres_desk(desk_settings settings) : settings_(std::move(settings)), session_(settings_.store, settings_.events_written) {}

  result<data_answer> perform(const requester& who, const data_request& what) override {
    at_.line = worth_an_audit_line(who.action) ? std::optional{line_of(who, what)} : std::nullopt;
    auto said = std::visit([&](const auto& area) { return postgres::answer(at_, who, area); }, what);
    // No transaction of ours took it: a query of the reading role, or there was nothing to change. A report of nothing but mistakes is a
    // refusal.
    if (said && at_.line && said->status < 400)
      write_down(std::move(*at_.line));
    return said;
  }

private:
  static audit_line line_of(const requester& who, const data_request& what) {
    auto detail = audit_detail(what);
    detail.set("requestId", who.request_id);
    return {who.who.user.value, who.login, who.address, who.action, who.entity, audit_text(detail)};
  }

  void write_down(audit_line line) {
    try {
      postgres::write_line(at_, line);
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
