#include "domain/system_settings.hpp"

#include "domain/roles.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace evs {

namespace {

bool printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == ':' || c == '_';
  });
}

/// "HH:MM" as minutes, or nothing.
std::optional<int> minutes_of(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1; };
  if (text.size() != 5 || text[2] != ':' || digit(0) < 0 || digit(1) < 0 || digit(3) < 0 || digit(4) < 0)
    return std::nullopt;
  const int hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
  return hours < 24 && minutes < 60 ? std::optional{hours * 60 + minutes} : std::nullopt;
}

/// Reads the members of one body, keeps what is right and says what is wrong.
class reader {
public:
  explicit reader(const value& body) : body_(body) {}

  void text(std::string_view name, std::size_t longest, bool (*fits)(std::string_view) = nullptr, const char* otherwise = "") {
    const auto* given = body_.find(name);
    if (!given) return;
    const std::string empty;
    const auto* found = given->is_null() ? &empty : given->text();
    if (!found) return refuse(name, "Un texte est attendu.");
    if (found->size() > longest) return refuse(name, std::to_string(longest) + " octets au plus.");
    if (fits && !found->empty() && !fits(*found)) return refuse(name, otherwise);
    keep(name, *found);
  }

  template <std::size_t N> void choice(std::string_view name, const std::array<std::string_view, N>& allowed) {
    const auto* given = body_.find(name);
    if (!given) return;
    const auto* found = given->text();
    if (!found || std::find(allowed.begin(), allowed.end(), *found) == allowed.end()) {
      std::string list;
      for (auto one : allowed) list += (list.empty() ? "" : ", ") + std::string{one};
      return refuse(name, "Valeurs possibles : " + list + '.');
    }
    keep(name, *found);
  }

  void flag(std::string_view name) {
    const auto* given = body_.find(name);
    if (!given) return;
    if (!given->flag()) return refuse(name, "Oui ou non (true, false) est attendu.");
    keep(name, *given);
  }

  /// Older clients send numbers as texts.
  void whole(std::string_view name, std::int64_t least, std::int64_t most) {
    const auto* given = body_.find(name);
    if (!given) return;
    std::int64_t number = 0;
    bool right = false;
    if (const auto* found = given->integer()) number = *found, right = true;
    else if (const auto* words = given->text()) {
      const auto [end, ec] = std::from_chars(words->data(), words->data() + words->size(), number);
      right = ec == std::errc{} && end == words->data() + words->size() && !words->empty();
    }
    if (!right || number < least || number > most)
      return refuse(name, "Un nombre de " + std::to_string(least) + " à " + std::to_string(most) + " est attendu.");
    keep(name, number);
  }

  /// An object of flags, each for everybody or role by role: {"outbound": true, "users": {"Superviseur": false}, ...}.
  void visibility(std::string_view name) {
    const auto* given = body_.find(name);
    if (!given) return;
    const auto* members = given->members();
    if (!members || members->size() > 500) return refuse(name, "Un objet de 500 valeurs oui ou non au plus est attendu.");
    for (const auto& [key, shown] : *members)
      if (key.empty() || key.size() > 100 || !(shown.flag() || shown_by_role(shown)))
        return refuse(name, "Chaque valeur doit être oui ou non (true, false), ou oui ou non par rôle.");
    keep(name, *given);
  }

  /// Absent, null and "***" (what is shown in its place): it stays as it is.
  void password(std::string_view name) {
    const auto* given = body_.find(name);
    if (!given || given->is_null()) return;
    const auto* found = given->text();
    if (!found || found->size() > 200 || !printable(*found)) return refuse(name, "Un texte de 200 octets au plus est attendu.");
    if (*found != "***") read_.password = *found;
  }

  void refuse(std::string_view name, std::string why) { wrong_.fields.emplace(name, std::move(why)); }
  const checked_settings& read() const { return read_; }

