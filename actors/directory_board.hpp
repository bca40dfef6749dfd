#pragma once
// Who is who and where: an immutable picture of settings and handles, published by the directory, read by everybody without waiting.

#include "actors/messages/interfaces.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace evs {

struct agent_entry {
  agent_settings settings;
  agent_actor handle;
  /// Queues that he is a member of.
  std::vector<queue_id> queues;
};
struct queue_entry { queue_settings settings; queue_actor handle; };
struct trunk_entry { trunk_settings settings; trunk_actor handle; };
struct campaign_entry { campaign_settings settings; campaign_actor handle; };

struct directory_picture {
  std::unordered_map<agent_id, agent_entry> agents;
  std::unordered_map<std::string, agent_id> by_extension;
  std::unordered_map<queue_id, queue_entry> queues;
  std::unordered_map<trunk_id, trunk_entry> trunks;
  std::unordered_map<campaign_id, campaign_entry> campaigns;
  std::unordered_map<site_id, site_settings> sites;
  std::vector<did_settings> dids;
  /// Users of every role, for names and scopes.
  std::unordered_map<user_id, agent_settings> users;
  /// Of each supervisor who is limited to a site: the members of his groups.
  std::unordered_map<user_id, std::shared_ptr<const people>> charges;

  const agent_entry* agent(const agent_id& id) const;
  const queue_entry* queue(const queue_id& id) const;
  const trunk_entry* trunk(const trunk_id& id) const;
  const campaign_entry* campaign(const campaign_id& id) const;
  /// The viewer with whom he has in his charge now.
  viewer informed(viewer who) const;
  /// The trunk of a site: the first by id; nullptr when it has none.
  const trunk_entry* trunk_of_site(const site_id& site) const;
  /// The DID that was called through this trunk: same number on the same trunk, else the same number anywhere.
  const did_settings* did(const trunk_id& trunk, const std::string& number) const;
  /// The number that callers of this trunk know: its first DID.
  const did_settings* first_did(const trunk_id& trunk) const;
};

/// A picture that is kept as long as this is: what is found in it is looked at through a named one only, because the next publication
/// may take away the last other hold on it.
class held_picture {
public:
  explicit held_picture(std::shared_ptr<const directory_picture> picture) : picture_(std::move(picture)) {}
  const directory_picture* operator->() const& noexcept { return picture_.get(); }
  const directory_picture* operator->() const&& = delete;
  const directory_picture& operator*() const& noexcept { return *picture_; }
  const directory_picture& operator*() const&& = delete;

private:
  std::shared_ptr<const directory_picture> picture_;
};

/// Thread-safe; readers keep the picture that they took.
class directory_board {
public:
  held_picture read() const {
    std::lock_guard lock{mutex_};
    return held_picture{picture_};
  }
  void publish(std::shared_ptr<const directory_picture> picture) {
    std::lock_guard lock{mutex_};
    picture_ = std::move(picture);
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const directory_picture> picture_ = std::make_shared<directory_picture>();
};

} // namespace evs
