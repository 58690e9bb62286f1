#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "supervisor/signals.hpp"

namespace blacksmith {

/** How a whole run ended. */
struct Ending {
    /** As from waitpid, of the main process. */
    int status = 0;
    /** Why the device has to be checked before its next run; empty when everything ended by itself. */
    std::string disorder;
};

/**
 * Watches over a process and all that descends from it. This process has to be a child subreaper, so that
 * orphans come to it. Returns when no descendant is left.
 */
class ProcessTree {
public:
    ProcessTree(pid_t main, std::chrono::milliseconds grace, Signals& signals)
        : main_(main), grace_(grace), signals_(signals) {}

    Ending wait();

private:
    using Clock = std::chrono::steady_clock;

    void take(int signal);
    void stop(bool interrupted);
    void end_leftovers();
    void kill_all();
    bool reap();
    std::optional<std::chrono::milliseconds> time_left() const;

    pid_t main_;
    std::chrono::milliseconds grace_;
    Signals& signals_;
    bool main_ended_ = false;
    bool ending_leftovers_ = false;
    bool killing_ = false;
    bool stopping_ = false;
    bool interrupted_again_ = false;
    Clock::time_point stop_time_;
    std::optional<Clock::time_point> deadline_;
    Ending ending_;
};

}  // namespace blacksmith
