#pragma once
// XML that arrives in pieces, told element by element. No document type, no external anything.

#include "domain/error.hpp"

#include <memory>
#include <string_view>

namespace evs::imports {

class xml_attributes {
public:
  explicit xml_attributes(const char** pairs) : pairs_(pairs) {}
  /// Of the attribute with that name, whatever its prefix; "" when there is none.
  std::string_view find(std::string_view name) const noexcept;

private:
  const char** pairs_;
};

/// Names come without their prefix.
class xml_listener {
public:
  virtual ~xml_listener() = default;
  virtual void begin(std::string_view name, const xml_attributes& attributes) = 0;
  virtual void end(std::string_view name) = 0;
  /// Part of a text; it may come in several.
  virtual void text(std::string_view what) = 0;
};

class xml_stream {
public:
  /// `depth`: elements within elements.
  xml_stream(xml_listener& to, unsigned depth);
  ~xml_stream();
  xml_stream(const xml_stream&) = delete;
  xml_stream& operator=(const xml_stream&) = delete;

  /// A failure when it is no XML, has a document type (entities can be bombs) or is nested too deeply.
  result<done> feed(std::string_view piece, bool last);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace evs::imports
