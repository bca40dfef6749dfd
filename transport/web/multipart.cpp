#include "transport/web/multipart.hpp"

#include "transport/web/utf8.hpp"

#include <algorithm>

namespace evs::web {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t longest_boundary = 70;
constexpr std::size_t longest_file_name = 255;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

bool boundary_character(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
         std::string_view{"'()+_,-./:=? "}.find(c) != std::string_view::npos;
}

/// One parameter "; name=value" off the front of `text`. Senders escape a quote as \" or, like browsers, as %22; any other
/// backslash is itself. False: none is left, or it is malformed (then `text` is not empty).
bool next_parameter(std::string_view& text, std::string_view& name, std::string& value) {
  text = trimmed(text);
  if (!text.starts_with(';')) return false;
  auto rest = trimmed(text.substr(1));
  auto equals = rest.find('=');
  if (equals == std::string_view::npos) return false;
  name = trimmed(rest.substr(0, equals));
  rest = trimmed(rest.substr(equals + 1));
  value.clear();
  if (!rest.starts_with('"')) {
    auto end = std::min(rest.find(';'), rest.size());
    value = trimmed(rest.substr(0, end));
    text = rest.substr(end);
    return true;
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      text = rest.substr(i + 1);
      return true;
    }
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) value += rest[++i];
    else if (rest.substr(i, 3) == "%22") value += '"', i += 2;
    else value += rest[i];
  }
  return false;
}

/// Characters that only steer what is around them: C1 controls, and those that turn the direction of writing.
bool steers(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character[0]) < 0x20 || character[0] == 0x7f;
  if (character.size() == 2) return character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
  return character.starts_with("\xe2\x80") ? character[2] >= '\xaa' && character[2] <= '\xae'
                                            : character.starts_with("\xe2\x81") && character[2] >= '\xa6' && character[2] <= '\xa9';
}

/// For people, never for a path: what stands behind the last separator of any system.
std::string shown_file_name(std::string_view given) {
  given = given.substr(given.find_last_of("/\\") + 1);
  std::string out;
  while (!given.empty()) {
    auto length = utf8_sequence(given);
    if (out.size() + length > longest_file_name) break;
    if (length > 0 && !steers(given.substr(0, length))) out += given.substr(0, length);
    given.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

/// "form-data; name=...; filename=..." into `part`; false: it is no such thing.
bool read_disposition(std::string_view value, form_part& part) {
  auto end = std::min(value.find(';'), value.size());
  if (!same_word(trimmed(value.substr(0, end)), "form-data")) return false;
  auto rest = value.substr(end);
  bool named = false;
  std::string_view name;
  std::string text;
  while (next_parameter(rest, name, text)) {
    if (same_word(name, "name")) part.name = text, named = true;
    // RFC 7578, 4.2: filename* is not for forms.
    else if (same_word(name, "filename")) part.file_name = shown_file_name(text);
  }
  return named && trimmed(rest).empty() && is_utf8(part.name);
}

} // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  auto end = std::min(content_type.find(';'), content_type.size());
  if (!same_word(trimmed(content_type.substr(0, end)), "multipart/form-data")) return std::nullopt;
  auto rest = content_type.substr(end);
  std::string_view name;
  std::string value;
  while (next_parameter(rest, name, value))
    if (same_word(name, "boundary")) {
      bool fine = !value.empty() && value.size() <= longest_boundary && value.back() != ' ' &&
                  std::all_of(value.begin(), value.end(), boundary_character);
      return fine ? std::optional{value} : std::nullopt;
    }
  return std::nullopt;
}

multipart_reader::multipart_reader(std::string_view boundary, multipart_limits limits)
    : limits_(limits), delimiter_("\r\n--" + std::string{boundary}) {}

bool multipart_reader::feed(std::string_view bytes) {
  while (!bytes.empty() && at_ != place::broken) {
    const auto before = bytes.size();
    const auto was = at_;
    switch (at_) {
    case place::preamble:
    case place::content: read_until_boundary(bytes); break;
    case place::after_boundary: read_after_boundary(bytes); break;
    case place::headers: read_headers(bytes); break;
    case place::end:
    case place::broken: bytes = {}; break;
    }
    position_ += before - bytes.size();
    if (was == place::headers && at_ == place::content) parts_.back().offset = position_;
  }
  return at_ != place::broken;
}

