#pragma once

#include <filesystem>
#include <string>

namespace evs::persistence {

/// SHA-256 of a file, hex. Throws std::runtime_error when it can't be read.
std::string sha256_of_file(const std::filesystem::path& file);

} // namespace evs::persistence
