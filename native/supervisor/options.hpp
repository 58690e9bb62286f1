#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace blacksmith {

struct SupervisorOptions {
    /** The process that started us, and whose end ends the run; 0: whoever it is. */
    pid_t parent = 0;
    /** Cores that the trainer may run on; empty: as inherited. */
    std::vector<int> cpus;
    /** Variables that are taken out of the trainer's environment. */
    std::vector<std::string> unset;
    /** From the first SIGTERM to SIGKILL. */
    std::chrono::milliseconds grace{30000};
    /** The file of rules that says what the trainer may reach; empty: all that its user may. */
    std::string box;
    std::vector<std::string> command;
};

/** Throws std::invalid_argument with a message for people. */
SupervisorOptions parse_options(const std::vector<std::string>& arguments);

}  // namespace blacksmith
