#pragma once
// Marks that a successful sign-in leaves on a device (OWASP: "device cookies"). They open nothing: whoever shows one is served before strangers
// and is not held up by what strangers have tried with his account.

#include "domain/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evs::web {

/// Makes and recognises them; immutable, any thread. A device that many people share keeps a mark of each.
class device_marks {
public:
  static constexpr std::string_view cookie_name = "evs_device";
  static constexpr seconds lifetime{180 * 24 * 3600};
  /// In one cookie; the oldest goes first.
  static constexpr std::size_t most = 8;

  /// The marks' key is derived from `secret`, and is good for nothing else.
  explicit device_marks(std::string_view secret);

  /// Name of the mark that this cookie has for an account: the same until the next sign-in, and nobody else's.
  std::optional<std::string> find(std::string_view cookie, std::string_view login, timestamp now) const;
  /// Name of the first genuine mark, whoever it was made for.
  std::optional<std::string> any(std::string_view cookie, timestamp now) const;
  /// What the cookie becomes when somebody has signed in: a fresh mark for him, and those of others that still hold.
  std::string add(std::string_view cookie, std::string_view login, timestamp now) const;

private:
  struct mark {
    std::string_view text, name, owner;
  };
  /// Nullopt: not ours, or too old.
  std::optional<mark> read(std::string_view text, timestamp now) const;
  std::vector<mark> read_all(std::string_view cookie, timestamp now) const;
  std::string owner_of(std::string_view login) const;
  std::string seal(std::string_view text) const;

  std::string key_;
};

} // namespace evs::web
