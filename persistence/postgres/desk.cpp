#include "persistence/desk.hpp"

#include "persistence/postgres/areas.hpp"

namespace evs::persistence {

namespace {

class postgres_desk : public desk {
public:
  explicit postgres_desk(desk_settings settings) : settings_(std::move(settings)), session_(settings_.store) {}

  result<data_answer> perform(const requester& who, const data_request& what) override {
    return std::visit([&](const auto& area) { return postgres::answer(at_, who, area); }, what);
  }

private:
  desk_settings settings_;
  postgres::session session_;
  postgres::workplace at_{session_, settings_};
};

} // namespace

std::unique_ptr<desk> make_postgres_desk(desk_settings settings) { return std::make_unique<postgres_desk>(std::move(settings)); }

} // namespace evs::persistence
