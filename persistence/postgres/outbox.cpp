#include "persistence/outbox.hpp"

#include "persistence/postgres/session.hpp"

namespace evs::persistence {

namespace {

using namespace postgres;

#define LISTED(key) \
  "(select string_agg(value, E'\\n') from jsonb_array_elements_text(case jsonb_typeof(o.audience->'" key "') when 'array' " \
  "then o.audience->'" key "' else '[]' end))"
constexpr statement waiting_rows{
  "outbox_waiting", "select o.id, o.type, o.payload::text, o.audience->>'resource', o.audience->>'role', o.audience->>'site', " LISTED("to") ", " LISTED("about")
                    " from outbox o where o.relayed_at is null and o.id <> all($1::bigint[]) order by o.id limit $2::bigint"};
constexpr statement relayed{"outbox_relayed", "update outbox set relayed_at = now() where id = any($1::bigint[])"};
constexpr statement forget_old{"outbox_forget", "delete from outbox where relayed_at < now() - make_interval(secs => $1::integer)"};

std::string numbers(const std::vector<std::int64_t>& ids) {
  std::vector<parameter> all;
  for (auto id : ids)
    all.emplace_back(std::to_string(id));
  return array_literal(all);
}

/// One id a line.
std::vector<user_id> people_of(const std::string& lines) {
  std::vector<user_id> all;
  for (std::size_t from = 0; from < lines.size();) {
    const auto end = std::min(lines.find('\n', from), lines.size());
    all.emplace_back(lines.substr(from, end - from));
    from = end + 1;
  }
  return all;
}

class postgres_outbox : public outbox {
public:
  explicit postgres_outbox(store_settings settings) : session_(settings), bell_(std::move(settings), "evs_outbox") {}

  std::vector<outbox_row> waiting(const std::vector<std::int64_t>& except, std::size_t most) override {
    std::vector<outbox_row> all;
    for (const auto& r : session_.run(waiting_rows, {numbers(except), std::to_string(most)})) {
      outbox_row row{r.number(0), r.text(1), r.text(2), r.text(3), role_from_string(r.text(4)), site_id{r.text(5)}, {}};
      row.also_to = people_of(r.text(6));
      row.about = people_of(r.text(7));
      all.push_back(std::move(row));
    }
    return all;
  }

  void mark_relayed(const std::vector<std::int64_t>& ids) override {
    if (!ids.empty())
      session_.run(relayed, {numbers(ids)});
  }

  void forget(seconds older_than) override { session_.run(forget_old, {std::to_string(older_than.count())}); }

  void wait(milliseconds longest) override { bell_.wait(longest); }

  std::function<void()> waker() const override { return bell_.ringer(); }

private:
  session session_;
  bell bell_;
};

} // namespace

std::unique_ptr<outbox> make_postgres_outbox(store_settings settings) { return std::make_unique<postgres_outbox>(std::move(settings)); }

} // namespace evs::persistence
