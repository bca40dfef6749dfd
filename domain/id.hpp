#pragma once
// Identifiers: text, typed so that a queue's id can't be handed where an agent's is wanted.

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace evs {

/// A typed text identifier. Empty means "none".
template <class Tag>
struct id {
  std::string value;

  id() = default;
  explicit id(std::string text) : value(std::move(text)) {}

  bool empty() const noexcept { return value.empty(); }
  explicit operator bool() const noexcept { return !value.empty(); }
  // clang-tidy 14 takes its comparisons with 0 for pointers.
  friend auto operator<=>(const id&, const id&) = default; // NOLINT(modernize-use-nullptr)
  friend bool operator==(const id&, const id&) = default;
};

/// A person's account; an agent is a user of role Agent, so they share the id.
using user_id = id<struct user_tag>;
using agent_id = user_id;
using site_id = id<struct site_tag>;
/// Also the name of the trunk's PJSIP endpoint.
using trunk_id = id<struct trunk_tag>;
using did_id = id<struct did_tag>;
using queue_id = id<struct queue_tag>;
using campaign_id = id<struct campaign_tag>;
using contact_id = id<struct contact_tag>;
/// Asterisk's Linkedid of the call; for calls that we originate our own ChannelId.
using call_id = id<struct call_tag>;
/// Asterisk's Uniqueid of one channel (one leg of a call).
using channel_id = id<struct channel_tag>;
using bridge_id = id<struct bridge_tag>;
/// Name of one configured Asterisk server.
using server_id = id<struct server_tag>;

} // namespace evs

template <class Tag>
struct std::hash<evs::id<Tag>> {
  std::size_t operator()(const evs::id<Tag>& x) const noexcept { return std::hash<std::string>{}(x.value); }
};
