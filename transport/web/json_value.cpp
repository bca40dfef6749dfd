#include "transport/web/json_value.hpp"

#include "transport/web/utf8.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace evs::web {

namespace {

using boost::json::error_code;
using boost::json::string_view;

constexpr std::size_t deepest = 32;
/// A body that is wrong everywhere is not told so everywhere.
constexpr std::size_t most_problems = 20;
constexpr std::size_t longest_name_told = 60;

/// What the parser says, as a value. Also notes what is JSON but nothing that we take: the parser goes on, so that all of it is told.
class builder {
public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(value::object{}); }
  bool on_array_begin(error_code&) { return open(value::array{}); }
  bool on_object_end(std::size_t, error_code&) {
    refuse_doubles();
    return close();
  }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_key(string_view part, std::size_t, error_code&) {
    collect(part);
    open_.back().name = std::exchange(text_, {});
    if (has_nul(open_.back().name)) refuse("Un nom contient un caractère nul.");
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_string(string_view part, std::size_t, error_code&) {
    collect(part);
    // PostgreSQL keeps no U+0000, and no name or note needs one.
    if (has_nul(text_)) refuse("Un texte contient un caractère nul.");
    return put(std::exchange(text_, {}));
  }
  bool on_number_part(string_view part, error_code&) { return collect(part); }
  bool on_int64(std::int64_t number, string_view, error_code&) {
    text_.clear();
    return put(number);
  }
  bool on_uint64(std::uint64_t, string_view part, error_code&) { return real(part, 0); }
  bool on_double(double near, string_view part, error_code&) { return real(part, near); }
  bool on_bool(bool flag, error_code&) { return put(flag); }
  bool on_null(error_code&) { return put(nullptr); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  value whole;
  failure problem{errc::invalid_input, {}, {}};

private:
  /// A list or an object whose end is still to come.
  struct level {
    value made;
    std::string name;
  };

  static bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

  bool collect(string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool open(value empty) {
    open_.push_back({std::move(empty), {}});
    return true;
  }

  bool close() {
    auto made = std::move(open_.back().made);
    open_.pop_back();
    return put(std::move(made));
  }

  bool put(value what) {
    if (open_.empty()) whole = std::move(what);
    else if (auto* list = open_.back().made.list()) list->push_back(std::move(what));
    else open_.back().made.members()->emplace_back(std::move(open_.back().name), std::move(what));
    return true;
  }

  /// The parser's own double may be off by the last digit; what comes in must go out as it was.
  bool real(string_view part, double near) {
    collect(part);
    double number = 0;
    const auto [end, ec] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    // Out of range is also what is nearer to 0 than any double.
    if (ec != std::errc{}) number = std::abs(near) < 1 ? 0 : near;
    // -0 is 0: as a whole number it comes back so.
    if (number == 0) number = 0;
    text_.clear();
    if (!std::isfinite(number)) refuse("Un nombre est trop grand.");
    return put(number);
  }

  /// "pages[2].blocks[0].content": where the parser is.
  std::string here() const {
    std::string path;
    for (const auto& l : open_) {
      if (auto* list = l.made.list()) path += '[' + std::to_string(list->size()) + ']';
      else (path += path.empty() ? "" : ".") += told(l.name);
    }
    return path;
  }

  static std::string told(std::string_view name) {
    if (name.size() <= longest_name_told) return std::string{name};
    auto end = longest_name_told;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
    return std::string{name.substr(0, end)} + "...";
  }

  void refuse(std::string sentence) {
    auto path = here();
    if (path.empty()) problem.detail = std::move(sentence);
    else if (problem.fields.size() < most_problems) problem.fields.emplace(std::move(path), std::move(sentence));
  }

  /// Which of two counts is a question that readers answer differently.
  void refuse_doubles() {
    auto& top = open_.back();
    std::vector<std::string_view> names;
    names.reserve(top.made.members()->size());
    for (const auto& [name, what] : *top.made.members()) names.push_back(name);
    std::sort(names.begin(), names.end());
    for (auto at = names.begin(); (at = std::adjacent_find(at, names.end())) != names.end(); ++at) {
      top.name = *at;
      refuse("Ce champ figure deux fois.");
    }
  }

  std::vector<level> open_;
  std::string text_;
};

} // namespace

result<value> read_json(std::string_view text) {
  boost::json::parse_options limits;
  limits.max_depth = deepest;
  boost::json::basic_parser<builder> parser{limits};
  error_code ec;
  if (text.empty()) text = "{}";
  const auto read = parser.write_some(false, text.data(), text.size(), ec);
  if (ec == boost::json::error::too_deep) return {errc::invalid_input, "Le corps de la requête est imbriqué trop profondément."};
  if (!ec && read == text.size()) {
    auto& made = parser.handler();
    if (made.problem.fields.empty() && made.problem.detail.empty()) return std::move(made.whole);
    return made.problem;
  }
  if (!is_utf8(text)) return {errc::invalid_input, "Le corps de la requête n'est pas de l'UTF-8 valide."};
  return {errc::invalid_input, "Le corps de la requête n'est pas du JSON valide."};
}

} // namespace evs::web
