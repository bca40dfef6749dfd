#pragma once

namespace evs::bench {

/// As many open files as this process may have at all: each connection is one.
void raise_file_limit();

} // namespace evs::bench
