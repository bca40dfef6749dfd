#include "persistence/postgres/history.hpp"

#include "persistence/postgres/csv_file.hpp"
#include "persistence/postgres/cursor.hpp"
#include "persistence/postgres/scope.hpp"

#include <array>
#include <map>
#include <memory>
#include <mutex>

namespace evs::persistence::postgres {

namespace {

constexpr std::size_t longest_export = 1'000'000;
constexpr int export_page = 5'000;
constexpr std::size_t whole_number = 9;
#define OUTSIDE "outside_number(h.direction, h.caller_number, h.destination)"

/// A statement for each set of filters in use, so that each can be planned with the index that fits: one statement with "or $5 is
/// null" everywhere would read the whole history for a rare agent.
struct condition {
  const char* filter;
  const char* before;
  const char* after;
};
constexpr std::array conditions{
    condition{"from", "h.started_at >= ", "::timestamptz"},
    condition{"to", "h.started_at < ", "::timestamptz"},
    condition{"after", "(h.started_at, h.id) < (", "::timestamptz, "},
    condition{"agentId", "h.agent_id = ", ""},
    condition{"queueId", "h.queue_id = ", ""},
    condition{"campaignId", "h.campaign_id = ", ""},
    condition{"siteId", "h.site_id = ", ""},
    condition{"direction", "h.direction = ", ""},
    condition{"endReason", "h.end_reason = ", ""},
    condition{"q", OUTSIDE " like ", ""},
};
constexpr std::size_t cursor_condition = 2;

/// What a page shows.
enum class form : std::uint8_t { json, csv, count };

constexpr std::array columns{
    std::pair{"id", "Identifiant"},
    std::pair{"startTime", "Début"},
    std::pair{"answerTime", "Réponse"},
    std::pair{"endTime", "Fin"},
    std::pair{"direction", "Sens"},
    std::pair{"callStatus", "Résultat"},
    std::pair{"endReason", "Motif de fin"},
    std::pair{"callerNumber", "Appelant"},
    std::pair{"destination", "Destination"},
    std::pair{"did", "Numéro appelé"},
    std::pair{"agentId", "Agent"},
    std::pair{"queueId", "File"},
    std::pair{"campaignId", "Campagne"},
    std::pair{"contactId", "Contact"},
    std::pair{"qualificationId", "Qualification"},
    std::pair{"siteId", "Site"},
    std::pair{"trunkId", "Trunk"},
    std::pair{"duration", "Durée (s)"},
    std::pair{"waitTime", "Attente (s)"},
    std::pair{"ringTime", "Sonnerie (s)"},
    std::pair{"talkTime", "Conversation (s)"},
    std::pair{"holdTime", "Mise en attente (s)"},
    std::pair{"wrapUpTime", "Post-appel (s)"},
};

std::string sql_of(unsigned present, form what) {
  std::string where = EVS_IN_CHARGE_OF("h.agent_id", "h.site_id");
  int next = 5;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if ((present >> i & 1U) == 0) continue;
    where += std::string{" and "} + conditions[i].before + "$" + std::to_string(next++) + conditions[i].after;
    if (i == cursor_condition) where += "$" + std::to_string(next++) + "::text)";
  }
  const std::string from = " from call_history h, who where " + where;
  if (what == form::count) return EVS_WITH_WHO "select count(*) from (select 1" + from + " limit $4::bigint) counted";
  std::string shown = EVS_EXACT_MOMENT("p.started_at") ", p.id";
  if (what == form::json) shown = "row_to_json(v)::text, " + shown;
  else
    for (const auto& [name, title] : columns) shown += ", v.\"" + std::string{name} + '"';
  return EVS_WITH_WHO "select " + shown + " from (select h.id, h.started_at" + from +
         " order by h.started_at desc, h.id desc limit $4::bigint) p join api_call_history v on v.id = p.id "
         "order by p.started_at desc, p.id desc";
}

/// Made once, kept for the life of the process: there are few sets of filters.
const statement& page_statement(unsigned present, form what) {
  struct made {
    std::string name, sql;
    statement ready;
  };
  static std::mutex mutex;
  static std::map<std::pair<unsigned, form>, std::unique_ptr<made>> all;
  std::lock_guard lock{mutex};
  auto& one = all[{present, what}];
  if (!one) {
    one = std::make_unique<made>();
    one->name = "call_history_" + std::to_string(present) + "_" + std::to_string(static_cast<int>(what));
    one->sql = sql_of(present, what);
    one->ready = {one->name.c_str(), one->sql.c_str()};
  }
  return one->ready;
}

/// As people type it: the digits of a whole number without the leading zeros that a stored one may not have; of a part all of them.
std::string like_number(const std::string& text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  const auto international = text.find_first_not_of(' ');
  if (digits.size() >= whole_number && (international == std::string::npos || text[international] != '+'))
    digits.erase(0, digits.starts_with("00") ? 2 : digits.starts_with("0") ? 1 : 0);
  return '%' + digits + '%';
}

struct question {
  unsigned present = 0;
  parameters values;
};

void add(question& q, std::size_t which, parameter value) {
  if (!value) return;
  q.present |= 1U << which;
  q.values.push_back(std::move(value));
}

question ask(const requester& who, const list_calls& asked, const parameters& after, int limit) {
  question q;
  q.values = asks(who.who);
  q.values.push_back(std::to_string(limit));
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::string_view name = conditions[i].filter;
    if (name == "from") add(q, i, moment(asked.from));
    else if (name == "to") add(q, i, moment(asked.to));
    else if (name == "after") {
      add(q, i, after[0]);
      if (after[0]) q.values.push_back(after[1]);
    } else if (name == "q") add(q, i, asked.query.q.empty() ? parameter{} : like_number(asked.query.q));
    else add(q, i, filter_value(asked.query, name));
  }
  return q;
}

