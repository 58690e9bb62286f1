#include "supervisor/tree.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/process.hpp"

namespace blacksmith {
namespace {

using std::chrono::milliseconds;

/** One Ctrl-C reaches us as several signals by way of nx and the executor; they are one request. */
constexpr milliseconds same_request{500};
/** What is left after a second Ctrl-C, and for workers that outlive their trainer. */
constexpr milliseconds short_grace{2000};
/** Between looks for processes that were born while others were being killed. */
constexpr milliseconds kill_interval{20};

}  // namespace

Ending ProcessTree::wait() {
    while (reap()) {
        if (const auto signal = signals_.next(time_left())) take(*signal);
        if (killing_ || (deadline_ && Clock::now() >= *deadline_)) kill_all();
    }
    if (ending_.disorder.empty() && WIFSIGNALED(ending_.status)) {
        ending_.disorder = std::string("the trainer was ended by ") + ::strsignal(WTERMSIG(ending_.status));
    }
    return ending_;
}

void ProcessTree::take(int signal) {
    if (signal == outer_died_signal()) {
        ending_.disorder = "the supervisor was killed";
        killing_ = true;
    } else if (signal != SIGCHLD) {
        stop(signal == SIGINT);
    }
}

/**
 * The first request to stop leaves the trainer its grace to write a checkpoint; SIGTERM may come again in it.
 * A SIGINT on top of that is somebody who presses Ctrl-C again: little time. A third one: none.
 */
void ProcessTree::stop(bool interrupted) {
    const auto now = Clock::now();
    const auto give = [&](milliseconds time) {
        deadline_ = std::min(deadline_.value_or(now + time), now + time);
    };
    if (!stopping_) {
        stopping_ = true;
        stop_time_ = now;
        give(grace_);
    } else if (interrupted && now - stop_time_ >= same_request) {
        killing_ = killing_ || interrupted_again_;
        interrupted_again_ = true;
        stop_time_ = now;
        give(std::min(grace_, short_grace));
    } else if (interrupted) {
        return;
    }
    // To the main process only: its workers are its own affair, and their early death would look like a
    // fault.
    if (!main_ended_) ::kill(main_, SIGTERM);
}

/** The trainer has ended and has left processes behind: the run is over for them too. */
void ProcessTree::end_leftovers() {
    ending_leftovers_ = true;
    for (const pid_t pid : descendants_of(::getpid())) ::kill(pid, SIGTERM);
    const auto latest = Clock::now() + std::min(grace_, short_grace);
    deadline_ = deadline_ ? std::min(*deadline_, latest) : latest;
}

void ProcessTree::kill_all() {
    killing_ = true;
    const auto victims = descendants_of(::getpid());
    if (ending_.disorder.empty() && !victims.empty()) {
        ending_.disorder = "these did not end after SIGTERM and were killed: " + describe(victims);
    }
    for (const pid_t pid : victims) ::kill(pid, SIGKILL);
}

/** Collects what has ended; false when no descendant is left. */
bool ProcessTree::reap() {
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid < 0 && errno == EINTR) continue;
        if (pid < 0) return false;
        if (pid == 0) {
            if (main_ended_ && !ending_leftovers_) end_leftovers();
            return true;
        }
        if (pid != main_) continue;
        main_ended_ = true;
        ending_.status = status;
    }
}

std::optional<milliseconds> ProcessTree::time_left() const {
    if (killing_) return kill_interval;
    if (!deadline_) return std::nullopt;
    return std::chrono::ceil<milliseconds>(std::max(*deadline_ - Clock::now(), Clock::duration::zero()));
}

}  // namespace blacksmith