  result<checked_settings> done() {
    if (!body_.members()) return failure{errc::invalid_input, "Un objet JSON est attendu.", {}};
    if (!wrong_.fields.empty()) return wrong_;
    return std::move(read_);
  }

private:
  static bool shown_by_role(const value& given) {
    const auto* roles = given.members();
    return roles && std::all_of(roles->begin(), roles->end(), [](const auto& one) { return role_from_string(one.first) && one.second.flag(); });
  }
  void keep(std::string_view name, value what) { read_.content.set(name, std::move(what)); }

  const value& body_;
  checked_settings read_;
  failure wrong_{errc::invalid_input, {}, {}};
};

bool image_data(std::string_view text) {
  constexpr std::array<std::string_view, 7> kinds{"png", "jpeg", "gif", "webp", "x-icon", "vnd.microsoft.icon", "svg+xml"};
  return std::any_of(kinds.begin(), kinds.end(), [&](auto kind) {
    const auto head = "data:image/" + std::string{kind} + ";base64,";
    return text.starts_with(head) && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(head.size()), text.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' || c == '=';
    });
  });
}

bool single_line(std::string_view text) { return printable(text); }
bool time_of_day(std::string_view text) { return minutes_of(text).has_value(); }
bool mailbox(std::string_view text) { return valid_mailbox(text); }
/// What ends up in a style sheet.
bool font_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' || c == '-' || c == '_' || c == ',' || c == '\'';
  });
}

