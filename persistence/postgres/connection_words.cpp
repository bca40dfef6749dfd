#include "persistence/postgres/connection_words.hpp"

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>

namespace evs::persistence::postgres {

namespace {

struct word {
  std::string keyword, variable, value;
};

/// What is given, in libpq's order.
std::vector<word> words_of(const std::string& url) {
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> all{PQconninfoParse(url.c_str(), &complaint), PQconninfoFree};
  PQfreemem(complaint); // it may repeat the password
  if (!all)
    throw std::runtime_error{"the database's URL can't be read"};
  std::vector<word> found;
  for (const auto* one = all.get(); one->keyword; ++one)
    if (one->val)
      found.push_back({one->keyword, one->envvar ? one->envvar : "", one->val});
  return found;
}

std::string quoted(const std::string& text) {
  std::string out{"'"};
  for (const char c : text) {
    if (c == '\'' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '\'';
}

} // namespace

std::vector<std::pair<std::string, std::string>> connection_environment(const std::string& url) {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto& [keyword, variable, value] : words_of(url))
    if (!variable.empty())
      out.emplace_back(variable, value);
  return out;
}

std::string with_user(const std::string& url, const std::string& user, const std::string& password) {
  std::string out;
  for (const auto& [keyword, variable, value] : words_of(url))
    if (keyword != "user" && keyword != "password")
      out += keyword + '=' + quoted(value) + ' ';
  return out + "user=" + quoted(user) + " password=" + quoted(password);
}

connection_place place_of(const std::string& url) {
  connection_place place;
  for (const auto& [keyword, variable, value] : words_of(url)) {
    if (keyword == "host") place.host = value;
    if (keyword == "port") place.port = value;
    if (keyword == "user") place.user = value;
    if (keyword == "dbname") place.database = value;
  }
  return place;
}

std::string with_place(const std::string& url, const connection_place& place, const std::optional<std::string>& password) {
  const auto here = place_of(url);
  const auto chosen = [](const std::string& given, const std::string& present) { return given.empty() ? present : given; };
  std::string out;
  auto say = [&](const std::string& keyword, const std::string& value) {
    if (!value.empty())
      out += keyword + '=' + quoted(value) + ' ';
  };
  for (const auto& [keyword, variable, value] : words_of(url))
    if (keyword != "host" && keyword != "port" && keyword != "user" && keyword != "dbname" && !(keyword == "password" && password) &&
        !(keyword == "hostaddr" && !place.host.empty()))
      say(keyword, value);
  say("host", chosen(place.host, here.host));
  say("port", chosen(place.port, here.port));
  say("user", chosen(place.user, here.user));
  say("dbname", chosen(place.database, here.database));
  if (password)
    say("password", *password);
  return out;
}

} // namespace evs::persistence::postgres
