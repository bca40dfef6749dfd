#pragma once
// Random text from the kernel.

#include <string>

namespace evs::persistence {

/// `length` characters of [a-z2-9] without look-alikes (about 5 bits each), from getrandom().
std::string random_secret(std::size_t length);

/// 128 random bits, hex.
std::string random_hex();

} // namespace evs::persistence