void read_app(reader& r) {
  constexpr std::array<std::string_view, 8> palettes{"default", "forest", "ocean", "sunset", "slate", "rose", "amber", "cyan"};
  constexpr std::array<std::string_view, 3> languages{"fr", "en", "ar"};
  constexpr auto not_an_image = "Une image PNG, JPEG, GIF, WebP, ICO ou SVG (data:image/...;base64,...) est attendue.";
  r.text("companyAddress", 1000);
  r.text("appLogoDataUrl", 700'000, image_data, not_an_image);
  r.text("appFaviconDataUrl", 200'000, image_data, not_an_image);
  r.choice("colorPalette", palettes);
  r.text("appName", 100, single_line, "Une seule ligne est attendue.");
  r.choice("defaultLanguage", languages);
  r.text("fontFamily", 100, font_name, "Lettres, chiffres, espaces, virgules et tirets seulement.");
  r.whole("fontSize", 8, 32);
  if (const auto* name = r.read().content.find("appName"); name && name->text()->empty()) r.refuse("appName", "Ne doit pas être vide.");
}

void read_smtp(reader& r) {
  r.text("server", 253, is_host, "Un nom d'hôte ou une adresse est attendu.");
  r.whole("port", 1, 65535);
  r.flag("secure");
  r.flag("requireTls");
  r.flag("auth");
  r.text("user", 200, single_line, "Une seule ligne est attendue.");
  r.text("from", 320, mailbox, "Une adresse e-mail est attendue, par exemple EVSCallPro <centre@exemple.fr>.");
  r.password("password");
}

void read_schedule(reader& r) {
  constexpr std::array<std::string_view, 4> paces{"none", "daily", "weekly", "monthly"};
  r.choice("frequency", paces);
  r.text("time", 5, time_of_day, "Une heure est attendue, par exemple 02:30.");
  r.whole("dayOfWeek", 0, 6);
  r.whole("keep", 0, 1000);
}

/// {asterisk: {amiHost, amiPort, amiUser, amiPassword}}; the database's own address is in the configuration file only.
result<checked_settings> read_connection(const value& body) {
  const auto* given = body.find("asterisk");
  const value nothing = value::object{};
  reader r{given ? *given : nothing};
  r.text("amiHost", 253, is_host, "Un nom d'hôte ou une adresse est attendu.");
  r.whole("amiPort", 1, 65535);
  r.text("amiUser", 80, single_line, "Une seule ligne est attendue.");
  r.password("amiPassword");
  auto read = r.done();
  if (read) return read;
  auto wrong = read.error();
  decltype(wrong.fields) below;
  for (auto& [name, why] : wrong.fields) below.emplace("asterisk." + name, std::move(why));
  wrong.fields = std::move(below);
  return wrong;
}

template <class T> T member(const value& content, std::string_view name, T otherwise) {
  const auto* found = content.find(name);
  if (!found) return otherwise;
  if constexpr (std::is_same_v<T, bool>) return found->flag() ? *found->flag() : otherwise;
  else if constexpr (std::is_same_v<T, int>) return found->integer() ? static_cast<int>(*found->integer()) : otherwise;
  else return found->text() ? *found->text() : otherwise;
}

} // namespace

std::string_view token(settings_kind what) noexcept {
  switch (what) {
  case settings_kind::app: return "app";
  case settings_kind::smtp: return "smtp";
  case settings_kind::modules: return "modules";
  case settings_kind::backup_schedule: return "backup_schedule";
  case settings_kind::connection: return "connection";
  }
  return {};
}

std::string_view contract_name(settings_kind what) noexcept {
  switch (what) {
  case settings_kind::app: return "appSettings";
  case settings_kind::smtp: return "smtpSettings";
  case settings_kind::modules: return "moduleVisibility";
  case settings_kind::backup_schedule: return "backupSchedule";
  case settings_kind::connection: return "systemConnectionSettings";
  }
  return {};
}

result<checked_settings> check_settings(settings_kind what, const value& body) {
  if (!body.members()) return failure{errc::invalid_input, "Un objet JSON est attendu.", {}};
  if (what == settings_kind::connection) return read_connection(body);
  reader r{body};
  switch (what) {
  case settings_kind::app: read_app(r); break;
  case settings_kind::smtp: read_smtp(r); break;
  case settings_kind::modules:
    r.visibility("categories");
    r.visibility("features");
    break;
  case settings_kind::backup_schedule: read_schedule(r); break;
  case settings_kind::connection: break;
  }
  return r.done();
}

smtp_settings smtp_of(const value& content) {
  smtp_settings s;
  s.server = member(content, "server", s.server);
  s.port = member(content, "port", s.port);
  s.secure = member(content, "secure", s.secure);
  s.require_tls = member(content, "requireTls", s.require_tls);
  s.auth = member(content, "auth", s.auth);
  s.user = member(content, "user", s.user);
  s.from = member(content, "from", s.from);
  return s;
}

backup_schedule schedule_of(const value& content) {
  backup_schedule s;
  const auto pace = member(content, "frequency", std::string{"none"});
  s.frequency = pace == "daily"     ? backup_schedule::pace::daily
                : pace == "weekly"  ? backup_schedule::pace::weekly
                : pace == "monthly" ? backup_schedule::pace::monthly
                                    : backup_schedule::pace::none;
  s.minute_of_day = minutes_of(member(content, "time", std::string{"02:00"})).value_or(120);
  s.day_of_week = member(content, "dayOfWeek", s.day_of_week);
  s.keep = member(content, "keep", s.keep);
  return s;
}

bool backup_due(const backup_schedule& schedule, const wall_moment& now, bool begun_today) {
  const bool today = schedule.frequency == backup_schedule::pace::daily ||
                     (schedule.frequency == backup_schedule::pace::weekly && now.day_of_week == schedule.day_of_week) ||
                     (schedule.frequency == backup_schedule::pace::monthly && now.day_of_month == 1);
  return today && now.minute_of_day >= schedule.minute_of_day && !begun_today;
}

bool valid_backup_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 120 && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  });
}

bool valid_mailbox(std::string_view text) noexcept {
  if (text.empty() || text.size() > 320 || !printable(text)) return false;
  if (text.back() == '>') {
    const auto at = text.rfind('<');
    if (at == std::string_view::npos || text.substr(0, at).find_first_of("<>\"@,;") != std::string_view::npos) return false;
    text = text.substr(at + 1, text.size() - at - 2);
  }
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
         text.find_first_of(" <>,;\"()\\") == std::string_view::npos;
}

std::string address_of(std::string_view mailbox) {
  const auto at = mailbox.rfind('<');
  if (mailbox.empty() || mailbox.back() != '>' || at == std::string_view::npos) return std::string{mailbox};
  return std::string{mailbox.substr(at + 1, mailbox.size() - at - 2)};
}

} // namespace evs
