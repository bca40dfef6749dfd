#include "transport/web/password_line.hpp"

#include <algorithm>
#include <iterator>

namespace evs::web {

namespace {

constexpr std::array<std::string_view, standings> names{"device", "member", "acquaintance", "stranger"};
/// Turns that others may have before one is owed. Device 0: goes first.
constexpr std::array<std::size_t, standings> patience{0, 3, 4, 5};
constexpr std::uint32_t dearest = 64;

constexpr std::size_t index(standing who) noexcept { return static_cast<std::size_t>(who); }

} // namespace

std::string_view to_string(standing who) noexcept { return names[index(who)]; }

password_line::password_line(password_line_rules rules, duration hash_time)
    : hash_time_(std::max(hash_time, duration{1})) {
  set_rules(rules);
}

void password_line::set_rules(password_line_rules rules) {
  rules_ = rules;
  rules_.servers = std::max(1u, rules_.servers);
}

password_line::duration password_line::longest_wait(standing who) const noexcept {
  return who == standing::member ? 2 * rules_.longest_wait : rules_.longest_wait;
}

std::size_t password_line::share_of(standing who) noexcept {
  // Two who are owed a turn at once wait for each other.
  return who == standing::device ? 0 : patience[index(who)] + standings - 1;
}

std::size_t password_line::waiting(standing who) const noexcept { return lanes_[index(who)].order.size(); }

password_line::counts password_line::sizes() const noexcept {
  counts out{};
  for (std::size_t b = 0; b < standings; ++b) out[b] = lanes_[b].order.size();
  return out;
}

/// The best standing, unless a turn is owed to one below. `standings`: nobody waits.
std::size_t password_line::choose(const counts& waiting, const counts& passed_over) noexcept {
  for (std::size_t b = standings - 1; b > 0; --b)
    if (waiting[b] > 0 && passed_over[b] >= patience[b]) return b;
  std::size_t b = 0;
  while (b < standings && waiting[b] == 0) ++b;
  return b;
}

void password_line::pass(const counts& waiting, counts& passed_over, std::size_t chosen) noexcept {
  for (std::size_t b = 0; b < standings; ++b)
    if (b == chosen || waiting[b] == 0) passed_over[b] = 0;
    else ++passed_over[b];
}

/// Plays the turns until the one at `place` of a standing.
password_line::duration password_line::wait_at(std::size_t band, std::size_t place) const {
  auto left = sizes();
  auto passed = passed_over_;
  std::size_t turns = busy_ < rules_.servers ? 0 : 1;
  // Beyond what anybody waits for, more or less is the same.
  const auto enough = static_cast<std::size_t>(4 * longest_wait(standing::member) * rules_.servers / hash_time_) + 1;
  for (;; ++turns) {
    const auto b = choose(left, passed);
    if (b == standings || (b == band && place-- == 0)) break;
    pass(left, passed, b);
    --left[b];
    if (turns > enough) {
      turns += place;
      break;
    }
  }
  return hash_time_ * turns / rules_.servers;
}

seconds password_line::come_back(std::size_t band, duration wait) const {
  const auto over = wait - longest_wait(static_cast<standing>(band));
  return std::clamp(std::chrono::ceil<seconds>(over), seconds{1}, seconds{60});
}

std::optional<password_line::duration> password_line::wait_of(ticket place) const {
  const auto found = entries_.find(place);
  if (found == entries_.end()) return std::nullopt;
  const auto b = index(found->second.who.who);
  const auto& order = lanes_[b].order;
  return wait_at(b, static_cast<std::size_t>(std::distance(order.begin(), order.find({found->second.finish, place}))));
}

password_line::entrance password_line::enter(guest who, instant now) {
  const auto own = index(who.who);
  const auto cost = std::clamp(who.cost, 1u, dearest);
  auto& line = lanes_[own];
  auto& payer = line.payers[who.payer];
  entry fresh{std::move(who), std::max(payer.finish, line.clock) + cost, now, false};
  fresh.who.cost = cost;
  payer.finish = fresh.finish;
  ++payer.waiting;
  const auto place = next_ticket_++;
  line.order.emplace(position{fresh.finish, place}, place);
  entries_.emplace(place, std::move(fresh));

  entrance out;
  out.place = place;
  auto refuse = [&](std::size_t band) {
    auto gone = refuse_last(band);
    if (gone.place != place) return out.displaced.push_back(gone);
    out.place.reset();
    out.come_back = gone.come_back;
  };
  // Whoever comes pushes back his own standing and those below; the promised shares of these were counted when the others came in.
  for (auto b = own; b < standings; ++b)
    while (!lanes_[b].order.empty() && wait_at(b, lanes_[b].order.size() - 1) > longest_wait(static_cast<standing>(b)))
      refuse(b);
  for (auto b = standings; entries_.size() > most && b-- > 0;)
    while (entries_.size() > most && !lanes_[b].order.empty()) refuse(b);
  return out;
}

password_line::turned_away password_line::refuse_last(std::size_t band) {
  auto& line = lanes_[band];
  const auto last = std::prev(line.order.end());
  turned_away out{last->second, static_cast<standing>(band), come_back(band, wait_at(band, line.order.size() - 1))};
  remove(out.place, false);
  return out;
}

void password_line::remove(ticket place, bool was_served) {
  const auto found = entries_.find(place);
  const auto& gone = found->second;
  auto& line = lanes_[index(gone.who.who)];
  line.order.erase({gone.finish, place});
  if (gone.ready) --line.ready;
  if (was_served) line.clock = std::max(line.clock, gone.finish);
  const auto payer = line.payers.find(gone.who.payer);
  if (--payer->second.waiting == 0) line.payers.erase(payer);
  // What he did not get he does not pay for.
  else if (!was_served && payer->second.finish == gone.finish) payer->second.finish -= gone.who.cost;
  if (line.order.empty()) line.clock = 0;
  entries_.erase(found);
}

void password_line::make_ready(ticket place) {
  const auto found = entries_.find(place);
  if (found == entries_.end() || found->second.ready) return;
  found->second.ready = true;
  ++lanes_[index(found->second.who.who)].ready;
}

bool password_line::leave(ticket place) {
  if (!entries_.contains(place)) return false;
  remove(place, false);
  return true;
}

password_line::turn password_line::take(instant now) {
  turn out;
  for (const auto& [place, one] : entries_)
    if (now - one.arrived > give_up(one.who.who)) out.late.push_back({place, one.who.who, seconds{1}});
  for (const auto& gone : out.late) remove(gone.place, false);
  if (busy_ >= rules_.servers) return out;
  counts ready{};
  for (std::size_t b = 0; b < standings; ++b) ready[b] = lanes_[b].ready;
  const auto b = choose(ready, passed_over_);
  if (b == standings) return out;
  pass(sizes(), passed_over_, b);
  for (const auto& [at, place] : lanes_[b].order) {
    const auto& one = entries_.at(place);
    if (!one.ready) continue;
    out.next = turn::served{place, one.who.who, now - one.arrived};
    break;
  }
  remove(out.next->place, true);
  ++busy_;
  return out;
}

void password_line::done(duration took) {
  skip();
  hash_time_ = std::max(duration{1}, (7 * hash_time_ + took) / 8);
}

void password_line::skip() {
  if (busy_ > 0) --busy_;
}

} // namespace evs::web
