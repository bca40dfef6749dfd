#pragma once
// One row in COPY's text format.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace evs::persistence::postgres {

class copy_line {
public:
  void clear() noexcept {
    text_.clear();
    begun_ = false;
  }
  /// Valid UTF-8; a NUL, which PostgreSQL can't hold, becomes U+FFFD.
  void add(std::string_view cell);
  void add_null();
  void add(std::int64_t number);
  const std::string& text() const noexcept { return text_; }
  /// A whole line that was made before.
  void take(std::string text) {
    text_ = std::move(text);
    begun_ = true;
  }

private:
  void separate();
  std::string text_;
  bool begun_ = false;
};

} // namespace evs::persistence::postgres
