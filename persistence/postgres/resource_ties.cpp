#include "persistence/postgres/resource_ties.hpp"

namespace evs::persistence::postgres {

namespace {

constexpr statement queue_there{"tie_queue_there", "select from queues where id = $1 for key share"};
constexpr statement flow_there{"tie_flow_there", "select from ivr_flows where id = $1 for key share"};

/// Whoever grafts waits for the one before, so that no two make a circle together.
constexpr statement hold_tree{"tie_hold_tree", "select pg_advisory_xact_lock(hashtextextended('qualification tree', 0))"};
constexpr statement is_below{"tie_is_below",
                             "with recursive up as (select id, parent_id from qualifications where id = $2 union "
                             "select q.id, q.parent_id from qualifications q join up on q.id = up.parent_id) "
                             "select exists (select from up where id = $1)"};

constexpr statement leave_group{"tie_leave_group", "update qualifications set group_id = null where group_id = $1 and id <> all($2::text[])"};
constexpr statement join_group{"tie_join_group",
                               "update qualifications set group_id = $1 where id = any($2::text[]) and group_id is distinct from $1"};

constexpr statement cut_overflow{"tie_cut_overflow", "update queues set overflow = null where overflow->>'to' = $1 and overflow->>'id' = $2 returning id"};
constexpr statement skilled{"tie_skilled",
                            "select (select count(*) from queues where skills @> s.it), (select count(*) from users where skills @> s.it) "
                            "from (select jsonb_build_array(jsonb_build_object('skillId', $1::text)) as it) s"};

std::string text_in(const value& whole, std::string_view name) {
  const auto* found = whole.find(name);
  return found && found->text() ? *found->text() : std::string{};
}

void check_overflow(transaction& t, const std::string& queue, const value& overflow) {
  const auto to = text_in(overflow, "to"), id = text_in(overflow, "id");
  if (to != "queue" && to != "ivr")
    return;
  if (to == "queue" && id == queue)
    throw refused{{errc::invalid_input, {}, {{"overflow.id", "Une file ne déborde pas sur elle-même."}}}};
  if (t.run(to == "queue" ? queue_there : flow_there, {id}).empty())
    throw refused{{errc::invalid_input, {}, {{"overflow.id", "« " + id + " » n'existe pas."}}}};
}

} // namespace

void check_ties(transaction& t, const resource& what, const std::string& id, const value& body) {
  if (const auto* overflow = what.name == "queue" ? body.find("overflow") : nullptr; overflow && overflow->members())
    check_overflow(t, id, *overflow);
  if (const auto parent = what.name == "qualification" ? text_in(body, "parentId") : std::string{}; !parent.empty()) {
    t.run(hold_tree);
    if (parent == id || t.run(is_below, {id, parent}).at(0).flag(0))
      throw refused{{errc::invalid_input, {}, {{"parentId", "Une qualification ne peut pas être rangée sous elle-même."}}}};
  }
}

void write_ties(transaction& t, const resource& what, const std::string& id, const value& body) {
  const auto* given = what.name == "qualificationGroup" ? body.find("assignedQualIds") : nullptr;
  if (!given || !given->list())
    return;
  std::vector<parameter> members;
  for (const auto& each : *given->list())
    members.emplace_back(*each.text());
  const auto list = array_literal(members);
  t.run(leave_group, {id, list});
  t.run(join_group, {id, list});
}

std::string cut_ties(transaction& t, const resource& what, const std::string& id) {
  std::string out;
  const auto add = [&](const char* tie, std::int64_t count) {
    if (count > 0)
      out += (out.empty() ? "" : ", ") + std::string{tie} + '=' + std::to_string(count);
  };
  if (what.name == "queue" || what.name == "ivrFlow")
    add("queue.overflow", static_cast<std::int64_t>(t.run(cut_overflow, {what.name == "queue" ? "queue" : "ivr", id}).size()));
  if (what.name == "skill") {
    // The skill's own trigger takes it out of their lists.
    const auto counted = t.run(skilled, {id}).at(0);
    add("queue.skills", counted.number(0));
    add("user.skills", counted.number(1));
  }
  return out;
}

} // namespace evs::persistence::postgres
