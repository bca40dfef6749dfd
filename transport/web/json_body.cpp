#include "transport/web/json_body.hpp"

#include "transport/web/json_value.hpp"

#include <set>

namespace evs::web {

struct json_body::content {
  value whole;
  std::optional<failure> unreadable;
  std::set<std::string, std::less<>> read;
};

json_body::json_body(std::string_view text, unknown_fields policy)
    : content_(std::make_unique<content>()), policy_(policy) {
  if (auto read = read_json(text); !read) content_->unreadable = read.error();
  else if (read->members()) content_->whole = std::move(read.value());
  else content_->unreadable = failure{errc::invalid_input, "Le corps de la requête n'est pas un objet JSON valide.", {}};
}

json_body::~json_body() = default;

std::string json_body::required_text(std::string_view name, std::size_t longest) {
  auto text = optional_text(name, longest);
  if (text.empty()) refuse(name, "Champ obligatoire.");
  return text;
}

std::string json_body::optional_text(std::string_view name, std::size_t longest) {
  content_->read.emplace(name);
  auto found = content_->whole.find(name);
  if (!found || found->is_null()) return {};
  auto text = found->text();
  if (!text || text->size() > longest) {
    refuse(name, "Un texte de " + std::to_string(longest) + " octets au plus est attendu.");
    return {};
  }
  return *text;
}

void json_body::refuse(std::string_view name, std::string why) {
  problem_.fields.try_emplace(std::string{name}, std::move(why));
}

std::optional<failure> json_body::problem() {
  if (content_->unreadable) return content_->unreadable;
  if (policy_ == unknown_fields::refused)
    for (const auto& [name, what] : *content_->whole.members())
      if (!content_->read.contains(name)) refuse(name, "Champ inconnu.");
  return problem_.fields.empty() ? std::nullopt : std::optional{problem_};
}

} // namespace evs::web
