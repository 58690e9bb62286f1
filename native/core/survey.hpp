#pragma once

#include <string>
#include <vector>

#include "core/device.hpp"
#include "core/lease.hpp"

namespace blacksmith {

/** What a lease directory says at one moment. */
struct Survey {
    /** Devices that somebody holds. */
    std::vector<BusyDevice> held;
    /** Devices that nobody holds and that are dirty or quarantined, or whose lease file cannot be used. */
    std::vector<BusyDevice> marked;
    /** First come first. */
    std::vector<Waiter> waiters;
};

/**
 * Tries the locks while no other process decides, and keeps none. The directory has to be there. Throws
 * Refusal when it cannot be used, or when somebody has been deciding for two seconds.
 */
Survey survey(const std::string& directory);

/** Marks a unit that we hold as sick: it is checked whenever somebody wants it, until a check succeeds. */
void quarantine(int descriptor, const Fault& fault);

}  // namespace blacksmith