void multipart_reader::read_until_boundary(std::string_view& bytes) {
  // A CR can only be the delimiter's first byte, so a mismatch never has to look further back than one byte.
  std::size_t i = 0;
  while (i < bytes.size() && at_ != place::broken) {
    if (matched_ == 0) {
      auto stop = std::min(bytes.find('\r', i), bytes.size());
      keep(bytes.substr(i, stop - i));
      i = stop;
      if (i == bytes.size()) break;
    }
    if (bytes[i] != delimiter_[matched_]) {
      keep(std::string_view{delimiter_}.substr(0, matched_));
      matched_ = 0;
      continue;
    }
    ++i;
    if (++matched_ < delimiter_.size()) continue;
    matched_ = 0;
    line_.clear();
    at_ = place::after_boundary;
    break;
  }
  bytes.remove_prefix(i);
}

void multipart_reader::keep(std::string_view content) {
  if (at_ != place::content || content.empty()) return;
  auto& part = parts_.back();
  part.size += content.size();
  if (part.file_name) return;
  if (part.size > limits_.field) return fail(errc::too_large, "Le champ « " + part.name + " » du formulaire est trop long.");
  part.value += content;
}

void multipart_reader::read_after_boundary(std::string_view& bytes) {
  while (!bytes.empty()) {
    line_ += bytes.front();
    bytes.remove_prefix(1);
    if (line_ == "--") {
      at_ = place::end;
      return;
    }
    if (line_.ends_with(line_end)) {
      if (!trimmed(std::string_view{line_}.substr(0, line_.size() - 2)).empty()) break;
      line_.clear();
      at_ = place::headers;
      return;
    }
    // Only blanks may stand between a boundary and the end of its line.
    if (line_.size() > limits_.header || std::string_view{" \t\r\n-"}.find(line_.back()) == std::string_view::npos) break;
    if (bytes.empty()) return;
  }
  fail(errc::invalid_input, {});
}

void multipart_reader::read_headers(std::string_view& bytes) {
  while (!bytes.empty()) {
    auto stop = bytes.find('\n');
    auto piece = bytes.substr(0, stop == std::string_view::npos ? bytes.size() : stop + 1);
    bytes.remove_prefix(piece.size());
    if (line_.size() + piece.size() > limits_.header) return fail(errc::too_large, "Les en-têtes du formulaire sont trop longs.");
    line_ += piece;
    if (line_ == line_end || line_.ends_with("\r\n\r\n")) {
      return begin_part();
    }
  }
}

void multipart_reader::begin_part() {
  if (parts_.size() >= limits_.parts) return fail(errc::too_large, "Le formulaire a trop de champs.");
  form_part part;
  bool described = false;
  for (std::string_view rest{line_}; rest != line_end && !rest.empty();) {
    auto end = rest.find(line_end);
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    auto colon = line.find(':');
    if (colon == std::string_view::npos || has_control(line)) return fail(errc::invalid_input, {});
    auto name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (same_word(name, "content-disposition")) {
      if (described || !read_disposition(value, part)) return fail(errc::invalid_input, {});
      described = true;
    } else if (same_word(name, "content-type")) {
      part.content_type = value;
    } else if (same_word(name, "content-transfer-encoding") && !same_word(value, "binary") && !same_word(value, "8bit") &&
               !same_word(value, "7bit")) {
      return fail(errc::invalid_input, "Un champ du formulaire est codé d'une manière qui n'est pas prise en charge.");
    }
  }
  if (!described) return fail(errc::invalid_input, {});
  parts_.push_back(std::move(part));
  matched_ = 0;
  at_ = place::content;
}

void multipart_reader::fail(errc code, std::string why) {
  problem_ = {code, why.empty() ? "Formulaire illisible : envoyez-le en multipart/form-data." : std::move(why), {}};
  at_ = place::broken;
}

result<std::vector<form_part>> multipart_reader::finish() {
  if (at_ != place::end && at_ != place::broken) fail(errc::invalid_input, "Le formulaire est incomplet : envoyez-le à nouveau.");
  if (at_ == place::broken) return problem_;
  return std::move(parts_);
}

result<std::vector<form_part>> read_form(std::string_view content_type, std::string_view body, multipart_limits limits) {
  auto boundary = multipart_boundary(content_type);
  if (!boundary) return {errc::invalid_input, "Un formulaire multipart/form-data est attendu."};
  multipart_reader reader{*boundary, limits};
  reader.feed(body);
  return reader.finish();
}

const form_part* find_part(const std::vector<form_part>& parts, std::string_view name) noexcept {
  auto found = std::find_if(parts.begin(), parts.end(), [&](const form_part& p) { return p.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

} // namespace evs::web
