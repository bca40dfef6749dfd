#pragma once
// evscallpro secrets ...: keys, and secrets at rest, for scripts and operators.

#include "config/config.hpp"

#include <string>

namespace evs {

/// What `evscallpro secrets ACTION` does; the exit code. Throws as secret_keys_of() and the database do.
///   new-key           prints a fresh key
///   seal              seals one line of the standard input
///   open              copies the standard input to the standard output with every sealed value opened
///   open-hex          the same, what was sealed as hex digits
///   rotate            seals everything in the database with the newest key
int secrets_command(const std::string& action, const config::settings& settings);

} // namespace evs
