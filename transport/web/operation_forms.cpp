#include "transport/web/operation_forms.hpp"

#include <algorithm>
#include <array>

namespace evs::web {

namespace {

#define CONTACT "id campaignId firstName lastName phoneNumber phoneE164 postalCode status customFields:object lockedBy lockedAt:date-time relaunchAt:date-time qualificationId"
#define AGENT                                                                                                                              \
  "id loginId firstName lastName status statusDuration:integer since:date-time version:integer callsHandledToday:integer "                 \
  "averageHandlingTime:number averageTalkTime:number pauseCount:integer trainingCount:integer totalPauseTime:integer "                     \
  "totalTrainingTime:integer totalConnectedTime:integer"
#define CALL                                                                                                                               \
  "id startTime:date-time answerTime:date-time endTime:date-time duration:integer billableDuration:integer direction callStatus endReason "  \
  "source destination callerNumber agentId campaignId queueId contactId qualificationId siteId trunkId did waitTime:integer "              \
  "ringTime:integer talkTime:integer holdTime:integer wrapUpTime:integer recordingId transferredFrom"
#define EVENT "id agentId activityId startDate:date-time endDate:date-time rrule siteId timezone"
#define PAGE "items:objects nextCursor"
#define REPORT_QUERY "from! to! groupBy timezone format agentId queueId campaignId siteId direction"
#define REPORT "from to timezone rows:objects totals:object"
#define JOB                                                                                                                                \
  "id kind campaignId state phase done:integer total:integer fileName description result:object reason createdBy createdAt:date-time "     \
  "startedAt:date-time finishedAt:date-time"
#define RETENTION "recordingsMonths:integer callsMonths:integer statesMonths:integer planningMonths:integer"
#define CONNECTION "amiHost amiPort:integer amiUser amiPassword"
#define SMTP "server port:integer secure:boolean requireTls:boolean auth:boolean user from password"
#define CALLBACK "id agentId contactId campaignId contactName contactNumber scheduledTime:date-time notes status"

constexpr std::array forms{
  // --- signing in
  operation_form{"POST /api/auth/login", {}, "loginId! password!", 200, "user:object accessToken"},
  operation_form{"POST /api/auth/refresh", {}, {}, 200, "accessToken"},
  operation_form{"POST /api/auth/logout", {}, {}, 200, "message"},
  operation_form{"GET /api/auth/me", {}, {}, 200, "user:object"},
  operation_form{"POST /api/auth/ws-ticket", {}, {}, 200, "ticket expiresIn:integer"},
  operation_form{"PUT /api/users/me/password", {}, "currentPassword! newPassword!", 200, "message"},
  operation_form{"PUT /api/users/me/picture", {}, "pictureUrl!", 200, "profilePictureUrl"},
  operation_form{"POST /api/users/bulk", {}, "users!:objects", 201, "created:integer failed:integer report:objects"},
  // --- reading
  operation_form{"GET /api/public-config", {}, {}, 200, "appSettings:object"},
  operation_form{"GET /api/application-data", {}, {}, 200,
                 "users:objects userGroups:objects savedScripts:objects campaigns:objects qualifications:objects qualificationGroups:objects ivrFlows:objects "
                 "audioFiles:objects trunks:objects dids:objects sites:objects activityTypes:objects personalCallbacks:objects callHistory:objects "
                 "agentSessions:objects contactNotes:objects agentProfiles:objects queues:objects skills:objects systemConnectionSettings:object "
                 "smtpSettings:object appSettings:object moduleVisibility:object backupLogs:objects backupSchedule:object systemLogs:objects "
                 "versionInfo:object connectivityServices:objects"},
  operation_form{"GET /api/live", {}, {}, 200, "agents:objects calls:objects queues:objects trunks:objects campaigns:objects serverTime:date-time"},
  operation_form{"GET /api/agents", {}, {}, 200, "[] " AGENT},
  operation_form{"GET /api/agents/{id}", {}, {}, 200, AGENT},
  operation_form{"POST /api/agents/{id}/status", {}, "status! reason", 200, AGENT},
  // --- calls
  operation_form{"POST /api/call/originate", {}, "destination! agentId contactId campaignId lockToken", 200, "callId"},
  operation_form{"POST /api/call/{callId}/hangup", {}, {}, 200, "callId"},
  operation_form{"POST /api/supervisor/force-pause", {}, "agentId! reason", 200, AGENT},
  operation_form{"POST /api/supervisor/force-available", {}, "agentId!", 200, AGENT},
  operation_form{"POST /api/supervisor/force-logout", {}, "agentId!", 200, "message ended:integer"},
  operation_form{"GET /api/supervisor/call-history", "page limit", {}, 200,
                 "records:objects totalRecords:integer currentPage:integer hasNextPage:boolean"},
  operation_form{"GET /api/call-history", "from to limit cursor sort q agentId queueId campaignId siteId direction endReason", {}, 200, PAGE},
  operation_form{"GET /api/call-history/export", "from to q agentId queueId campaignId siteId direction endReason", {}, 200, "text/csv"},
  operation_form{"GET /api/call-history/{id}", {}, {}, 200, CALL},
  operation_form{"GET /api/call-history/{id}/journal", {}, {}, 200, "[] seq:integer at:date-time kind data:object"},
  operation_form{"GET /api/recordings", "limit cursor q agentId campaignId queueId direction start end", {}, 200, PAGE},
  operation_form{"GET /api/recordings/{file}", {}, {}, 200, "audio/wav"},
  operation_form{"DELETE /api/recordings/{file}", {}, {}, 204, {}},
  // --- contacts
  operation_form{"POST /api/campaigns/next-contact", {}, "activeCampaignId! agentId", 200, "contact:object campaign:object"},
  operation_form{"POST /api/campaigns/{id}/start", {}, {}, 200, "id name isActive:boolean"},
  operation_form{"POST /api/campaigns/{id}/pause", {}, {}, 200, "id name isActive:boolean"},
  operation_form{"POST /api/campaigns/{id}/stop", {}, {}, 200, "id name isActive:boolean"},
  operation_form{"POST /api/campaigns/{id}/recycle", {}, "qualificationId!", 200, "message count:integer"},
  operation_form{"GET /api/campaigns/{id}/history", "limit cursor", {}, 200, "[] " CALL},
  operation_form{"GET /api/campaigns/{id}/contacts", "limit cursor q status qualificationId", {}, 200, PAGE},
  operation_form{"POST /api/campaigns/{id}/contacts", {}, "contacts!:objects deduplicationConfig:object", 200, "message summary:object invalids:objects"},
  operation_form{"POST /api/campaigns/{id}/contacts/import", {}, "multipart file!:binary mapping:object deduplicationConfig:object options:object", 202, "jobId"},
  operation_form{"GET /api/campaigns/{id}/contacts/export", {}, {}, 200, "text/csv"},
  operation_form{"GET /api/jobs", "limit cursor", {}, 200, PAGE},
  operation_form{"GET /api/jobs/{id}", {}, {}, 200, JOB},
  operation_form{"GET /api/jobs/{id}/rejected", {}, {}, 200, "text/csv"},
  operation_form{"GET /api/contacts", "q! limit cursor status qualificationId", {}, 200, "[] " CONTACT},
  operation_form{"POST /api/contacts", {}, "campaignId! id firstName lastName phoneNumber postalCode customFields:object", 201, CONTACT " lockToken"},
  operation_form{"POST /api/contacts/bulk-delete", {}, "contactIds!:strings", 200, "message deleted:integer locked:strings"},
  operation_form{"GET /api/contacts/{id}", {}, {}, 200, CONTACT},
  operation_form{"PUT /api/contacts/{id}", {}, "firstName lastName phoneNumber postalCode customFields:object lockToken", 200, CONTACT},
  operation_form{"GET /api/contacts/{id}/history", {}, {}, 200, "callHistory:objects contactNotes:objects"},
  operation_form{"POST /api/contacts/{id}/lock", {}, {}, 200, CONTACT " lockToken"},
  operation_form{"POST /api/contacts/{id}/unlock", {}, "lockToken", 200, CONTACT},
  operation_form{"POST /api/contacts/{id}/qualify", {}, "qualificationId! campaignId agentId relaunchTime:date-time lockToken", 200, "message contact:object"},
  operation_form{"POST /api/contacts/{id}/schedule-callback", {}, "scheduledTime!:date-time agentId campaignId contactName contactNumber notes", 201, CALLBACK},
  operation_form{"POST /api/contacts/{id}/notes", {}, "note! agentId campaignId", 201, "id contactId agentId campaignId note createdAt:date-time"},
  operation_form{"GET /api/contacts/{id}/personal-data", {}, {}, 200, "contact:object notes:objects callbacks:objects history:objects"},
  operation_form{"DELETE /api/contacts/{id}/personal-data", {}, {}, 200, "erased:object"},
  // --- planning
  operation_form{"GET /api/planning-events", "start end agentId siteId activityId limit cursor", {}, 200, "[] " EVENT " occurrences:objects"},
  operation_form{"GET /api/planning-events/{id}", {}, {}, 200, EVENT},
  operation_form{"POST /api/planning-events", {}, "eventData!:object targetIds!:strings", 201, "created:integer events:objects"},
  operation_form{"PUT /api/planning-events/{id}", {}, "agentId activityId startDate:date-time endDate:date-time rrule siteId", 200, EVENT},
  operation_form{"DELETE /api/planning-events/{id}", {}, {}, 204, {}},
  operation_form{"POST /api/planning-events/bulk-delete", {}, "eventIds!:strings", 200, "deleted:integer"},
  operation_form{"DELETE /api/planning-events/all", {}, {}, 200, "deleted:integer"},
  operation_form{"PUT /api/planning-events/callbacks/{id}", {}, "status scheduledTime:date-time notes", 200, CALLBACK},
  // --- reports
  operation_form{"GET /api/reports/calls", REPORT_QUERY, {}, 200, REPORT},
  operation_form{"GET /api/reports/agents", REPORT_QUERY, {}, 200, REPORT},
  operation_form{"GET /api/reports/campaigns", REPORT_QUERY, {}, 200, REPORT},
  operation_form{"GET /api/reports/queues", REPORT_QUERY, {}, 200, REPORT},
  operation_form{"GET /api/reports/sessions", REPORT_QUERY, {}, 200, REPORT},
  // --- sounds and pictures
  operation_form{"POST /api/audio-files", {}, "multipart audioFile!:binary name id", 201, "id name fileName duration:number size:integer uploadDate:date-time"},
  operation_form{"GET /api/media/{fileName}", {}, {}, 200, "audio/wav"},
  operation_form{"GET /api/media/audio-files/{file}", {}, {}, 200, "audio/wav"},
  operation_form{"GET /api/media/pictures/{file}", {}, {}, 200, "image/*"},
  // --- the system
  operation_form{"GET /api/audit", "limit cursor actor login action entity from to verify", {}, 200, PAGE},
  operation_form{"PUT /api/system/app-settings", {},
                 "companyAddress appLogoDataUrl appFaviconDataUrl colorPalette appName defaultLanguage fontFamily fontSize:integer", 200,
                 "companyAddress appLogoDataUrl appFaviconDataUrl colorPalette appName defaultLanguage fontFamily fontSize:integer"},
  operation_form{"PUT /api/system/smtp-settings", {}, SMTP, 200, "server port:integer secure:boolean requireTls:boolean auth:boolean user from passwordSet:boolean"},
  operation_form{"PUT /api/system/module-visibility", {}, "categories:object features:object", 200, "categories:object features:object"},
  operation_form{"PUT /api/system/backup-schedule", {}, "frequency time dayOfWeek:integer keep:integer", 200, "frequency time dayOfWeek:integer keep:integer"},
  operation_form{"POST /api/system-connection", {}, "asterisk:object database:object", 200, "asterisk:object needsRestart:boolean message"},
  operation_form{"GET /api/system/backups", "limit cursor", {}, 200, PAGE},
  operation_form{"POST /api/system/backups", {}, {}, 201, "id timestamp:date-time status fileName size:integer sha256 schemaVersion"},
  operation_form{"POST /api/system/backups/restore", {}, "fileName!", 200, "message fileName"},
  operation_form{"DELETE /api/system/backups/{fileName}", {}, {}, 204, {}},
  operation_form{"POST /api/system/test-email", {}, "to recipient smtpConfig:object " SMTP, 200, "message to"},
  operation_form{"POST /api/system/test-db", {}, "host port:integer user database password", 200, "message version latency:integer"},
  operation_form{"POST /api/system/test-ami", {}, CONNECTION, 200, "message version"},
  operation_form{"POST /api/system/ping", {}, "target ip port:integer", 200, "target ok:boolean status latency:integer error"},
  operation_form{"GET /api/system/stats", {}, {}, 200, "cpu:object ram:object disk:object recordings:object sessions:integer agents:integer calls:integer"},
  operation_form{"GET /api/system/logs", "level limit", {}, 200, "[] id timestamp:date-time level service message"},
  operation_form{"GET /api/system/db-schema", {}, {}, 200, "api_users:objects"},
  operation_form{"POST /api/system/db-query", {}, "query!", 200, "columns:strings rows:objects rowCount:integer truncated:boolean durationMs:integer"},
  operation_form{"POST /api/system/reload", {}, {}, 200, "changed:strings needsRestart:strings overridden:strings"},
  operation_form{"GET /api/system/retention-settings", {}, {}, 200, RETENTION " runs:objects"},
  operation_form{"PUT /api/system/retention-settings", {}, RETENTION, 200, RETENTION " runs:objects"},
  operation_form{"GET /api/openapi.json", {}, {}, 200, "openapi info:object paths:object components:object"},
  operation_form{"GET /api/docs", {}, {}, 200, "text/html"},
  operation_form{"GET /healthz", {}, {}, 200, "status"},
  operation_form{"GET /readyz", {}, {}, 200, "ready:boolean components:objects"},
  operation_form{"GET /metrics", {}, {}, 200, "text/plain"},
};

} // namespace

std::span<const operation_form> operation_forms() noexcept { return forms; }

const operation_form* form_of(std::string_view operation) noexcept {
  const auto found = std::find_if(forms.begin(), forms.end(), [&](const auto& f) { return f.operation == operation; });
  return found == forms.end() ? nullptr : &*found;
}

} // namespace evs::web
