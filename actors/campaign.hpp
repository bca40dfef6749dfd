#pragma once
// The campaign actor: domain/campaign_fsm carried out. Manual mode; the pacing of the other modes comes here.

#include "actors/node_services.hpp"

#include "domain/campaign_fsm.hpp"

namespace evs {

struct campaign_actor_state {
  static inline const char* name = "campaign";
  campaign_fsm::memory memory;
};

campaign_actor::behavior_type make_campaign(campaign_actor::stateful_pointer<campaign_actor_state> self, services_ptr services,
                                            campaign_settings settings);

} // namespace evs
