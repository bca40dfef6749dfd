// Reports, and the rest of what report_requests.hpp asks: history and personal data have files of their own.

#include "persistence/postgres/areas.hpp"

#include "calendar/zone.hpp"
#include "domain/report_table.hpp"
#include "persistence/postgres/csv_file.hpp"
#include "persistence/postgres/cursor.hpp"
#include "persistence/postgres/history.hpp"
#include "persistence/postgres/personal_data.hpp"
#include "persistence/postgres/report_statements.hpp"
#include "persistence/postgres/retention.hpp"
#include "persistence/postgres/scope.hpp"

namespace evs::persistence::postgres {

namespace {

constexpr std::size_t most_rows = 50'000;
/// Where id and name, and the figures begin in a statement's rows; see report_statements.hpp.
constexpr std::size_t first_subject = 3;
constexpr std::size_t first_figure = 9;

/// These statements look expensive to the planner; compiling them would take longer than running them.
constexpr statement no_compiling{"report_no_jit", "select set_config('jit', 'off', true)"};

struct column_at {
  report_column what;
  std::size_t index;
};

/// The columns that the answer shows, each with its place in a statement's row.
std::vector<column_at> shown(const make_report& asked) {
  std::vector<column_at> all;
  if (asked.by_day) all.push_back({day_column, 0});
  if (asked.by_hour) all.push_back({hour_column, 1});
  if (asked.by_site) all.push_back({site_column, 2});
  std::size_t place = first_subject;
  for (const auto& c : subject_columns(asked.kind)) all.push_back({c, place++});
  place = first_figure;
  for (const auto& c : figure_columns(asked.kind)) all.push_back({c, place++});
  return all;
}

/// A figure as the database wrote it is a JSON number; everything else is quoted.
void append_cell(std::string& out, const column_at& column, const row& from) {
  append_json(out, column.what.name);
  out += ':';
  if (from.is_null(column.index)) out += "null";
  else if (column.what.number) out += from.text(column.index);
  else append_json(out, from.text(column.index));
}

std::string object_of(const std::vector<column_at>& columns, const row& from) {
  std::string out{"{"};
  for (const auto& c : columns) {
    if (out.size() > 1) out += ',';
    append_cell(out, c, from);
  }
  return out + '}';
}

/// Only what the report is about may narrow it.
const char* subject_filter(report_kind kind) {
  switch (kind) {
  case report_kind::calls: return "";
  case report_kind::agents:
  case report_kind::sessions: return "agentId";
  case report_kind::campaigns: return "campaignId";
  case report_kind::queues: return "queueId";
  }
  return "";
}

std::optional<failure> check(const make_report& asked) {
  failure wrong{errc::invalid_input, {}, {}};
  if (!asked.timezone.empty() && !calendar::zone::find(asked.timezone))
    wrong.fields.emplace("timezone", "Ce fuseau horaire n'existe pas.");
  for (const auto& [name, value] : asked.query.filters)
    if (name != "siteId" && name != subject_filter(asked.kind) &&
        (name != "direction" || asked.kind == report_kind::sessions))
      wrong.fields.emplace(name, "Ce rapport ne se filtre pas ainsi.");
  if (wrong.fields.empty()) return std::nullopt;
  return wrong;
}

struct figures {
  rows groups;
  rows total;
};

figures computed(workplace& at, const requester& who, const make_report& asked) {
  const parameter zone = text_or_null(asked.timezone);
  const auto now =
      at.settings.now ? at.settings.now() : std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  figures out;
  at.db.run(isolation::snapshot, [&](transaction& t) {
    t.run(no_compiling);
    const auto frame = t.run(report_frame(), {asked.from, asked.to, zone}).at(0);
    auto values = asks(who.who);
    const bool about_something = !subject_columns(asked.kind).empty();
    for (parameter p :
         {parameter{frame.text(0)}, parameter{frame.text(1)}, parameter{asked.from}, parameter{asked.to}, zone,
          flag(asked.by_day), flag(asked.by_hour), flag(asked.by_site), flag(about_something),
          filter_value(asked.query, "siteId"), filter_value(asked.query, "direction"),
          filter_value(asked.query, subject_filter(asked.kind)), parameter{std::to_string(most_rows + 1)}, moment(now)})
      values.push_back(std::move(p));
    const auto& how = report_statement(asked.kind, frame.flag(2));
    out.groups = t.run(how, values);
    // The same without any grouping: $9 to $12.
    for (std::size_t i = 8; i < 12; ++i) values[i] = flag(false);
    out.total = t.run(how, std::move(values));
  });
  return out;
}

data_answer as_csv(workplace& at, const make_report& asked, const figures& all) {
  const auto columns = shown(asked);
  csv_file file{at.settings.data_dir};
  for (const auto& c : columns) file.cell(c.what.title);
  file.end_row();
  for (const auto& r : all.groups) {
    for (const auto& c : columns) {
      if (c.what.number) file.number(r.text(c.index));
      else file.cell(r.text(c.index));
    }
    file.end_row();
  }
  return file.finish("rapport-" + std::string{report_name(asked.kind)} + "-" + asked.from + "-" + asked.to + ".csv");
}

data_answer as_json(const make_report& asked, const figures& all) {
  const auto columns = shown(asked);
  data_answer out;
  out.json = "{\"from\":\"" + asked.from + "\",\"to\":\"" + asked.to + "\",\"timezone\":";
  append_json(out.json, asked.timezone.empty() ? value{} : value{asked.timezone});
  out.json += ",\"rows\":[";
  for (std::size_t i = 0; i < all.groups.size(); ++i)
    out.json += (i > 0 ? "," : "") + object_of(columns, all.groups[i]);
  out.json += "],\"totals\":";
  std::vector<column_at> only_figures;
  for (const auto& c : columns)
    if (c.index >= first_figure) only_figures.push_back(c);
  out.json += all.total.empty() ? "null" : object_of(only_figures, all.total.front());
  out.json += '}';
  return out;
}

result<data_answer> report(workplace& at, const requester& who, const make_report& asked) {
  if (auto wrong = check(asked)) return *wrong;
  const auto all = computed(at, who, asked);
  if (all.groups.size() > most_rows)
    return failure{errc::invalid_input,
                   "Plus de 50 000 lignes : choisissez une période plus courte ou moins de regroupements.",
                   {{"groupBy", "Trop de lignes."}}};
  return asked.csv ? as_csv(at, asked, all) : as_json(asked, all);
}

} // namespace

result<data_answer> answer(workplace& at, const requester& who, const report_request& what) {
  struct each {
    workplace& at;
    const requester& who;
    result<data_answer> operator()(const list_calls& asked) const { return calls(at, who, asked); }
    result<data_answer> operator()(const make_report& asked) const { return report(at, who, asked); }
    result<data_answer> operator()(const export_personal_data& asked) const { return personal_data(at, who, asked); }
    result<data_answer> operator()(const erase_personal_data& asked) const { return erase_person(at, who, asked); }
    result<data_answer> operator()(const read_retention&) const { return retention_settings(at); }
    result<data_answer> operator()(const set_retention& asked) const { return change_retention(at, asked); }
  };
  return std::visit(each{at, who}, what);
}

} // namespace evs::persistence::postgres
