#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace evs::bench {

/// What differs from one call to the next in a recorded sequence: the {names} in the files of tests/bench/sequences.
enum class field {
  channel,
  uniqueid,
  caller,
  did,
  trunk,
  agent_channel,
  agent_uniqueid,
  extension,
  bridge,
  action,
  data
};
inline constexpr std::size_t field_count = 11;

/// The values for one rendering, indexed by field.
using field_values = std::array<std::string, field_count>;

/// A recorded piece of an AMI stream, cut into the parts that were sent at once.
class sequence {
public:
  struct part {
    std::chrono::milliseconds at; ///< since the sequence began
    std::size_t events = 0;
    /// Appends the part's bytes to `out`.
    void render(const field_values& values, std::string& out) const;

    struct piece {
      std::string text;
      int value = -1; ///< field that follows the text, -1 = none
    };
    std::vector<piece> pieces;
  };

  /// Reads a file of tests/bench/sequences. Throws std::runtime_error with the line at fault.
  static sequence load(const std::string& path);

  const std::vector<part>& parts() const { return parts_; }
  std::size_t events() const;
  void render_all(const field_values& values, std::string& out) const;

private:
  std::vector<part> parts_;
};

} // namespace evs::bench
