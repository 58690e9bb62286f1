#include "core/leftovers.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <set>
#include <thread>

#include "core/descriptor.hpp"

namespace blacksmith {
namespace {

constexpr const char* lease_variable = "BLACKSMITH_LEASE";
constexpr auto timeout = std::chrono::seconds(1);
/** Of a machine so busy that the time is over before a killed process could end. */
constexpr int fewest_looks = 20;
constexpr auto pause = std::chrono::milliseconds(5);

/** What one look through /proc has found. */
struct Look {
    std::vector<pid_t> living;
    bool undecided = false;
};

/** Kills by a descriptor of the process (Linux 5.3), so that a pid that is reused meanwhile is not hit. */
Look kill_tagged(const std::string& lease) {
    Look look;
    for (const pid_t pid : all_processes()) {
        const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        const bool too_old = !process && errno == ENOSYS;
        const Carries tagged = carries(pid, lease_variable, lease);
        if (tagged == Carries::undecided) look.undecided = true;
        if (tagged != Carries::yes || life_of(identity_of(pid)) == Life::dead) continue;
        look.living.push_back(pid);
        if (process) ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
        if (too_old) ::kill(pid, SIGKILL);
    }
    return look;
}

}  // namespace

Leftovers end_leftovers(const std::string& lease) {
    Leftovers result;
    if (lease.empty()) return result;
    const auto end = std::chrono::steady_clock::now() + timeout;
    std::set<pid_t> seen;
    // One look may miss what is born during it, of a parent that dies during it; two in a row do not.
    for (int looks = 0, empty_looks = 0; empty_looks < 2; ++looks) {
        if (looks >= fewest_looks && std::chrono::steady_clock::now() > end) break;
        const Look look = kill_tagged(lease);
        seen.insert(look.living.begin(), look.living.end());
        result.remaining = look.living;
        empty_looks = look.living.empty() && !look.undecided ? empty_looks + 1 : 0;
        std::this_thread::sleep_for(pause);
    }
    for (const pid_t pid : result.remaining) seen.erase(pid);
    result.killed.assign(seen.begin(), seen.end());
    return result;
}

}  // namespace blacksmith
