#include "domain/catalogue.hpp"

#include "domain/field_checks.hpp"
#include "domain/ivr_graph.hpp"

#include <array>

namespace evs {

namespace {

using namespace std::string_view_literals;

// ---------------------------------------------------------------- the fields

constexpr std::array roles{"Agent"sv, "Superviseur"sv, "Administrateur"sv, "SuperAdmin"sv};
constexpr std::array auth_types{"register"sv, "ip"sv};
constexpr std::array strategies{"longest_idle"sv, "least_talk"sv, "fewest_calls"sv, "round_robin"sv, "top_down"sv};
constexpr std::array judgements{"positive"sv, "neutral"sv, "negative"sv};
constexpr std::array modes{"MANUAL"sv, "PROGRESSIVE"sv, "PREDICTIVE"sv};
constexpr std::array voicemail{"HANGUP"sv, "LEAVE_MESSAGE"sv};
constexpr std::array compliance{"FR"sv, "US"sv, "none"sv};

using k = field_kind;

// clang-format off
constexpr field name_field{.name = "name", .column = "name", .kind = k::text, .required = true};

constexpr std::array site_fields{
  name_field,
  field{.name = "ipAddress", .column = "ip_address", .nullable = true, .highest = 100, .check = check_host},
  field{.name = "physicalExtensions", .column = "physical_extensions", .kind = k::structure, .check = check_extensions,
        .note = "[{number, directMediaEnabled}]"},
  field{.name = "directMediaEnabled", .column = "direct_media_enabled", .kind = k::flag},
  field{.name = "timezone", .column = "timezone", .highest = 64, .check = check_zone},
};

constexpr std::array profile_fields{
  name_field,
  field{.name = "callControlsConfig", .column = "call_controls", .kind = k::structure, .check = check_controls, .note = "{dial: true, ...}"},
};

constexpr std::array activity_fields{
  name_field,
  field{.name = "color", .column = "color", .check = check_colour},
};

constexpr std::array skill_fields{
  name_field,
  field{.name = "description", .column = "description", .highest = 2000},
};

constexpr std::array qualification_group_fields{
  name_field,
  field{.name = "assignedQualIds", .kind = k::references, .target = "qualification", .note = "Only written: the qualifications of this group."},
};

constexpr std::array trunk_fields{
  name_field,
  field{.name = "domain", .column = "domain", .required = true, .highest = 255, .check = check_host},
  field{.name = "login", .column = "login", .nullable = true, .highest = 100, .check = check_sip_word},
  field{.name = "password", .column = "sip_secret", .kind = k::secret, .nullable = true, .highest = 200, .check = check_secret},
  field{.name = "authType", .column = "auth_type", .kind = k::choice, .choices = auth_types},
  field{.name = "registerString", .column = "register_string", .kind = k::secret, .nullable = true, .highest = 300, .check = check_sip_word,
        .note = "Read back with its password blanked."},
  field{.name = "dialPattern", .column = "dial_pattern", .highest = 100, .check = check_sip_word},
  field{.name = "inboundContext", .column = "inbound_context", .highest = 64, .check = check_word},
  field{.name = "forceCallerId", .column = "force_caller_id", .nullable = true, .highest = 32, .check = check_number},
  field{.name = "siteId", .column = "site_id", .kind = k::reference, .nullable = true, .target = "site"},
  field{.name = "channelLimit", .column = "channel_limit", .kind = k::whole, .nullable = true, .highest = 10000},
  field{.name = "callsPerSecond", .column = "calls_per_second", .kind = k::decimal, .nullable = true, .highest = 10000},
  field{.name = "failoverTrunkId", .column = "failover_trunk_id", .kind = k::reference, .nullable = true, .target = "trunk"},
};

constexpr std::array user_fields{
  field{.name = "loginId", .column = "login_id", .required = true, .highest = 64, .check = check_word},
  field{.name = "firstName", .column = "first_name", .highest = 100},
  field{.name = "lastName", .column = "last_name", .highest = 100},
  field{.name = "email", .column = "email", .nullable = true, .highest = 254, .check = check_email},
  field{.name = "role", .column = "role", .kind = k::choice, .required = true, .choices = roles},
  field{.name = "isActive", .column = "is_active", .kind = k::flag},
  field{.name = "campaignIds", .kind = k::references, .target = "campaign", .pairs = {"campaign_agents", "user_id", "campaign_id"}},
  field{.name = "siteId", .column = "site_id", .kind = k::reference, .nullable = true, .target = "site"},
  field{.name = "agentProfileId", .column = "agent_profile_id", .kind = k::reference, .nullable = true, .target = "agentProfile"},
  field{.name = "extension", .column = "extension", .nullable = true, .highest = 15, .check = check_digits,
        .note = "Phone on the central Asterisk."},
  field{.name = "sipPassword", .column = "sip_secret", .kind = k::secret, .highest = 80, .check = check_phone_password,
        .note = "The phone's password at Asterisk. An account that gets an extension without one gets a random one."},
  field{.name = "mobileNumber", .column = "mobile_number", .nullable = true, .highest = 32, .check = check_number},
  field{.name = "useMobileAsStation", .column = "use_mobile_as_station", .kind = k::flag},
  field{.name = "profilePictureUrl", .kind = k::computed, .nullable = true},
  field{.name = "planningEnabled", .column = "planning_enabled", .kind = k::flag},
  field{.name = "skills", .column = "skills", .kind = k::structure, .target = "skill", .check = check_user_skills, .note = "[{skillId, level 1-5}]"},
  field{.name = "password", .column = "password_hash", .kind = k::password, .lowest = 8, .highest = 128},
  field{.name = "createdAt", .kind = k::computed},
  field{.name = "updatedAt", .kind = k::computed},
};

constexpr std::array group_fields{
  name_field,
  field{.name = "memberIds", .kind = k::references, .target = "user", .pairs = {"user_group_members", "group_id", "user_id"}},
};

constexpr std::array script_fields{
  name_field,
  field{.name = "pages", .column = "pages", .kind = k::structure, .check = check_pages, .note = "[{id, name, blocks[]}]"},
  field{.name = "startPageId", .column = "start_page_id", .nullable = true, .highest = 100},
  field{.name = "backgroundColor", .column = "background_color", .nullable = true, .highest = 32},
};

constexpr std::array flow_fields{
  name_field,
  field{.name = "nodes", .column = "nodes", .kind = k::structure, .check = check_flow_nodes, .note = "[{id, type, name, x, y, content}]"},
  field{.name = "connections", .column = "connections", .kind = k::structure, .check = check_flow_connections,
        .note = "[{id, fromNodeId, fromPortId, toNodeId, toPortId}]"},
};

constexpr std::array audio_fields{
  name_field,
  field{.name = "fileName", .kind = k::computed},
  field{.name = "duration", .kind = k::computed},
  field{.name = "size", .kind = k::computed},
  field{.name = "uploadDate", .kind = k::computed},
};

constexpr std::array queue_fields{
  name_field,
  field{.name = "strategy", .column = "strategy", .kind = k::choice, .choices = strategies},
  field{.name = "skills", .column = "skills", .kind = k::structure, .target = "skill", .check = check_queue_skills,
        .note = "[{skillId, minLevel, relaxAfter s}]"},
  field{.name = "priority", .column = "priority", .kind = k::whole, .lowest = -1000, .highest = 1000},
  field{.name = "maxWait", .column = "max_wait_s", .kind = k::whole, .highest = 86400, .note = "s; 0: no limit"},
  field{.name = "overflow", .column = "overflow", .kind = k::structure, .nullable = true, .check = check_overflow, .note = "{to, id?}"},
  field{.name = "wrapUpTime", .column = "wrap_up_s", .kind = k::whole, .highest = 3600, .note = "s"},
  field{.name = "ringTimeout", .column = "ring_timeout_s", .kind = k::whole, .lowest = 1, .highest = 300, .note = "s"},
  field{.name = "serviceLevelTarget", .column = "service_level", .kind = k::structure, .check = check_service_level,
        .note = "{percent, seconds}"},
  field{.name = "announcePosition", .column = "announce_position", .kind = k::flag},
  field{.name = "musicId", .column = "music_id", .kind = k::reference, .nullable = true, .target = "audioFile"},
  field{.name = "callbackOffered", .column = "callback_offered", .kind = k::flag},
  field{.name = "memberIds", .kind = k::references, .target = "user", .pairs = {"queue_members", "queue_id", "user_id", true}},
  field{.name = "recordingEnabled", .column = "recording_enabled", .kind = k::flag},
};

constexpr std::array did_fields{
  field{.name = "number", .column = "number", .required = true, .highest = 32, .check = check_number},
  field{.name = "description", .column = "description", .highest = 500},
  field{.name = "trunkId", .column = "trunk_id", .kind = k::reference, .nullable = true, .target = "trunk"},
  field{.name = "ivrFlowId", .column = "ivr_flow_id", .kind = k::reference, .nullable = true, .target = "ivrFlow"},
  field{.name = "queueId", .column = "queue_id", .kind = k::reference, .nullable = true, .target = "queue"},
};

constexpr std::array qualification_fields{
  field{.name = "code", .column = "code", .required = true, .highest = 32, .check = check_word},
  field{.name = "description", .column = "description", .required = true, .highest = 500},
  field{.name = "type", .column = "type", .kind = k::choice, .choices = judgements},
  field{.name = "groupId", .column = "group_id", .kind = k::reference, .nullable = true, .target = "qualificationGroup"},
  field{.name = "isStandard", .kind = k::computed},
  field{.name = "parentId", .column = "parent_id", .kind = k::reference, .nullable = true, .target = "qualification"},
  field{.name = "isRecyclable", .column = "is_recyclable", .kind = k::flag},
};

constexpr std::array campaign_fields{
  name_field,
  field{.name = "description", .column = "description", .highest = 2000},
  field{.name = "scriptId", .column = "script_id", .kind = k::reference, .nullable = true, .target = "script"},
  field{.name = "callerId", .column = "caller_id", .highest = 32, .check = check_number},
  field{.name = "isActive", .column = "is_active", .kind = k::flag},
  field{.name = "assignedUserIds", .kind = k::references, .target = "user", .pairs = {"campaign_agents", "campaign_id", "user_id"}},
  field{.name = "qualificationGroupId", .column = "qualification_group_id", .kind = k::reference, .nullable = true, .target = "qualificationGroup"},
  field{.name = "contacts", .kind = k::computed},
  field{.name = "contactStats", .kind = k::computed},
  field{.name = "dialingMode", .column = "dialing_mode", .kind = k::choice, .choices = modes},
  field{.name = "priority", .column = "priority", .kind = k::whole, .lowest = -1000, .highest = 1000},
  field{.name = "timezone", .column = "timezone", .highest = 64, .check = check_zone},
  field{.name = "schedule", .column = "schedule", .kind = k::structure, .check = check_schedule,
        .note = "[{dayOfWeek, active, startTime HH:MM, endTime HH:MM}]"},
  field{.name = "maxAbandonRate", .column = "max_abandon_rate", .kind = k::decimal, .highest = 100, .note = "%"},
  field{.name = "paceFactor", .column = "pace_factor", .kind = k::decimal, .lowest = 0.1, .highest = 20},
  field{.name = "minAgentsBeforeStart", .column = "min_agents_before_start", .kind = k::whole, .highest = 10000},
  field{.name = "retryAttempts", .column = "retry_attempts", .kind = k::whole, .highest = 100},
  field{.name = "retryIntervals", .column = "retry_intervals_min", .kind = k::wholes, .highest_count = 100, .check = check_intervals,
        .note = "minutes"},
  // No closed list: the contract has none, qualifications are everybody's own (their codes and ids are meant here), and older clients send
  // names of their own, of which names_in_older_clients() knows the usual ones.
  field{.name = "retryOnStatus", .column = "retry_on_status", .kind = k::texts, .highest = 64, .highest_count = 50,
        .note = "Codes or ids of qualifications."},
  field{.name = "amdEnabled", .column = "amd_enabled", .kind = k::flag},
  field{.name = "amdConfidence", .column = "amd_confidence", .kind = k::whole, .highest = 100},
  field{.name = "voicemailAction", .column = "voicemail_action", .kind = k::choice, .choices = voicemail},
  field{.name = "recordingEnabled", .column = "recording_enabled", .kind = k::flag},
  field{.name = "recordingBeep", .column = "recording_beep", .kind = k::flag},
  field{.name = "maxRingDuration", .column = "max_ring_s", .kind = k::whole, .lowest = 1, .highest = 300, .note = "s"},
  field{.name = "wrapUpTime", .column = "wrap_up_s", .kind = k::whole, .highest = 3600, .note = "s"},
  field{.name = "maxCallDuration", .column = "max_call_s", .kind = k::whole, .highest = 86400, .note = "s; 0: no limit"},
  field{.name = "quotasEnabled", .column = "quotas_enabled", .kind = k::flag},
  field{.name = "quotaRules", .column = "quota_rules", .kind = k::structure, .check = check_quotas,
        .note = "[{id, contactField, operator, value, limit, currentCount}]"},
  field{.name = "filterRules", .column = "filter_rules", .kind = k::structure, .check = check_filters,
        .note = "[{id, type, contactField, operator, value}]"},
  field{.name = "unlockTimeoutsEnabled", .column = "unlock_timeouts_enabled", .kind = k::flag},
  field{.name = "unlockTimeoutMinutes", .column = "unlock_timeout_minutes", .kind = k::whole, .lowest = 5, .highest = 60},
  field{.name = "complianceProfile", .column = "compliance_profile", .kind = k::choice, .choices = compliance},
};

// ---------------------------------------------------------------- the resources

constexpr std::array by_name{"name"sv, "id"sv};
constexpr std::array by_login{"loginId"sv, "lastName"sv, "firstName"sv, "role"sv, "createdAt"sv, "id"sv};
constexpr std::array by_number{"number"sv, "description"sv, "id"sv};
constexpr std::array by_code{"code"sv, "description"sv, "id"sv};
constexpr std::array by_priority{"name"sv, "priority"sv, "id"sv};
constexpr std::array user_filters{"role"sv, "siteId"sv, "isActive"sv, "agentProfileId"sv};
constexpr std::array site_filter{"siteId"sv};
constexpr std::array campaign_filters{"isActive"sv, "dialingMode"sv};
constexpr std::array did_filters{"trunkId"sv, "queueId"sv, "ivrFlowId"sv};
constexpr std::array qualification_filters{"groupId"sv, "type"sv, "isStandard"sv};
constexpr std::array name_search{"name"sv};
constexpr std::array user_search{"loginId"sv, "firstName"sv, "lastName"sv, "email"sv, "extension"sv};
constexpr std::array campaign_search{"name"sv, "description"sv};
constexpr std::array trunk_search{"name"sv, "domain"sv};
constexpr std::array did_search{"number"sv, "description"sv};
constexpr std::array qualification_search{"code"sv, "description"sv};

constexpr auto supervisors = role::supervisor;
constexpr auto everybody = role::agent;

constexpr std::array all{
  resource{.name = "site", .path = "/sites", .table = "sites", .view = "api_sites", .collection = "sites", .label = "Le site", .id_prefix = "site-",
           .readers = supervisors, .reach = reach::site, .created = "newSite", .changed = "updateSite", .deleted = "deleteSite",
           .fields = site_fields, .sorts = by_name, .searched = name_search},
  resource{.name = "agentProfile", .path = "/agent-profiles", .table = "agent_profiles", .view = "api_agent_profiles", .collection = "agentProfiles", .label = "Le profil",
           .id_prefix = "profile-", .readers = supervisors, .reach = reach::own_and_site, .created = "newAgentProfile",
           .changed = "updateAgentProfile", .deleted = "deleteAgentProfile", .fields = profile_fields, .sorts = by_name,
           .searched = name_search},
  resource{.name = "activityType", .path = "/activity-types", .table = "activity_types", .view = "api_activity_types", .collection = "activityTypes",
           .label = "Le type d'activité", .id_prefix = "activity-", .readers = everybody, .created = "newActivityType",
           .changed = "updateActivityType", .deleted = "deleteActivityType", .fields = activity_fields, .sorts = by_name,
           .searched = name_search, .starred = false},
  resource{.name = "skill", .path = "/skills", .table = "skills", .view = "api_skills", .collection = "skills", .label = "La compétence", .id_prefix = "skill-",
           .readers = supervisors, .created = "newSkill", .changed = "updateSkill", .deleted = "deleteSkill", .fields = skill_fields,
           .sorts = by_name, .searched = name_search, .starred = false},
  resource{.name = "qualificationGroup", .path = "/qualification-groups/groups", .other_path = "/qualification-groups",
           .table = "qualification_groups", .view = "api_qualification_groups", .collection = "qualificationGroups", .label = "Le groupe de qualifications",
           .id_prefix = "qualgroup-", .readers = everybody, .created = "newQualificationGroup", .changed = "updateQualificationGroup",
           .deleted = "deleteQualificationGroup", .fields = qualification_group_fields, .sorts = by_name, .searched = name_search},
  resource{.name = "trunk", .path = "/trunks", .table = "trunks", .view = "api_trunks", .collection = "trunks", .label = "Le trunk", .id_prefix = "trunk-",
           .readers = supervisors, .reach = reach::site, .created = "newTrunk", .changed = "updateTrunk", .deleted = "deleteTrunk",
           .fields = trunk_fields, .sorts = by_name, .filters = site_filter, .searched = trunk_search, .check = check_trunk},
  resource{.name = "user", .path = "/users", .table = "users", .view = "api_users", .collection = "users", .label = "Le compte", .id_prefix = "user-",
           .readers = supervisors, .reach = reach::own_and_site, .created = "newUser", .changed = "updateUser", .deleted = "deleteUser",
           .fields = user_fields, .sorts = by_login, .filters = user_filters, .searched = user_search, .deleted_only_when_inactive = true},
  resource{.name = "userGroup", .path = "/user-groups", .table = "user_groups", .view = "api_user_groups", .collection = "userGroups", .label = "Le groupe",
           .id_prefix = "group-", .readers = supervisors, .created = "newGroup", .changed = "updateGroup", .deleted = "deleteGroup",
           .fields = group_fields, .sorts = by_name, .searched = name_search},
  resource{.name = "script", .path = "/scripts", .table = "scripts", .view = "api_scripts", .collection = "savedScripts", .label = "Le script", .id_prefix = "script-",
           .readers = everybody, .created = "newScript", .changed = "updateScript", .deleted = "deleteScript", .fields = script_fields,
           .sorts = by_name, .searched = name_search, .can_be_duplicated = true, .check = check_script},
  resource{.name = "ivrFlow", .path = "/ivr-flows", .table = "ivr_flows", .view = "api_ivr_flows", .collection = "ivrFlows", .label = "Le scénario",
           .id_prefix = "ivr-", .readers = everybody, .created = "newIvrFlow", .changed = "updateIvrFlow", .deleted = "deleteIvrFlow",
           .fields = flow_fields, .sorts = by_name, .searched = name_search, .can_be_duplicated = true, .check = check_ivr_flow},
  resource{.name = "audioFile", .path = "/audio-files", .table = "audio_files", .view = "api_audio_files", .collection = "audioFiles", .label = "Le fichier audio",
           .id_prefix = "audio-", .readers = role::administrator, .created = "newAudioFile", .changed = "updateAudioFile",
           .deleted = "deleteAudioFile", .fields = audio_fields, .sorts = by_name, .searched = name_search},
  resource{.name = "queue", .path = "/queues", .table = "queues", .view = "api_queues", .collection = "queues", .label = "La file", .id_prefix = "queue-",
           .readers = supervisors, .reach = reach::own_and_site, .created = "newQueue", .changed = "updateQueue", .deleted = "deleteQueue",
           .fields = queue_fields, .sorts = by_priority, .searched = name_search, .starred = false},
  resource{.name = "did", .path = "/dids", .table = "dids", .view = "api_dids", .collection = "dids", .label = "Le numéro", .id_prefix = "did-",
           .readers = supervisors, .reach = reach::site, .created = "newDid", .changed = "updateDid", .deleted = "deleteDid",
           .fields = did_fields, .sorts = by_number, .filters = did_filters, .searched = did_search, .check = check_did},
  resource{.name = "qualification", .path = "/qualifications", .table = "qualifications", .view = "api_qualifications", .collection = "qualifications",
           .label = "La qualification", .id_prefix = "qual-", .readers = everybody, .created = "newQualification",
           .changed = "updateQualification", .deleted = "deleteQualification", .fields = qualification_fields, .sorts = by_code,
           .filters = qualification_filters, .searched = qualification_search},
  resource{.name = "campaign", .path = "/campaigns", .table = "campaigns", .view = "api_campaigns", .collection = "campaigns", .label = "La campagne",
           .id_prefix = "campaign-", .readers = everybody, .reach = reach::own_and_site, .created = "campaignUpdate",
           .changed = "campaignUpdate", .deleted = "deleteCampaign", .fields = campaign_fields, .sorts = by_priority,
           .filters = campaign_filters, .searched = campaign_search},
};

// clang-format on

} // namespace

std::span<const resource> catalogue() noexcept { return all; }

const resource* find_resource(std::string_view name) noexcept {
  for (const auto& r : all)
    if (r.name == name)
      return &r;
  return nullptr;
}

const resource* resource_of_event(std::string_view type) noexcept {
  for (const auto& r : all)
    if (r.created == type || r.changed == type || r.deleted == type)
      return &r;
  return nullptr;
}

const field* find_field(const resource& what, std::string_view name) noexcept {
  for (const auto& f : what.fields)
    if (f.name == name)
      return &f;
  return nullptr;
}

} // namespace evs
