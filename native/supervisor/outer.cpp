#include "supervisor/outer.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "core/process.hpp"

namespace blacksmith {
namespace {

constexpr std::chrono::milliseconds kill_interval{20};

}  // namespace

int watch_inner(pid_t inner, Signals& signals) {
    std::optional<int> inner_status;
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid == inner) inner_status = status;
        if (pid > 0 || (pid < 0 && errno == EINTR)) continue;
        if (pid < 0) return inner_status.value_or(0);
        if (inner_status) {
            for (const pid_t orphan : descendants_of(::getpid())) ::kill(orphan, SIGKILL);
        }
        const auto signal = signals.next(inner_status ? std::optional(kill_interval) : std::nullopt);
        if (!signal || inner_status || *signal == SIGCHLD || *signal == outer_died_signal()) continue;
        ::kill(inner, *signal == SIGINT ? SIGINT : SIGTERM);
    }
}

}  // namespace blacksmith
