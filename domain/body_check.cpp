// From a body of a request to what is kept of it.

#include "domain/catalogue.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace evs {

namespace {

using k = field_kind;

std::string at(const std::string& path, std::size_t i) { return path + "[" + std::to_string(i) + "]"; }

/// Characters of UTF-8 text.
double length(std::string_view text) {
  return static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string trimmed(const std::string& text) {
  constexpr auto blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  return first == std::string::npos ? std::string{} : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool has_control(std::string_view text, bool lines_allowed) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && !(lines_allowed && (c == '\n' || c == '\t' || c == '\r'))) || u == 0x7f;
  });
}

std::string plain(double x) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};
}

/// Reads one field; the value as it is kept, or a problem.
class reading {
public:
  reading(const resource& what, const field& f, problems& found) : resource_(what), field_(f), found_(found) {}

  value taken(const value& given) const {
    switch (field_.kind) {
    case k::text:
    case k::secret: return text(given);
    case k::password: return password(given);
    case k::flag: return flag(given);
    case k::whole: return number(given, true);
    case k::decimal: return number(given, false);
    case k::choice: return choice(given);
    case k::texts:
      return list(
        given,
        [&](const value& each) {
          return each.text() && !trimmed(*each.text()).empty() && length(*each.text()) <= field_.highest && !has_control(*each.text(), false);
        },
        "textes");
    case k::wholes: return list(given, [](const value& each) { return each.integer() != nullptr; }, "nombres entiers");
    case k::reference: return reference(given);
    case k::references: return references(given);
    case k::structure: return structure(given);
    case k::computed: break;
    }
    return nullptr;
  }

private:
  std::string path() const { return std::string{field_.name}; }
  value refuse(std::string why) const {
    found_.add(path(), std::move(why));
    return nullptr;
  }

  value text(const value& given) const {
    auto* raw = given.text();
    std::string number;
    if (!raw && resource_.starred && given.integer()) {
      number = std::to_string(*given.integer());
      raw = &number;
    }
    if (!raw)
      return refuse("Un texte est attendu.");
    auto kept = trimmed(*raw);
    if (length(kept) > field_.highest)
      return refuse(plain(field_.highest) + " caractères au plus.");
    if (has_control(kept, field_.name == "description"))
      return refuse("Un caractère de commande n'est pas permis ici.");
    if (kept.empty()) {
      if (field_.required)
        return refuse("Champ obligatoire.");
      return field_.nullable ? value{} : value{kept};
    }
    value made{std::move(kept)};
    if (field_.check)
      field_.check(made, path(), found_);
    return made;
  }

  value password(const value& given) const {
    auto* raw = given.text();
    if (!raw)
      return refuse("Un texte est attendu.");
    if (length(*raw) < field_.lowest || length(*raw) > field_.highest)
      return refuse("De " + plain(field_.lowest) + " à " + plain(field_.highest) + " caractères.");
    return *raw;
  }

  value flag(const value& given) const {
    if (given.flag())
      return given;
    if (resource_.starred && given.text() && (*given.text() == "true" || *given.text() == "false"))
      return *given.text() == "true";
    return refuse("true ou false est attendu.");
  }

  value number(const value& given, bool whole) const {
    value read = given;
    if (resource_.starred && given.text()) {
      double parsed = 0;
      const auto& t = *given.text();
      const auto [end, ec] = std::from_chars(t.data(), t.data() + t.size(), parsed);
      if (ec == std::errc{} && end == t.data() + t.size())
        read = parsed;
    }
    const auto bounds = "de " + plain(field_.lowest) + " à " + plain(field_.highest);
    if (!read.is_number() || !std::isfinite(read.number()) || (whole && read.number() != std::floor(read.number())))
      return refuse((whole ? "Un nombre entier " : "Un nombre ") + bounds + " est attendu.");
    if (read.number() < field_.lowest || read.number() > field_.highest)
      return refuse("Hors limites : " + bounds + ".");
    return whole ? value{static_cast<std::int64_t>(read.number())} : value{read.number()};
  }

  value choice(const value& given) const {
    if (given.text() && std::find(field_.choices.begin(), field_.choices.end(), *given.text()) != field_.choices.end())
      return given;
    std::string offered;
    for (auto c : field_.choices)
      offered += (offered.empty() ? "" : ", ") + std::string{c};
    return refuse("Une de ces valeurs est attendue : " + offered + ".");
  }

