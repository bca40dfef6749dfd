#include "transport/web/data_routes.hpp"

#include <charconv>

namespace evs::web {

requester asked_by(const request& what) { return {what.who, what.login, what.address, what.id}; }

void perform(const std::shared_ptr<services>& shared, const request& what, data_request question, const respond& answer) {
  shared->backend.perform(asked_by(what), std::move(question),
                          [answer, known = std::string{what.header("if-none-match")}](result<data_answer> said) {
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
    if (said->attached) made.file = std::make_shared<data_answer::file>(std::move(*said->attached));
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
