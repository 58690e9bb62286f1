#pragma once

#include <functional>

#include "core/descriptor.hpp"
#include "supervisor/options.hpp"

namespace blacksmith {

/**
 * What the trainer's process does; its result is its exit status.
 *
 * @param box the ruleset that it has to enter; one that owns nothing: none
 */
using Trainer = std::function<int(const Descriptor& box)>;

/**
 * Stands between the executor and the trainer, so that nothing that the trainer starts is left behind. Two
 * processes watch over each other: the outer one, which the executor knows, holds the leases and dies with
 * the executor; the inner one is the trainer's parent. If either is killed, the other ends the whole tree at
 * once. If both are, the trainer gets SIGKILL from the kernel, and its workers are found by the variable
 * BLACKSMITH_LEASE before anybody gets the devices again.
 *
 * With a box the trainer, and all that it starts, reaches only what the rules of the file allow
 * (core/box_rules.hpp). The two processes stay outside: they look into /proc, kill, and write leases.
 *
 * The calling process, which has one thread, becomes the outer one, and ends as the trainer ends. Throws
 * std::runtime_error, or what the box's rules throw, before anything is started.
 */
[[noreturn]] void supervise(const SupervisorOptions& options, const Trainer& run);

}  // namespace blacksmith
