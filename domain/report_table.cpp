#include "domain/report_table.hpp"

#include <array>

namespace evs {

namespace {

using column = report_column;

constexpr std::array calls{
    column{"calls", "Appels"},
    column{"inbound", "Entrants"},
    column{"outbound", "Sortants"},
    column{"answered", "Décrochés"},
    column{"abandoned", "Abandonnés"},
    column{"missed", "Manqués"},
    column{"busy", "Occupés"},
    column{"noAnswer", "Sans réponse"},
    column{"cancelled", "Annulés"},
    column{"failed", "En échec"},
    column{"answerRate", "Taux de décroché (%)"},
    column{"abandonRate", "Taux d'abandon (%)"},
    column{"averageWait", "Attente moyenne des décrochés (s)"},
    column{"averageAbandonWait", "Attente moyenne des abandonnés (s)"},
    column{"longestWait", "Attente la plus longue (s)"},
    column{"averageTalk", "Conversation moyenne (s)"},
    column{"talkTime", "Conversation (s)"},
    column{"holdTime", "Mise en attente (s)"},
    column{"wrapUpTime", "Post-appel (s)"},
    column{"duration", "Durée (s)"},
};
constexpr std::array agents{
    column{"calls", "Appels"},
    column{"answered", "Décrochés"},
    column{"inbound", "Entrants"},
    column{"outbound", "Sortants"},
    column{"positive", "Positifs"},
    column{"talkTime", "Conversation (s)"},
    column{"holdTime", "Mise en attente (s)"},
    column{"averageTalk", "Conversation moyenne (s)"},
    column{"averageHandling", "Traitement moyen (s)"},
    column{"availableTime", "En attente d'appel (s)"},
    column{"ringingTime", "Sonnerie (s)"},
    column{"onCallTime", "En appel (s)"},
    column{"wrapUpTime", "Post-appel (s)"},
    column{"pauseTime", "Pause (s)"},
    column{"trainingTime", "Formation (s)"},
    column{"loggedTime", "Connecté (s)"},
    column{"occupancy", "Occupation (%)"},
};
constexpr std::array campaigns{
    column{"calls", "Appels"},
    column{"reached", "Joints"},
    column{"abandoned", "Abandonnés"},
    column{"busy", "Occupés"},
    column{"noAnswer", "Sans réponse"},
    column{"failed", "En échec"},
    column{"qualified", "Qualifiés"},
    column{"positive", "Positifs"},
    column{"negative", "Négatifs"},
    column{"reachRate", "Taux de joints (%)"},
    column{"positiveRate", "Positifs par joint (%)"},
    column{"abandonRate", "Taux d'abandon (%)"},
    column{"averageTalk", "Conversation moyenne (s)"},
    column{"talkTime", "Conversation (s)"},
};
constexpr std::array queues{
    column{"calls", "Appels"},
    column{"answered", "Décrochés"},
    column{"abandoned", "Abandonnés"},
    column{"givenUp", "Attente trop longue"},
    column{"withinTarget", "Décrochés dans le délai"},
    column{"serviceLevel", "Niveau de service (%)"},
    column{"abandonRate", "Taux d'abandon (%)"},
    column{"averageWait", "Attente moyenne des décrochés (s)"},
    column{"averageAbandonWait", "Attente moyenne des abandonnés (s)"},
    column{"longestWait", "Attente la plus longue (s)"},
    column{"averageTalk", "Conversation moyenne (s)"},
    column{"talkTime", "Conversation (s)"},
};
constexpr std::array sessions{
    column{"sessions", "Sessions"},
    column{"loggedTime", "Connecté (s)"},
    column{"averageSession", "Session moyenne (s)"},
    column{"firstLogin", "Première connexion", false},
    column{"lastLogout", "Dernière déconnexion", false},
};

constexpr std::array about_agents{column{"agentId", "Agent", false}, column{"agentName", "Nom", false}};
constexpr std::array about_campaigns{column{"campaignId", "Campagne", false}, column{"campaignName", "Nom", false}};
constexpr std::array about_queues{column{"queueId", "File", false}, column{"queueName", "Nom", false}};

} // namespace

std::span<const report_column> subject_columns(report_kind kind) noexcept {
  switch (kind) {
  case report_kind::calls: return {};
  case report_kind::agents:
  case report_kind::sessions: return about_agents;
  case report_kind::campaigns: return about_campaigns;
  case report_kind::queues: return about_queues;
  }
  return {};
}

std::span<const report_column> figure_columns(report_kind kind) noexcept {
  switch (kind) {
  case report_kind::calls: return calls;
  case report_kind::agents: return agents;
  case report_kind::campaigns: return campaigns;
  case report_kind::queues: return queues;
  case report_kind::sessions: return sessions;
  }
  return {};
}

std::string_view report_name(report_kind kind) noexcept {
  switch (kind) {
  case report_kind::calls: return "calls";
  case report_kind::agents: return "agents";
  case report_kind::campaigns: return "campaigns";
  case report_kind::queues: return "queues";
  case report_kind::sessions: return "sessions";
  }
  return {};
}

} // namespace evs
