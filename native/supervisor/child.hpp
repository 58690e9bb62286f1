#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/descriptor.hpp"

namespace blacksmith {

/**
 * Forks; the child gets `signal` when this process dies, also if that happened before it could ask for it,
 * and a process group of its own, so that a Ctrl-C at the terminal comes through us alone.
 *
 * @param run what the child does; its result is the child's exit status
 * @return the child's pid; throws std::system_error when there can be no new process
 */
pid_t fork_child(int signal, const std::function<int()>& run);

/**
 * Replaces this process; returns the exit status of a shell for a command that cannot be run.
 *
 * @param box the ruleset that the command is held to; one that owns nothing: none
 */
int execute(const std::vector<std::string>& command, const std::vector<std::string>& unset,
            const Descriptor& box);

/** Closes everything but standard error and `kept`: pipes must end when the trainer's side ends. */
void close_all_but(const std::vector<int>& kept);

/** Ends this process in the way that `wait_status` says: the same exit code, or the same signal. */
[[noreturn]] void end_like(int wait_status);

}  // namespace blacksmith
