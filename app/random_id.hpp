#pragma once

#include <string>

namespace evs {

/// "evs-" and 128 random bits (the system's generator) in hexadecimal: fit for a ChannelId, a row, a family.
std::string random_id();

} // namespace evs
