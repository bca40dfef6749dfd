#include "app/mailer.hpp"

#include "app/random_id.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <mutex>

namespace evs {

namespace {

constexpr long connect_limit_s = 8, whole_limit_s = 20;

bool on_this_machine(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

/// A header's text: RFC 2047 where it is not plain ASCII.
std::string encoded(const std::string& text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f; }))
    return text;
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out{"=?UTF-8?Q?"};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z'))
      out += c;
    else
      (out += '=') += {digits[byte >> 4], digits[byte & 15]};
  }
  return out + "?=";
}

std::string encoded_mailbox(const std::string& mailbox) {
  const auto at = mailbox.rfind('<');
  if (at == std::string::npos || at == 0)
    return mailbox;
  return encoded(mailbox.substr(0, mailbox.find_last_not_of(' ', at - 1) + 1)) + ' ' + mailbox.substr(at);
}

std::string date(timestamp now) {
  const auto t = std::chrono::system_clock::to_time_t(now);
  std::tm tm{};
  gmtime_r(&t, &tm);
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
                tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
  return text;
}

/// RFC 5322 with a text in base64: any line length, any byte.
std::string letter(const smtp_settings& over, const mail& what, timestamp now) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string body;
  const auto& text = what.text;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const auto byte = [&](std::size_t n) { return i + n < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[i + n])) : 0U; };
    const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    body += digits[bits >> 18 & 63];
    body += digits[bits >> 12 & 63];
    body += i + 1 < text.size() ? digits[bits >> 6 & 63] : '=';
    body += i + 2 < text.size() ? digits[bits & 63] : '=';
    if (i % 57 == 54)
      body += "\r\n";
  }
  const auto from = address_of(over.from);
  return "Date: " + date(now) + "\r\nFrom: " + encoded_mailbox(over.from) + "\r\nTo: " + encoded_mailbox(what.to) + "\r\nMessage-ID: <" +
         random_id() + from.substr(from.find('@')) + ">\r\nSubject: " + encoded(what.subject) +
         "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body + "\r\n";
}

struct reading {
  const std::string* text;
  std::size_t at = 0;
};

std::size_t next_part(char* into, std::size_t size, std::size_t count, void* user) {
  auto& r = *static_cast<reading*>(user);
  const auto n = r.text->copy(into, size * count, r.at);
  r.at += n;
  return n;
}

} // namespace

result<done> send_mail(const smtp_settings& over, const std::string& password, const mail& what, timestamp now) {
  if (over.server.empty())
    return {errc::invalid_input, "Aucun serveur SMTP n'est configuré."};
  if (!valid_mailbox(over.from))
    return {errc::invalid_input, "L'adresse de l'expéditeur manque dans les réglages SMTP."};
  if (!valid_mailbox(what.to))
    return {errc::invalid_input, "L'adresse du destinataire manque."};
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> c{curl_easy_init(), curl_easy_cleanup};
  if (!c)
    return errc::internal;

  const auto host = over.server.find(':') == std::string::npos ? over.server : '[' + over.server + ']';
  const auto url = (over.secure ? "smtps://" : "smtp://") + host + ':' + std::to_string(over.port) + "/evscallpro";
  const auto from = '<' + address_of(over.from) + '>', to = '<' + address_of(what.to) + '>';
  const auto text = letter(over, what, now);
  reading source{&text};
  char said[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(c.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(c.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(c.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(c.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c.get(), CURLOPT_CONNECTTIMEOUT, connect_limit_s);
  curl_easy_setopt(c.get(), CURLOPT_TIMEOUT, whole_limit_s);
  curl_easy_setopt(c.get(), CURLOPT_ERRORBUFFER, said);
  const bool open_text = on_this_machine(over.server) || (!over.require_tls && !over.auth);
  curl_easy_setopt(c.get(), CURLOPT_USE_SSL, static_cast<long>(over.secure || !open_text ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  curl_easy_setopt(c.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (over.auth) {
    curl_easy_setopt(c.get(), CURLOPT_USERNAME, over.user.c_str());
    curl_easy_setopt(c.get(), CURLOPT_PASSWORD, password.c_str());
  }
  curl_easy_setopt(c.get(), CURLOPT_MAIL_FROM, from.c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> receivers{curl_slist_append(nullptr, to.c_str()), curl_slist_free_all};
  curl_easy_setopt(c.get(), CURLOPT_MAIL_RCPT, receivers.get());
  curl_easy_setopt(c.get(), CURLOPT_READFUNCTION, next_part);
  curl_easy_setopt(c.get(), CURLOPT_READDATA, &source);
  curl_easy_setopt(c.get(), CURLOPT_UPLOAD, 1L);
  const auto code = curl_easy_perform(c.get());
  if (code == CURLE_OK)
    return done{};
  long answer = 0;
  curl_easy_getinfo(c.get(), CURLINFO_RESPONSE_CODE, &answer);
  std::string why = *said ? said : curl_easy_strerror(code);
  if (answer > 0 && why.find(std::to_string(answer)) == std::string::npos)
    why += " (réponse " + std::to_string(answer) + ')';
  return {errc::conflict, "Le serveur SMTP " + over.server + ':' + std::to_string(over.port) + " n'a pas pris le message : " + why};
}

} // namespace evs
