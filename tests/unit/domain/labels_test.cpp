#include "domain/labels.hpp"

#include <gtest/gtest.h>

namespace evs {
namespace {

template <class Enum>
void expect_round_trip(Enum last) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(last); ++i) {
    auto x = static_cast<Enum>(i);
    EXPECT_EQ(from_token<Enum>(token(x)), x) << token(x);
  }
  EXPECT_EQ(from_token<Enum>("nonsense"), std::nullopt);
  EXPECT_EQ(from_token<Enum>(""), std::nullopt);
}

TEST(Labels, EveryTokenReadsBack) {
  expect_round_trip(agent_state::training);
  expect_round_trip(call_state::ended);
  expect_round_trip(call_direction::outbound);
  expect_round_trip(end_reason::lost_track);
  expect_round_trip(trunk_state::up);
  expect_round_trip(queue_strategy::top_down);
  expect_round_trip(dialing_mode::predictive);
  expect_round_trip(attempt_outcome::abandoned);
}

TEST(Labels, AgentStatesCarryTheLabelsThatUsersKnow) {
  const std::pair<agent_state, std::string_view> known[] = {
    {agent_state::offline, "Déconnecté"}, {agent_state::available, "En Attente"},    {agent_state::ringing, "Ringing"},
    {agent_state::on_call, "En Appel"},   {agent_state::on_hold, "Mise en attente"}, {agent_state::wrap_up, "En Post-Appel"},
    {agent_state::paused, "En Pause"},    {agent_state::training, "Formation"},
  };
  for (auto [state, text] : known) {
    EXPECT_EQ(label(state), text);
    EXPECT_EQ(agent_state_from_label(text), state);
    EXPECT_EQ(agent_state_from_label(token(state)), state);
  }
}

TEST(Labels, ReadExactlyAsWritten) {
  for (std::string_view wrong : {"", "en attente", "EN PAUSE", "Deconnecte", " En Pause", "En Pause ", "Formation\n"})
    EXPECT_EQ(agent_state_from_label(wrong), std::nullopt) << wrong;
}

TEST(Labels, FileAFinishedCall) {
  call_record r;
  r.reason = end_reason::lost_track;
  EXPECT_EQ(call_status_text(r), "failed");
  r.answered = timestamp{};
  EXPECT_EQ(call_status_text(r), "answered");
  r.answered.reset();
  const std::pair<end_reason, std::string_view> filed[] = {
    {end_reason::abandoned_waiting, "abandoned"}, {end_reason::abandoned_ringing, "abandoned"},
    {end_reason::caller_hangup, "abandoned"},     {end_reason::queue_timeout, "missed"},
    {end_reason::busy, "busy"},                   {end_reason::rejected, "busy"},
    {end_reason::no_answer, "no_answer"},         {end_reason::agent_cancelled, "cancelled"},
    {end_reason::api_hangup, "cancelled"},        {end_reason::trunk_down, "failed"},
    {end_reason::trunk_full, "failed"},           {end_reason::did_unknown, "failed"},
    {end_reason::invalid_number, "failed"},       {end_reason::agent_no_answer, "failed"},
  };
  for (auto [reason, text] : filed) {
    r.reason = reason;
    EXPECT_EQ(call_status_text(r), text) << token(reason);
  }
}

} // namespace
} // namespace evs
