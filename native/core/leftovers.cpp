#include "core/leftovers.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "core/descriptor.hpp"

namespace blacksmith {
namespace {

constexpr const char* lease_variable = "BLACKSMITH_LEASE";
constexpr auto patience = std::chrono::seconds(1);
constexpr auto pause = std::chrono::milliseconds(5);

/** Kills by a descriptor of the process (Linux 5.3), so that a pid that is reused meanwhile is not hit. */
void kill_if_tagged(pid_t pid, const std::string& lease) {
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    const bool too_old = !process && errno == ENOSYS;
    if (!has_environment(pid, lease_variable, lease)) return;
    if (process) ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
    if (too_old) ::kill(pid, SIGKILL);
}

}  // namespace

Leftovers end_leftovers(const std::string& lease) {
    Leftovers result;
    if (lease.empty()) return result;
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        // Again each time: some may have been born meanwhile.
        result.remaining.clear();
        for (const pid_t pid : processes_with_environment(lease_variable, lease)) {
            if (life_of(identity_of(pid)) == Life::dead) continue;
            result.remaining.push_back(pid);
            if (std::find(result.killed.begin(), result.killed.end(), pid) != result.killed.end()) continue;
            kill_if_tagged(pid, lease);
            result.killed.push_back(pid);
        }
        if (result.remaining.empty()) return result;
        if (std::chrono::steady_clock::now() > end) break;
        std::this_thread::sleep_for(pause);
    }
    std::erase_if(result.killed, [&](pid_t pid) {
        return std::find(result.remaining.begin(), result.remaining.end(), pid) != result.remaining.end();
    });
    return result;
}

}  // namespace blacksmith
