#include "app/saved_connection.hpp"

#include "persistence/system_reader.hpp"

#include <utility>

namespace evs {

namespace {

std::string text_of(const value& content, std::string_view name) {
  const auto* found = content.find(name);
  return found && found->text() ? *found->text() : std::string{};
}

} // namespace

saved_connection::saved_connection(persistence::store_settings store, persistence::secret_keys keys)
    : store_(std::move(store)), keys_(std::move(keys)) {}

void saved_connection::refresh() {
  auto kept = persistence::read_kept_settings(store_, keys_, settings_kind::connection);
  const auto* port = kept.content.find("amiPort");
  std::lock_guard lock{mutex_};
  host_ = text_of(kept.content, "amiHost");
  username_ = text_of(kept.content, "amiUser");
  secret_ = std::move(kept.password);
  port_ = port && port->integer() ? static_cast<std::uint16_t>(*port->integer()) : 0;
}

std::vector<std::string> saved_connection::put_over(std::vector<config::asterisk_settings>& servers) const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> replaced;
  if (host_.empty() || servers.empty())
    return replaced;
  auto& first = servers.front();
  const auto put = [&](const char* key, auto& into, const auto& saved, bool is_saved) {
    if (!is_saved || into == saved)
      return;
    replaced.push_back("asterisk[" + first.name + "]." + key);
    into = saved;
  };
  put("host", first.host, host_, true);
  put("port", first.port, port_, port_ != 0);
  put("username", first.username, username_, !username_.empty());
  put("secret", first.secret, secret_, !secret_.empty());
  return replaced;
}

} // namespace evs
