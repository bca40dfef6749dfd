#include "transport/web/data_routes.hpp"

#include <charconv>

namespace evs::web {

requester asked_by(const request& what) {
  requester who{what.who, what.login, what.address, what.id};
  constexpr std::string_view prefix = "/api";
  if (what.method == http_method::get || !what.path.starts_with(prefix)) return who;
  who.action = std::string{to_string(what.method)} + ' ' + what.pattern.substr(std::min(prefix.size(), what.pattern.size()));
  who.entity = what.path.substr(std::min(prefix.size() + 1, what.path.size())).substr(0, 200);
  return who;
}

void perform(const std::shared_ptr<services>& shared, const request& what, data_request question, const respond& answer) {
  shared->backend.perform(asked_by(what), std::move(question),
                          [answer, body = what.spooled, known = std::string{what.header("if-none-match")}](result<data_answer> said) {
    if (!said) return answer(refusal(said.error()));
    auto made = json_answer(std::move(said->json), said->status);
    made.headers = std::move(said->headers);
    if (!said->etag.empty()) {
      const auto etag = '"' + said->etag + '"';
      made.headers.emplace_back("ETag", etag);
      if (said->status == 200 && !known.empty() && known.find(etag) != std::string::npos) {
        made.status = 304;
        made.body.clear();
      }
    }
    if (made.body.empty()) made.content_type.clear();
    if (said->attached) made.file = attach(std::move(*said->attached));
    answer(std::move(made));
  });
}

list_query read_list_query(const request& what, std::span<const std::string_view> filters, failure& problem) {
  list_query out;
  if (auto limit = what.query_value("limit")) {
    out.paged = true;
    auto [end, ec] = std::from_chars(limit->data(), limit->data() + limit->size(), out.limit);
    if (ec != std::errc{} || end != limit->data() + limit->size() || out.limit < 1 || out.limit > 500)
      problem.fields.emplace("limit", "Un nombre de 1 à 500 est attendu.");
  }
  if (auto cursor = what.query_value("cursor")) {
    out.paged = true;
    out.cursor = std::move(*cursor);
  }
  if (auto sort = what.query_value("sort")) out.sort = std::move(*sort);
  if (auto q = what.query_value("q")) {
    if (q->size() > 200) problem.fields.emplace("q", "200 octets au plus.");
    out.q = std::move(*q);
  }
  for (auto name : filters)
    if (auto wanted = what.query_value(name)) out.filters.emplace_back(std::string{name}, std::move(*wanted));
  return out;
}

} // namespace evs::web
