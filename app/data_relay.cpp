#include "app/data_relay.hpp"

#include "domain/catalogue.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace evs {

namespace {

constexpr milliseconds longest_nap{250};
/// What the log has not given back by then is given to it again.
constexpr seconds patience{3};
constexpr std::size_t most_at_once = 500;

/// Resources that actors work with, and those that Asterisk's configuration is made of.
constexpr std::array<std::string_view, 7> of_actors{"site", "trunk", "did", "queue", "user", "userGroup", "campaign"};
constexpr std::array<std::string_view, 2> of_asterisk{"trunk", "user"};

template <std::size_t N> bool concerns(const std::array<std::string_view, N>& names, const std::string& type) {
  const auto* what = resource_of_event(type);
  return what && std::find(names.begin(), names.end(), what->name) != names.end();
}

/// Who may read the resource, and those whom the thing is about.
audience audience_of(const persistence::outbox_row& row) {
  audience whom{row.min_role, row.site, row.also_to, row.about};
  if (!row.resource.empty()) {
    const auto* what = find_resource(row.resource);
    whom.min_role = what ? std::optional{what->readers} : std::nullopt;
    // Agents see only what they take part in, and are named for it.
    if (what && what->reach == reach::own_and_site)
      whom.min_role = std::max(what->readers, role::supervisor);
  }
  return whom;
}

} // namespace

data_relay::data_relay(services_ptr services, persistence::store_settings store, reactions react)
    : services_(std::move(services)), settings_(std::move(store)), react_(std::move(react)),
      outbox_(persistence::make_postgres_outbox(settings_)) {}

data_relay::~data_relay() { stop(); }

void data_relay::start() {
  thread_ = std::thread([this] { work(); });
}

void data_relay::stop() {
  stopping_ = true;
  if (thread_.joinable())
    thread_.join();
}

void data_relay::arrived(const persistence::log_entry& entry) {
  {
    std::lock_guard lock{mutex_};
    confirmed_.push_back(entry.source);
  }
  if (concerns(of_actors, entry.type))
    stale_settings_ = true;
  if (concerns(of_asterisk, entry.type) && react_.lines_changed)
    react_.lines_changed();
  if (entry.type == "settingsUpdate" && entry.payload.find("\"systemConnectionSettings\"") != std::string::npos)
    stale_connection_ = true;
  if (entry.type != "sessionsRevoked" || !react_.signed_out)
    return;
  boost::json::error_code ec;
  const auto read = boost::json::parse(entry.payload, ec);
  const auto* body = ec ? nullptr : read.if_object();
  const auto* user = body ? body->if_contains("userId") : nullptr;
  const auto* list = body ? body->if_contains("families") : nullptr;
  if (!user || !user->is_string() || !list || !list->is_array())
    return;
  std::vector<std::string> families;
  for (const auto& each : list->get_array())
    if (each.is_string())
      families.emplace_back(each.get_string().c_str());
  const auto* why = body->if_contains("reason");
  react_.signed_out(user_id{user->get_string().c_str()}, families,
                    why && why->is_string() ? std::string{why->get_string()} : "Compte modifié par un administrateur");
}

void data_relay::work() {
  while (!stopping_) {
    try {
      relay_once();
      react_once(stale_settings_, react_.settings_changed);
      react_once(stale_connection_, react_.connection_saved);
      if (std::exchange(told_, false))
        services_->ear.log(severity::info, "relay", "committed changes are announced again");
      // Confirmations and settings are looked after soon; otherwise a commit wakes us.
      bool busy = stale_settings_ || stale_connection_;
      {
        std::lock_guard lock{mutex_};
        busy = busy || !under_way_.empty() || !confirmed_.empty();
      }
      outbox_->wait(busy ? milliseconds{5} : longest_nap);
    } catch (const std::exception& e) {
      if (!std::exchange(told_, true))
        services_->ear.log(severity::warning, "relay", std::string{"committed changes wait to be announced: "} + e.what());
      std::this_thread::sleep_for(longest_nap);
    }
  }
}

void data_relay::relay_once() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::int64_t> done, except;
  {
    std::lock_guard lock{mutex_};
    done = confirmed_;
    std::erase_if(under_way_, [&](const auto& each) {
      return now - each.second > patience || std::find(done.begin(), done.end(), each.first) != done.end();
    });
    for (const auto& [id, since] : under_way_)
      except.push_back(id);
  }
  std::sort(done.begin(), done.end());
  done.erase(std::unique(done.begin(), done.end()), done.end());
  outbox_->mark_relayed(done);
  {
    // Only now: had the marking failed, they would be marked the next time.
    std::lock_guard lock{mutex_};
    std::erase_if(confirmed_, [&](auto id) { return std::binary_search(done.begin(), done.end(), id); });
  }
  if (!services_->broadcast())
    return;
  for (auto& row : outbox_->waiting(except, most_at_once)) {
    {
      std::lock_guard lock{mutex_};
      under_way_[row.id] = now;
    }
    services_->ear.count("data_events", row.type);
    auto whom = audience_of(row);
    services_->tell(data_changed{std::move(row.type), std::move(row.payload), std::move(whom), row.id}, services_->now());
  }
  if (now - last_cleaning_ > std::chrono::minutes{10}) {
    last_cleaning_ = now;
    outbox_->forget(seconds{24 * 3600});
  }
}

void data_relay::react_once(std::atomic<bool>& wanted, const std::function<void()>& how) {
  if (!wanted.exchange(false) || !how)
    return;
  try {
    how();
  } catch (...) {
    wanted = true;
    throw;
  }
}

} // namespace evs
