#include "domain/error.hpp"

#include <array>

namespace evs {

namespace {

struct entry {
  errc code;
  std::string_view token;
  std::string_view sentence;
};

constexpr std::array entries{
  entry{errc::invalid_input, "invalid_input", "La requête contient une valeur incorrecte."},
  entry{errc::unauthenticated, "unauthenticated", "Identification requise."},
  entry{errc::forbidden, "forbidden", "Vous n'avez pas le droit de faire cela."},
  entry{errc::not_found, "not_found", "Élément introuvable."},
  entry{errc::conflict, "conflict", "L'état actuel ne permet pas cette opération."},
  entry{errc::stale, "stale", "Quelqu'un d'autre l'a modifié entre-temps."},
  entry{errc::rate_limited, "rate_limited", "Trop de requêtes, réessayez plus tard."},
  entry{errc::too_large, "too_large", "La requête est trop volumineuse."},
  entry{errc::phone_unreachable, "phone_unreachable", "Le téléphone de l'agent est injoignable."},
  entry{errc::trunk_down, "trunk_down", "Le trunk du site est indisponible."},
  entry{errc::trunk_full, "trunk_full", "Toutes les lignes du trunk sont occupées."},
  entry{errc::telephony_unavailable, "telephony_unavailable", "Le serveur téléphonique est injoignable."},
  entry{errc::database_unavailable, "database_unavailable", "La base de données est injoignable."},
  entry{errc::storage_unavailable, "storage_unavailable", "Le serveur ne peut pas enregistrer de fichier : prévenez un administrateur."},
  entry{errc::timeout, "timeout", "Le serveur n'a pas répondu à temps."},
  entry{errc::internal, "internal", "Erreur interne."},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (static_cast<std::size_t>(entries[i].code) != i || entries[i].sentence.empty())
      return false;
  return entries.size() == static_cast<std::size_t>(errc::internal) + 1;
}
static_assert(in_order(), "every errc has its line, in the order of the enum");

} // namespace

std::string_view token(errc code) noexcept { return entries[static_cast<std::size_t>(code)].token; }
std::string_view sentence(errc code) noexcept { return entries[static_cast<std::size_t>(code)].sentence; }

} // namespace evs
