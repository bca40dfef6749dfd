-- The contract's field names, each in this one place. No view shows a secret. Lists are json, times ISO 8601 UTC.

create view api_sites as
  select id, name, ip_address as "ipAddress", physical_extensions as "physicalExtensions",
         direct_media_enabled as "directMediaEnabled", timezone
  from sites;

-- A password inside a registration string (login:password@host) is blanked too.
create view api_trunks as
  select id, name, domain, login, auth_type as "authType",
         regexp_replace(register_string, '^([^:@]*):.*@', '\1:***@') as "registerString",
         dial_pattern as "dialPattern", inbound_context as "inboundContext", force_caller_id as "forceCallerId",
         site_id as "siteId", channel_limit as "channelLimit", calls_per_second as "callsPerSecond",
         failover_trunk_id as "failoverTrunkId"
  from trunks;

create view api_dids as
  select id, number, description, trunk_id as "trunkId", ivr_flow_id as "ivrFlowId", queue_id as "queueId" from dids;

create view api_agent_profiles as
  select id, name, call_controls as "callControlsConfig" from agent_profiles;

create view api_users as
  select u.id, u.login_id as "loginId", u.first_name as "firstName", u.last_name as "lastName", u.email, u.role,
         u.is_active as "isActive",
         coalesce((select json_agg(c.campaign_id order by c.campaign_id) from campaign_agents c where c.user_id = u.id), '[]')
           as "campaignIds",
         u.site_id as "siteId", u.agent_profile_id as "agentProfileId", u.extension, u.mobile_number as "mobileNumber",
         u.use_mobile_as_station as "useMobileAsStation", u.profile_picture_url as "profilePictureUrl",
         u.planning_enabled as "planningEnabled", iso8601(u.created_at) as "createdAt", iso8601(u.updated_at) as "updatedAt"
  from users u;

create view api_user_groups as
  select g.id, g.name,
         coalesce((select json_agg(m.user_id order by m.user_id) from user_group_members m where m.group_id = g.id), '[]')
           as "memberIds"
  from user_groups g;

create view api_queues as
  select q.id, q.name, q.strategy, q.skills, q.priority, q.max_wait_s as "maxWait",
         case when q.overflow_to is not null then json_build_object('to', q.overflow_to, 'id', q.overflow_id) end as overflow,
         q.wrap_up_s as "wrapUpTime", q.ring_timeout_s as "ringTimeout",
         json_build_object('percent', q.service_level_percent, 'seconds', q.service_level_within_s) as "serviceLevelTarget",
         q.announce_position as "announcePosition", q.music_id as "musicId", q.callback_offered as "callbackOffered",
         coalesce((select json_agg(m.user_id order by m.position, m.user_id) from queue_members m where m.queue_id = q.id), '[]')
           as "memberIds",
         q.recording_enabled as "recordingEnabled"
  from queues q;

-- Contacts come with their own issue: the list is never sent, the figures are those of an empty list until then.
create view api_campaigns as
  select c.id, c.name, c.description, c.script_id as "scriptId", c.caller_id as "callerId", c.is_active as "isActive",
         coalesce((select json_agg(a.user_id order by a.user_id) from campaign_agents a where a.campaign_id = c.id), '[]')
           as "assignedUserIds",
         c.qualification_group_id as "qualificationGroupId", '[]'::json as contacts,
         json_build_object('total', 0, 'pending', 0, 'called', 0, 'qualified', 0, 'locked', 0) as "contactStats",
         c.dialing_mode as "dialingMode", c.priority, c.timezone, c.schedule, c.max_abandon_rate as "maxAbandonRate",
         c.pace_factor as "paceFactor", c.min_agents_before_start as "minAgentsBeforeStart",
         c.retry_attempts as "retryAttempts", c.retry_intervals_min as "retryIntervals", c.retry_on_status as "retryOnStatus",
         c.amd_enabled as "amdEnabled", c.amd_confidence as "amdConfidence", c.voicemail_action as "voicemailAction",
         c.recording_enabled as "recordingEnabled", c.recording_beep as "recordingBeep", c.max_ring_s as "maxRingDuration",
         c.wrap_up_s as "wrapUpTime", c.max_call_s as "maxCallDuration", c.quotas_enabled as "quotasEnabled",
         c.quota_rules as "quotaRules", c.filter_rules as "filterRules",
         c.unlock_timeouts_enabled as "unlockTimeoutsEnabled", c.unlock_timeout_minutes as "unlockTimeoutMinutes",
         c.compliance_profile as "complianceProfile"
  from campaigns c;

create view api_qualification_groups as
  select id, name from qualification_groups;

create view api_qualifications as
  select id, code, description, type, group_id as "groupId", is_standard as "isStandard", parent_id as "parentId",
         is_recyclable as "isRecyclable"
  from qualifications;

create view api_activity_types as
  select id, name, color from activity_types;

create view api_call_history as
  select id, iso8601(started_at) as "startTime", iso8601(ended_at) as "endTime", iso8601(answered_at) as "answerTime",
         duration_s as duration, billable_s as "billableDuration", direction, status as "callStatus",
         end_reason as "endReason", source, destination, caller_number as "callerNumber", agent_id as "agentId",
         campaign_id as "campaignId", queue_id as "queueId", contact_id as "contactId", qualification_id as "qualificationId",
         site_id as "siteId", trunk_id as "trunkId", did, wait_s as "waitTime", ring_s as "ringTime", talk_s as "talkTime",
         hold_s as "holdTime", wrap_up_s as "wrapUpTime", recording_id as "recordingId", transferred_from as "transferredFrom"
  from call_history;

create view api_call_events as
  select call_id as "callId", seq, iso8601(at) as at, kind, data from call_events;

create view api_agent_sessions as
  select id, agent_id as "agentId", iso8601(login_at) as "loginTime", iso8601(logout_at) as "logoutTime" from agent_sessions;

create view api_app_settings as
  select company_address as "companyAddress", app_logo_data_url as "appLogoDataUrl",
         app_favicon_data_url as "appFaviconDataUrl", color_palette as "colorPalette", app_name as "appName",
         default_language as "defaultLanguage", font_family as "fontFamily", font_size as "fontSize"
  from app_settings;
