#include "transport/web/json_body.hpp"

#include <boost/json.hpp>

#include <set>

namespace evs::web {

struct json_body::content {
  boost::json::value value;
  const boost::json::object* fields = nullptr;
  std::set<std::string, std::less<>> read;
};

json_body::json_body(std::string_view text, unknown_fields policy)
    : content_(std::make_unique<content>()), policy_(policy) {
  boost::json::error_code ec;
  boost::json::parse_options limits;
  limits.max_depth = 16;
  content_->value = boost::json::parse(text.empty() ? std::string_view{"{}"} : text, ec, {}, limits);
  content_->fields = ec ? nullptr : content_->value.if_object();
  if (!content_->fields) problem_.detail = "Le corps de la requête n'est pas un objet JSON valide.";
}

json_body::~json_body() = default;

std::string json_body::required_text(std::string_view name, std::size_t longest) {
  auto text = optional_text(name, longest);
  if (text.empty()) refuse(name, "Champ obligatoire.");
  return text;
}

std::string json_body::optional_text(std::string_view name, std::size_t longest) {
  content_->read.emplace(name);
  auto found = content_->fields ? content_->fields->if_contains(name) : nullptr;
  if (!found || found->is_null()) return {};
  auto text = found->if_string();
  if (!text || text->size() > longest) {
    refuse(name, "Un texte de " + std::to_string(longest) + " octets au plus est attendu.");
    return {};
  }
  return std::string{*text};
}

void json_body::refuse(std::string_view name, std::string why) {
  problem_.fields.try_emplace(std::string{name}, std::move(why));
}

std::optional<failure> json_body::problem() {
  if (!content_->fields) {
    problem_.fields.clear();
    return problem_;
  }
  if (policy_ == unknown_fields::refused)
    for (const auto& field : *content_->fields)
      if (!content_->read.contains(std::string_view{field.key()})) refuse(field.key(), "Champ inconnu.");
  return problem_.fields.empty() ? std::nullopt : std::optional{problem_};
}

} // namespace evs::web
