#pragma once
// Who waits for a password hash, in which order, and who is told at once that it is not worth waiting. Pure: no threads, no clock.

#include "domain/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace evs::web {

/// Why somebody is let through before others; the best first.
enum class standing : std::uint8_t {
  /// Shows the mark that a sign-in with this account left on his device.
  device,
  /// Signed in already: an account's new password, a password changed.
  member,
  /// This account signed in from this address before.
  acquaintance,
  /// Could be anybody.
  stranger,
};
inline constexpr std::size_t standings = 4;
std::string_view to_string(standing who) noexcept;

struct password_line_rules {
  /// Hashes that are made at the same time.
  unsigned servers = 1;
  /// Nobody is let in whose turn would come later than that; members wait up to twice as long.
  milliseconds longest_wait{3000};
};

/// A line that is bounded by time: by what a hash takes, as measured, and how many come first. Each standing has a line of its own and goes
/// before those below it, which still get their share of the turns while they wait (see share_of). Within a standing the payers (addresses,
/// accounts) take turns, whoever costs more less often: self-clocked fair queueing (Golestani 1994), so that what one payer asks for delays
/// nobody else by more than a turn, and everybody's turn comes. When the line grows longer than can be served in time, its end is refused:
/// of whoever asks for most.
class password_line {
public:
  using ticket = std::uint64_t;
  /// Since any moment that stays the same.
  using instant = std::chrono::microseconds;
  using duration = std::chrono::microseconds;

  struct guest {
    standing who = standing::stranger;
    /// Whose turns these are.
    std::string payer;
    /// 1: an equal share of the turns; n: the n-th part of one.
    std::uint32_t cost = 1;
  };
  /// Has to go without his turn.
  struct turned_away {
    ticket place = 0;
    standing who = standing::stranger;
    /// When the line would take him, if nobody else came.
    seconds come_back{1};
  };
  struct entrance {
    /// Nullopt: there is no place for him.
    std::optional<ticket> place;
    seconds come_back{1};
    /// Others who lost their place to him.
    std::vector<turned_away> displaced;
  };
  struct turn {
    struct served {
      ticket place = 0;
      standing who = standing::stranger;
      duration waited{0};
    };
    std::optional<served> next;
    /// Waited for longer than was foreseen.
    std::vector<turned_away> late;
  };

  /// `hash_time`: what a hash takes, until done() says more.
  password_line(password_line_rules rules, duration hash_time);

  void set_rules(password_line_rules rules);

  /// The place is kept, but not served before make_ready().
  entrance enter(guest who, instant now);
  void make_ready(ticket place);
  /// Whether the place was still held.
  bool leave(ticket place);
  /// Whose turn it is; he is being served until done() or skip(). Nobody while all servers are busy.
  turn take(instant now);
  /// One who was taken has been served.
  void done(duration took);
  /// One who was taken needed no hash.
  void skip();

  std::size_t waiting(standing who) const noexcept;
  std::size_t waiting() const noexcept { return entries_.size(); }
  duration hash_time() const noexcept { return hash_time_; }
  /// Until a place is served, if nobody else came; nullopt: nobody has it.
  std::optional<duration> wait_of(ticket place) const;

  /// Longest foreseen wait of somebody who is let in.
  duration longest_wait(standing who) const noexcept;
  /// After so long a place is given up; a client is answered well before it loses patience.
  duration give_up(standing who) const noexcept { return longest_wait(who) * 3 / 2; }
  /// While somebody of that standing waits he gets at least one of so many turns (0: no such promise, he goes first anyway).
  static std::size_t share_of(standing who) noexcept;

  /// More never wait, however fast hashes are.
  static constexpr std::size_t most = 2048;

private:
  using position = std::pair<std::uint64_t, ticket>;
  struct entry {
    guest who;
    /// Virtual time at which his service ends: the order within his standing.
    std::uint64_t finish = 0;
    instant arrived{0};
    bool ready = false;
  };
  struct payer_state {
    std::uint64_t finish = 0;
    std::size_t waiting = 0;
  };
  struct lane {
    std::map<position, ticket> order;
    std::unordered_map<std::string, payer_state> payers;
    /// Virtual time: the finish of whoever was served last.
    std::uint64_t clock = 0;
    std::size_t ready = 0;
  };
  using counts = std::array<std::size_t, standings>;

  static std::size_t choose(const counts& waiting, const counts& passed_over) noexcept;
  static void pass(const counts& waiting, counts& passed_over, std::size_t chosen) noexcept;
  counts sizes() const noexcept;
  duration wait_at(std::size_t band, std::size_t place) const;
  seconds come_back(std::size_t band, duration wait) const;
  void remove(ticket place, bool was_served);
  turned_away refuse_last(std::size_t band);

  password_line_rules rules_;
  duration hash_time_;
  std::array<lane, standings> lanes_;
  /// Turns that went to others since a standing was last served, while it waited.
  counts passed_over_{};
  std::unordered_map<ticket, entry> entries_;
  ticket next_ticket_ = 1;
  std::size_t busy_ = 0;
};

} // namespace evs::web
