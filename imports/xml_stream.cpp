#include "imports/xml_stream.hpp"

#include <expat.h>

#include <string>

namespace evs::imports {

namespace {

std::string_view without_prefix(std::string_view name) noexcept {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

} // namespace

std::string_view xml_attributes::find(std::string_view name) const noexcept {
  for (auto pair = pairs_; *pair; pair += 2)
    if (without_prefix(*pair) == name)
      return pair[1];
  return {};
}

struct xml_stream::state {
  state(xml_listener& l, unsigned limit) : to(l), deepest(limit), parser(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, on_begin, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
  }
  ~state() { XML_ParserFree(parser); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  static void on_begin(void* self, const char* name, const char** attributes) {
    auto& s = *static_cast<state*>(self);
    if (++s.depth > s.deepest)
      return s.stop("Le classeur est imbriqué trop profondément ; il est refusé.");
    s.to.begin(without_prefix(name), xml_attributes{attributes});
  }
  static void on_end(void* self, const char* name) {
    auto& s = *static_cast<state*>(self);
    --s.depth;
    s.to.end(without_prefix(name));
  }
  static void on_text(void* self, const char* text, int size) {
    static_cast<state*>(self)->to.text({text, static_cast<std::size_t>(size)});
  }
  static void on_doctype(void* self, const char*, const char*, const char*, int) {
    static_cast<state*>(self)->stop("Le classeur contient une définition de type de document ; il est refusé.");
  }
  void stop(const char* sentence) {
    why = sentence;
    XML_StopParser(parser, XML_FALSE);
  }

  xml_listener& to;
  unsigned deepest;
  unsigned depth = 0;
  XML_Parser parser;
  std::string why;
};

xml_stream::xml_stream(xml_listener& to, unsigned depth) : state_(std::make_unique<state>(to, depth)) {}
xml_stream::~xml_stream() = default;

result<done> xml_stream::feed(std::string_view piece, bool last) {
  auto& s = *state_;
  if (XML_Parse(s.parser, piece.data(), static_cast<int>(piece.size()), last) != XML_STATUS_ERROR)
    return done{};
  return failure{errc::invalid_input, s.why.empty() ? "Le classeur est endommagé : son contenu n'est pas du XML lisible." : s.why, {}};
}

} // namespace evs::imports
