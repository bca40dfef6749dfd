#pragma once
// The catalogue of resources: what each is called, which fields it has, what is allowed in them, who may read and write it and
// which events tell of it. Router, statements, event delivery, OpenAPI document and tests all read this one table; a new resource
// is a table in a migration and an entry here. Source of names and rules: the data and REST contracts.

#include "domain/error.hpp"
#include "domain/roles.hpp"
#include "domain/value.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace evs {

enum class field_kind : std::uint8_t {
  text,
  flag,
  whole,
  decimal,
  /// One of `choices`.
  choice,
  /// List of texts, or of whole numbers.
  texts,
  wholes,
  /// Id of another resource (`target`), or null.
  reference,
  /// Ids of other resources, kept in a table of pairs (`pairs`).
  references,
  /// Object or list, looked at by `check`.
  structure,
  /// Text that goes in and never comes out; kept encrypted.
  secret,
  /// A password: kept as a hash, never comes out.
  password,
  /// Made by the server; accepted from older clients and ignored.
  computed,
};

/// Where a list of references is kept: pairs (owner, member), in order where there is a position.
struct pair_table {
  std::string_view table;
  std::string_view owner;
  std::string_view member;
  bool ordered = false;
};

class problems;

struct field {
  /// Name in the contract.
  std::string_view name;
  /// Column of the table; empty for what is kept elsewhere.
  std::string_view column{};
  field_kind kind = field_kind::text;
  /// Must be there and not empty when the resource is created, and may not be emptied later.
  bool required = false;
  /// null is a value of its own ("none").
  bool nullable = false;
  /// Numbers: bounds. Texts: longest length in characters is `highest` (lists: of each, and `highest_count` elements).
  double lowest = 0;
  double highest = 200;
  std::size_t highest_count = 1000;
  std::span<const std::string_view> choices{};
  /// Name of the resource that is referred to.
  std::string_view target{};
  pair_table pairs{};
  /// More about the value than its kind says; `path` names it in messages.
  void (*check)(const value& what, const std::string& path, problems& found) = nullptr;
  /// For people and for the OpenAPI document; empty where the name says it.
  std::string_view note{};
};

/// What is limited to a site or to a person, for lists, answers and events alike.
enum class reach : std::uint8_t {
  /// Everybody whose role may read it.
  all,
  /// Who is limited to a site sees those of his site and those of none.
  site,
  /// Like site; an Agent sees what he takes part in (himself, his queues, his campaigns).
  own_and_site,
};

struct resource {
  /// "site"; in events' entity and in messages of the log.
  std::string_view name;
  /// "/sites", after the prefix.
  std::string_view path{};
  /// A second path for the same ("/qualification-groups"), or empty.
  std::string_view other_path{};
  std::string_view table{};
  std::string_view view{};
  /// "sites": its list in GET /application-data.
  std::string_view collection{};
  /// "Le site", for sentences.
  std::string_view label;
  /// Prefix of ids that the server makes: "site-".
  std::string_view id_prefix;
  role readers = role::supervisor;
  role writers = role::administrator;
  evs::reach reach = evs::reach::all;
  /// Live events: created, changed, deleted.
  std::string_view created, changed, deleted;
  std::span<const field> fields;
  /// Contract names that lists can be sorted by (the first is the usual order), filtered by and searched in.
  std::span<const std::string_view> sorts;
  std::span<const std::string_view> filters{};
  std::span<const std::string_view> searched{};
  /// Older clients use it: unknown members of a body are ignored instead of refused.
  bool starred = true;
  /// POST {path}/{id}/duplicate exists.
  bool can_be_duplicated = false;
  /// Only an inactive one may be deleted (column is_active).
  bool deleted_only_when_inactive = false;
  /// Beyond single fields; `whole` is the body (what a change leaves out is not in it).
  void (*check)(const value& whole, problems& found) = nullptr;
};

/// All resources, in the order in which they can be created (what is referred to comes first).
std::span<const resource> catalogue() noexcept;
/// By name; null: unknown.
const resource* find_resource(std::string_view name) noexcept;
/// By the type of an event; null: not one of a resource.
const resource* resource_of_event(std::string_view type) noexcept;
const field* find_field(const resource& what, std::string_view name) noexcept;

/// Collects what is wrong with a body; the first problem of a path counts.
class problems {
public:
  void add(const std::string& path, std::string sentence) { found_.fields.emplace(path, std::move(sentence)); }
  bool none() const noexcept { return found_.fields.empty(); }
  const failure& all() const noexcept { return found_; }

private:
  failure found_{errc::invalid_input, {}, {}};
};

enum class occasion : std::uint8_t { creation, change };

/// The body with what may be kept, or everything that is wrong with it, each with its path and a sentence for people.
/// Texts are trimmed; "" in a nullable field is null; computed fields are dropped; numbers in texts are taken from older clients.
result<value> check_body(const resource& what, const value& body, occasion when);

/// Whether `who` may write this body of a resource: nobody makes or edits a user of a role above his own. `present` is the role of
/// the user that is changed, if there is one.
result<done> may_write_user(const viewer& who, const value& body, std::optional<role> present);

/// Ids are chosen by clients or made by us: 1 to 64 of letters, digits, "-", "_", ".".
bool valid_id(std::string_view text) noexcept;

} // namespace evs
