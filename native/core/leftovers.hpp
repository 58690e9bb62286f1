#pragma once

#include <string>
#include <vector>

#include "core/process.hpp"

namespace blacksmith {

/** What became of the processes of a lease whose holders are dead. */
struct Leftovers {
    std::vector<pid_t> killed;
    /** Those that we may not kill, or that do not end (in a driver's call, say). */
    std::vector<pid_t> remaining;
};

/**
 * Kills all processes that carry this lease in BLACKSMITH_LEASE and waits, for a second at the most, until
 * they are gone. Only for a lease whose executor and supervisor are dead.
 */
Leftovers end_leftovers(const std::string& lease);

}  // namespace blacksmith