  template <class Fits>
  value list(const value& given, Fits fits, const char* of_what) const {
    auto* all_of = given.list();
    if (!all_of)
      return refuse(std::string{"Une liste de "} + of_what + " est attendue.");
    if (all_of->size() > field_.highest_count)
      return refuse(std::to_string(field_.highest_count) + " éléments au plus.");
    for (std::size_t i = 0; i < all_of->size(); ++i)
      if (!fits((*all_of)[i]))
        found_.add(at(path(), i), std::string{"Une liste de "} + of_what + " est attendue.");
    if (field_.check)
      field_.check(given, path(), found_);
    return given;
  }

  value reference(const value& given) const {
    if (!given.text())
      return refuse("Un identifiant est attendu.");
    auto id = trimmed(*given.text());
    if (id.empty())
      return field_.required ? refuse("Champ obligatoire.") : value{};
    if (!valid_id(id))
      return refuse("Ce n'est pas un identifiant.");
    return id;
  }

  value references(const value& given) const {
    auto* ids = given.list();
    if (!ids)
      return refuse("Une liste d'identifiants est attendue.");
    if (ids->size() > 10'000)
      return refuse("10000 éléments au plus.");
    value::array kept;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < ids->size(); ++i) {
      auto* id = (*ids)[i].text();
      if (!id || !valid_id(*id))
        found_.add(at(path(), i), "Ce n'est pas un identifiant.");
      else if (seen.insert(*id).second)
        kept.emplace_back(*id);
    }
    return kept;
  }

  value structure(const value& given) const {
    if (!given.list() && !given.members())
      return refuse("Une liste ou un objet est attendu.");
    if (field_.check)
      field_.check(given, path(), found_);
    return given;
  }

  const resource& resource_;
  const field& field_;
  problems& found_;
};

void check_id(const resource& what, const value& body, value& kept, problems& found) {
  auto* id = body.find("id");
  if (!id || id->is_null())
    return;
  const bool fits = id->text() && valid_id(*id->text()) && (what.name != "trunk" || id->text()->find('.') == std::string::npos);
  if (!fits)
    return found.add("id", "1 à 64 lettres, chiffres, « - », « _ » ou « . ».");
  kept.set("id", *id);
}

} // namespace

bool valid_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == std::string_view::npos;
}

result<value> check_body(const resource& what, const value& body, occasion when) {
  if (!body.members())
    return {errc::invalid_input, "Un objet JSON est attendu."};
  problems found;
  value kept{value::object{}};
  if (when == occasion::creation)
    check_id(what, body, kept, found);
  for (const auto& [name, given] : *body.members()) {
    auto* f = find_field(what, name);
    if (!f) {
      if (!what.starred && name != "id")
        found.add(name, "Champ inconnu.");
      continue;
    }
    if (f->kind == k::computed)
      continue;
    if (given.is_null()) {
      if (f->nullable)
        kept.set(name, nullptr);
      else if (f->required || !what.starred)
        found.add(name, f->required ? "Champ obligatoire." : "null n'est pas permis ici.");
      continue;
    }
    // Nothing was typed into a password field: the one that is there stays.
    if ((f->kind == k::secret || f->kind == k::password) && given.text() && given.text()->empty())
      continue;
    // What a list or a form read comes back blanked.
    if (f->kind == k::secret && given.text() && given.text()->find("***") != std::string::npos)
      continue;
    kept.set(name, reading{what, *f, found}.taken(given));
  }
  if (when == occasion::creation)
    for (const auto& f : what.fields)
      if (f.required && !kept.find(f.name))
        found.add(std::string{f.name}, "Champ obligatoire.");
  if (what.check && found.none())
    what.check(kept, found);
  if (!found.none())
    return found.all();
  return kept;
}

result<done> may_write_user(const viewer& who, const value& body, std::optional<role> present) {
  const failure above{errc::forbidden, "Un compte d'un rôle supérieur au vôtre ne peut être ni créé ni modifié.", {}};
  if (present && *present > who.role)
    return above;
  if (auto* wanted = body.find("role"); wanted && wanted->text())
    if (auto to = role_from_string(*wanted->text()); to && *to > who.role)
      return above;
  return done{};
}

} // namespace evs
