#pragma once
// What a real Asterisk 22 sent, recorded by the laboratory (tests/support/lab).

#include "transport/ami/action.hpp"

#include <string>
#include <vector>

namespace evs::test {

struct transcript {
  std::string name;
  std::string bytes;
};

/// All of tests/support/lab/transcripts/*.ami, by name.
const std::vector<transcript>& transcripts();
/// The bytes of one of them; fails the test when there is none of that name.
const std::string& transcript_named(const std::string& name);

/// Everything a fresh parser makes of the bytes when they come in pieces of `piece` bytes (0: at once).
std::vector<ami::frame> frames_in(std::string_view bytes, std::size_t piece = 0);

} // namespace evs::test
