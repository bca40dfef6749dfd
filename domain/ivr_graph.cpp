#include "domain/ivr_graph.hpp"

#include <map>
#include <set>
#include <vector>

namespace evs {

namespace {

struct node {
  std::size_t index = 0;
  std::string type;
  std::vector<std::size_t> next;
};

const std::string* text_of(const value& in, std::string_view name) {
  auto* member = in.find(name);
  return member ? member->text() : nullptr;
}

/// The call leaves the flow here.
bool ends(const std::string& type) {
  return type == "hangup" || type == "transfer" || type == "voicemail" || type == "queue" || type == "callback";
}

/// Waits for the caller, so that a loop through it goes at his pace.
bool asks(const std::string& type) { return type == "menu" || type == "input"; }

std::string path_of(std::size_t i) { return "nodes[" + std::to_string(i) + "]"; }

/// Whether a walk from `from` that passes no asking node comes back to a node it is on; reports that node.
void find_loop(const std::vector<node>& all, std::size_t from, std::vector<int>& seen, problems& found) {
  struct step { std::size_t at, next; };
  std::vector<step> way{{from, 0}};
  seen[from] = 1;
  while (!way.empty()) {
    auto& here = way.back();
    if (here.next == all[here.at].next.size()) {
      seen[here.at] = 2;
      way.pop_back();
      continue;
    }
    const auto to = all[here.at].next[here.next++];
    if (asks(all[to].type))
      continue;
    if (seen[to] == 1) {
      found.add(path_of(to), "Cette boucle tourne sans jamais rien demander à l'appelant.");
    } else if (seen[to] == 0) {
      seen[to] = 1;
      way.push_back({to, 0});
    }
  }
}

} // namespace

void check_ivr_flow(const value& body, problems& found) {
  auto* nodes = body.find("nodes");
  auto* connections = body.find("connections");
  if (!nodes || !nodes->list() || nodes->list()->empty())
    return;
  std::vector<node> all;
  std::map<std::string, std::size_t, std::less<>> by_id;
  for (std::size_t i = 0; i < nodes->list()->size(); ++i) {
    const auto& n = (*nodes->list())[i];
    all.push_back({i, *text_of(n, "type"), {}});
    if (!by_id.emplace(*text_of(n, "id"), i).second)
      found.add(path_of(i) + ".id", "Cet identifiant figure deux fois.");
  }
  std::vector<std::size_t> starts;
  for (const auto& n : all)
    if (n.type == "start")
      starts.push_back(n.index);
  if (starts.size() != 1)
    found.add("nodes", starts.empty() ? "Il manque le début du scénario." : "Un scénario n'a qu'un seul début.");

  std::set<std::pair<std::string, std::string>> used;
  const auto count = connections && connections->list() ? connections->list()->size() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& c = (*connections->list())[i];
    const auto path = "connections[" + std::to_string(i) + "]";
    const auto from = by_id.find(*text_of(c, "fromNodeId")), to = by_id.find(*text_of(c, "toNodeId"));
    if (from == by_id.end())
      found.add(path + ".fromNodeId", "Ce bloc n'existe pas.");
    if (to == by_id.end())
      found.add(path + ".toNodeId", "Ce bloc n'existe pas.");
    if (!used.emplace(*text_of(c, "fromNodeId"), *text_of(c, "fromPortId")).second)
      found.add(path + ".fromPortId", "Cette sortie mène déjà ailleurs.");
    if (from != by_id.end() && to != by_id.end())
      all[from->second].next.push_back(to->second);
  }
  if (!found.none())
    return;

  for (const auto& n : all)
    if (n.next.empty() && !ends(n.type))
      found.add(path_of(n.index), "Aucune suite : reliez une sortie de ce bloc.");
  std::vector<bool> reached(all.size());
  std::vector<std::size_t> open{starts.front()};
  reached[starts.front()] = true;
  while (!open.empty()) {
    const auto here = open.back();
    open.pop_back();
    for (auto to : all[here].next)
      if (!reached[to]) {
        reached[to] = true;
        open.push_back(to);
      }
  }
  for (const auto& n : all)
    if (!reached[n.index])
      found.add(path_of(n.index), "Ce bloc n'est relié à rien depuis le début.");
  std::vector<int> seen(all.size());
  for (const auto& n : all)
    if (seen[n.index] == 0)
      find_loop(all, n.index, seen, found);
}

} // namespace evs
