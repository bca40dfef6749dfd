#pragma once
// The web door's backend: questions go to the database pool, wishes to the actors, sessions become actors.

#include "actors/node_services.hpp"
#include "app/database_pool.hpp"
#include "app/operators_ear.hpp"
#include "app/sound_workshop.hpp"
#include "app/system_office.hpp"

#include "transport/web/backend.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace evs {

/// Thread-safe. Outlives the server.
class web_backend : public web::backend {
public:
  web_backend(caf::actor_system& system, services_ptr services, database_pool& database, operators_ear& ear, bool single_session);

  /// Set once they exist; until then the doors answer 503.
  void set_config(config_actor config);
  /// Answers what is more than rows of the database.
  void set_office(system_office* office) { office_ = office; }
  /// Components beside those that the backend knows itself.
  void set_readiness(std::function<std::vector<web::component_status>()> more);
  /// Without it sounds are refused. Outlives the server's requests; set before the server starts.
  void set_workshop(sound_workshop& workshop) { workshop_ = &workshop; }
  /// Removes files that no row speaks of any more; soon, on a thread of the pool.
  void sweep_files();
  void set_refresh_leeway(seconds leeway) { leeway_ = leeway; }
  void set_single_session(bool on) { single_session_ = on; }

  void find_account(std::string login_id, web::callback<std::optional<account>> done) override;
  void account_by_id(user_id id, web::callback<std::optional<account>> done) override;
  void open_family(refresh_token token, std::string checked_hash, bool revoke_others, web::callback<std::optional<account>> done) override;
  void rotate(std::string old_hash, refresh_token next, web::callback<rotation_result> done) override;
  void revoke_family(std::string family, web::callback<evs::done> done) override;
  void signed_in(const account& who, const std::string& family) override;
  void signed_out(const viewer& who, const std::string& family) override;

  void application_data(viewer who, web::callback<std::vector<std::pair<std::string, std::string>>> done) override;
  void app_settings(web::callback<std::string> done) override;
  void call_history(viewer who, int page, int limit, web::callback<std::string> done) override;
  void call_record(viewer who, call_id id, web::callback<std::string> done) override;
  void call_journal(viewer who, call_id id, web::callback<std::string> done) override;
  void live_snapshot(viewer who, web::callback<std::string> done) override;
  void agents(viewer who, web::callback<std::string> done) override;
  void agent(viewer who, agent_id id, web::callback<std::string> done) override;

  void perform(requester who, data_request what, web::callback<data_answer> done) override;

  void originate(viewer who, web::originate_request what, web::callback<call_id> done) override;
  void hangup(viewer who, call_id id, web::callback<evs::done> done) override;
  void change_state(viewer who, web::agent_state_request what, web::callback<agent_snapshot> done) override;
  void reload(viewer who, web::callback<web::reload_outcome> done) override;

  std::shared_ptr<web::session> open_session(web::session_request what, std::shared_ptr<web::connection> wire) override;
  std::vector<web::component_status> readiness() override;
  std::string metrics() override;

private:
  /// Asks for the call itself.
  void dial(const web::originate_request& what, web::callback<call_id> done);
  /// Asks the desk in the name of `who`.
  void ask_desk(const viewer& who, contact_request what, web::callback<data_answer> done);
  /// Converts an upload, then keeps it.
  void keep_sound(requester who, const add_audio_file& upload, web::callback<data_answer> done);
  /// `done`, with a recording in the wanted format.
  web::callback<data_answer> in_format(sound_format wanted, web::callback<data_answer> done);
  /// The viewer with whom he has in his charge now.
  viewer informed(viewer who) const;
  /// Whether the agent is within what this person may act on.
  result<evs::done> may_act_on(const viewer& who, const agent_id& agent) const;

  caf::actor_system& system_;
  services_ptr services_;
  database_pool& database_;
  operators_ear& ear_;
  std::atomic<bool> single_session_;
  std::atomic<seconds> leeway_{seconds{10}};
  std::atomic<std::uint64_t> next_session_{0};
  config_actor config_;
  sound_workshop* workshop_ = nullptr;
  system_office* office_ = nullptr;
  std::function<std::vector<web::component_status>()> more_;
};

} // namespace evs
