#pragma once
// Rules that concern more than one key, or the form of a text.

#include "config/config.hpp"
#include "config/problem.hpp"

namespace evs::config {

/// Everything that is wrong with settings whose single values are in range; empty: they may be used.
problems validate(const settings& s);

} // namespace evs::config
