#include "transport/ami/actions.hpp"

#include <algorithm>

namespace evs::ami {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Letters, digits and the characters of `also`, at least one and at most `longest`.
bool made_of(std::string_view text, std::string_view also, std::size_t longest) noexcept {
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_digit(c) || is_letter(c) || also.find(c) != std::string_view::npos;
  });
}

bool is_endpoint(std::string_view text) noexcept { return made_of(text, "_.-", 79); }
bool is_context(std::string_view text) noexcept { return made_of(text, "_-", 79); }
bool is_exten(std::string_view text) noexcept { return made_of(text, "+*#_.-", 79); }
/// A channel's name ("PJSIP/1001-0000002a") or Uniqueid; never the /regular expression/ that Hangup would take too.
bool is_channel(std::string_view text) noexcept {
  return made_of(text, "/@_.:-", 149) && (is_letter(text.front()) || is_digit(text.front()));
}

bool is_number(std::string_view text) noexcept {
  if (text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_dial(std::string_view text) noexcept {
  if (!text.starts_with("PJSIP/")) return false;
  text.remove_prefix(6);
  const auto at = text.find('@');
  if (at == std::string_view::npos) return is_endpoint(text);
  return is_number(text.substr(0, at)) && is_endpoint(text.substr(at + 1));
}

/// Where Asterisk splits variables, arguments and dial strings, or expands and quotes.
constexpr std::string_view syntax = ",|&;${}()[]<>\"'\\`=";

bool is_variable_name(std::string_view text) noexcept { return made_of(text, "_", 79) && !is_digit(text.front()); }
/// A plain variable or CHANNEL(item): other functions of the dialplan can run commands or read files.
bool is_readable(std::string_view text) noexcept {
  if (text.starts_with("CHANNEL(") && text.ends_with(")")) return made_of(text.substr(8, text.size() - 9), "_", 40);
  return is_variable_name(text);
}
bool is_variable_value(std::string_view text) noexcept {
  return text.size() <= 512 && text.find_first_of(syntax) == std::string_view::npos;
}

failure refused(std::string_view what, std::string_view value) {
  // The value may be hostile: only a tame beginning of it goes into logs.
  std::string shown;
  for (char c : value.substr(0, 40)) shown += c >= 0x20 && c < 0x7f ? c : '?';
  return {errc::invalid_input, std::string{what} + " is not acceptable to Asterisk: \"" + shown + '"', {}};
}

/// What both kinds of originate share, or what is wrong with it.
result<action> originate(const originate_leg& leg) {
  if (!is_dial(leg.dial)) return refused("dial string", leg.dial);
  if (!made_of(leg.id.value, "_.-", 149)) return refused("channel id", leg.id.value);
  if (leg.timeout <= milliseconds{0}) return refused("timeout", std::to_string(leg.timeout.count()));
  action made{"Originate", {}};
  made.headers.reserve(9 + leg.variables.size());
  made.headers.emplace_back("Channel", leg.dial);
  made.headers.emplace_back("ChannelId", leg.id.value);
  made.headers.emplace_back("Async", "true");
  made.headers.emplace_back("Timeout", std::to_string(leg.timeout.count()));
  if (auto shown = caller_id(leg.caller_name, leg.caller_number); !shown.empty())
    made.headers.emplace_back("CallerID", std::move(shown));
  for (const auto& [name, value] : leg.variables) {
    if (!is_variable_name(name)) return refused("variable name", name);
    if (!is_variable_value(value)) return refused("value of " + name, value);
    made.headers.emplace_back("Variable", name + '=' + value);
  }
  return made;
}

} // namespace

action login(std::string username, std::string secret) {
  return {"Login", {{"Username", std::move(username)}, {"Secret", std::move(secret)}}};
}
action logoff() { return {"Logoff", {}}; }
action ping() { return {"Ping", {}}; }
action core_status() { return {"CoreStatus", {}}; }
action core_settings() { return {"CoreSettings", {}}; }
action core_show_channels() { return {"CoreShowChannels", {}}; }
action device_state_list() { return {"DeviceStateList", {}}; }

std::string caller_id(std::string_view name, std::string_view number) {
  std::string digits;
  for (char c : number)
    if (digits.size() < 32 &&
        (is_digit(c) || is_letter(c) || c == '+' || c == '*' || c == '#' || c == '_' || c == '-' || c == '.'))
      digits += c;
  std::string shown;
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool odd = byte < 0x20 || byte == 0x7f || syntax.find(c) != std::string_view::npos;
    // A blank is kept only between two words.
    if (!odd && c != ' ') shown += c;
    else if (!shown.empty() && shown.back() != ' ') shown += ' ';
  }
  // Cut between characters, not within one.
  if (shown.size() > 80) {
    std::size_t end = 80;
    while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0) == 0x80) --end;
    shown.resize(end);
  }
  while (shown.ends_with(' ')) shown.pop_back();
  if (digits.empty() && shown.empty()) return {};
  if (shown.empty()) return '<' + digits + '>';
  return '"' + shown + "\" <" + digits + '>';
}

result<action> originate_to_bridge(const originate_leg& leg, std::string_view other_channel) {
  if (!is_channel(other_channel)) return refused("channel to join", other_channel);
  auto made = originate(leg);
  if (!made) return made;
  made.value().headers.emplace_back("Application", "Bridge");
  made.value().headers.emplace_back("Data", std::string{other_channel} + ",x");
  return made;
}

result<action> originate_to_context(const originate_leg& leg, std::string_view context, std::string_view exten) {
  if (!is_context(context)) return refused("context", context);
  if (!is_exten(exten)) return refused("extension", exten);
  auto made = originate(leg);
  if (!made) return made;
  made.value().headers.emplace_back("Context", context);
  made.value().headers.emplace_back("Exten", exten);
  made.value().headers.emplace_back("Priority", "1");
  return made;
}

result<action> hangup(std::string_view channel, int cause) {
  if (!is_channel(channel)) return refused("channel", channel);
  if (cause < 1 || cause > 127) return refused("cause", std::to_string(cause));
  return action{"Hangup", {{"Channel", std::string{channel}}, {"Cause", std::to_string(cause)}}};
}

result<action> getvar(std::string_view channel, std::string_view variable) {
  if (!is_channel(channel)) return refused("channel", channel);
  if (!is_readable(variable)) return refused("variable", variable);
  return action{"Getvar", {{"Channel", std::string{channel}}, {"Variable", std::string{variable}}}};
}

result<action> redirect(std::string_view channel, std::string_view context, std::string_view exten) {
  if (!is_channel(channel)) return refused("channel", channel);
  if (!is_context(context)) return refused("context", context);
  if (!is_exten(exten)) return refused("extension", exten);
  return action{"Redirect",
                {{"Channel", std::string{channel}},
                 {"Context", std::string{context}},
                 {"Exten", std::string{exten}},
                 {"Priority", "1"}}};
}

} // namespace evs::ami