rows page(workplace& at, const requester& who, const list_calls& asked, const parameters& after, int limit, form what) {
  auto q = ask(who, asked, after, limit);
  return at.db.run(page_statement(q.present, what), std::move(q.values));
}

result<data_answer> as_csv(workplace& at, const requester& who, const list_calls& asked) {
  const auto how_many =
      page(at, who, asked, {{}, {}}, static_cast<int>(longest_export) + 1, form::count).at(0).number(0);
  if (how_many > static_cast<std::int64_t>(longest_export))
    return failure{errc::invalid_input,
                   "Plus d'un million d'appels : choisissez une période plus courte.",
                   {{"from", "Trop d'appels."}}};
  csv_file file{at.settings.data_dir};
  for (const auto& [name, title] : columns) file.cell(title);
  file.end_row();
  parameters after{{}, {}};
  for (;;) {
    const auto found = page(at, who, asked, after, export_page, form::csv);
    for (const auto& r : found) {
      for (std::size_t i = 0; i < columns.size(); ++i) file.cell(r.text(i + 2));
      file.end_row();
    }
    if (found.size() < static_cast<std::size_t>(export_page)) break;
    after = {found.back().text(0), found.back().text(1)};
  }
  return file.finish("appels.csv");
}

} // namespace

result<data_answer> calls(workplace& at, const requester& who, const list_calls& asked) {
  if (!asked.query.sort.empty() && asked.query.sort != "-startTime")
    return failure{errc::invalid_input, {}, {{"sort", "Tris possibles : -startTime."}}};
  if (!asked.query.q.empty() && like_number(asked.query.q).size() < 5)
    return failure{errc::invalid_input, {}, {{"q", "Au moins trois chiffres d'un numéro sont attendus."}}};
  if (asked.csv) return as_csv(at, who, asked);
  const auto after = read_cursor(asked.query.cursor, {key_part::moment, key_part::text});
  if (!after) return after.error();
  return page_of(page(at, who, asked, *after, asked.query.limit + 1, form::json), static_cast<std::size_t>(asked.query.limit), 2);
}

} // namespace evs::persistence::postgres
