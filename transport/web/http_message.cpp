#include "transport/web/http_message.hpp"

#include "transport/web/utf8.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

namespace evs::web {

namespace {

constexpr std::array<std::string_view, 6> method_names{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Calls `use(name, value)` for each pair of a list such as a query or a Cookie header.
template <class Use> void each_pair(std::string_view text, char separator, Use use) {
  while (!text.empty()) {
    auto end = std::min(text.find(separator), text.size());
    auto item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (item.starts_with(' ')) item.remove_prefix(1);
    auto equals = item.find('=');
    if (equals != std::string_view::npos) use(item.substr(0, equals), item.substr(equals + 1));
    else if (!item.empty()) use(item, std::string_view{});
  }
}

} // namespace

std::string_view to_string(http_method method) noexcept { return method_names[static_cast<std::size_t>(method)]; }

spooled_body::~spooled_body() {
  if (!path.empty()) unlink(path.c_str());
}

std::shared_ptr<const data_answer::file> attach(data_answer::file what) {
  if (!what.temporary) return std::make_shared<const data_answer::file>(std::move(what));
  return {new data_answer::file(std::move(what)), [](const data_answer::file* gone) {
            unlink(gone->path.c_str());
            delete gone;
          }};
}

std::string_view request::header(std::string_view name) const noexcept {
  auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

const std::string& request::parameter(std::string_view name) const noexcept {
  static const std::string none;
  auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.first == name; });
  return found == parameters.end() ? none : found->second;
}

std::optional<std::string> request::query_value(std::string_view name) const {
  std::optional<std::string> found;
  each_pair(query, '&', [&](std::string_view key, std::string_view value) {
    if (key == name && !found) found = percent_decode(value, true);
  });
  return found;
}

std::optional<std::string> request::cookie(std::string_view name) const {
  std::optional<std::string> found;
  each_pair(header("cookie"), ';', [&](std::string_view key, std::string_view value) {
    if (key == name && !found) found = std::string{value};
  });
  return found;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<unsigned char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c < 0x20 || c == 0x7f) return std::nullopt;
    out.push_back(static_cast<char>(c));
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::optional<std::string> broken_parameter(std::string_view query) {
  std::optional<std::string> found;
  each_pair(query, '&', [&](std::string_view key, std::string_view value) {
    if (found) return;
    auto name = percent_decode(key, true);
    if (!name || !percent_decode(value, true)) found = name && !name->empty() && name->size() <= 60 ? *name : "query";
  });
  return found;
}

} // namespace evs::web
