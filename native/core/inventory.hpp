#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/device.hpp"
#include "core/roots.hpp"

namespace blacksmith {

/** What a kind's driver says of itself. */
struct Driver {
    /** Empty where there is none, or it does not say. */
    std::string version;
    /** Why it shows nothing; empty when it works. */
    std::string problem;
};

/** All cards of a box. */
struct Inventory {
    std::vector<Unit> units;
    /** By the kind's name. */
    std::map<std::string, Driver> drivers;
};

/** Opens no device, and never fails: what cannot be read is a fault of its device, or a problem. */
Inventory take_inventory(const Roots& roots = {});

/** What stands in the way of a run on a unit that we hold. */
struct Inspection {
    /** Processes on one of its devices that are not ours: the unit is busy, whatever its lock says. */
    std::vector<pid_t> strangers;
    /** It is sick. */
    std::optional<Fault> fault;
};

/**
 * Looks at the driver's own list of processes, and at the devices' health if `thorough`. Devices are found
 * anew, since nodes are renumbered by a reset. Takes up to 1.5 s for each device.
 */
Inspection inspect(const std::string& unit, bool thorough, const Roots& roots = {});

}  // namespace blacksmith
