#pragma once

#include <optional>
#include <vector>

#include "core/roots.hpp"

namespace blacksmith {

/**
 * Logical CPUs that this process may use: its affinity (which a cgroup's cpuset narrows too), no more of
 * them than its cgroup's CPU quota pays for. Ordered so that the first ones share no physical core: all
 * first hyperthreads come before any second one. Throws std::system_error when the kernel does not give the
 * affinity; where it reports no quotas or hyperthreads, there are none.
 */
std::vector<int> usable_cores(const Roots& roots = {});

/**
 * CPUs' worth of time (0.5: half of one) that our control group and those above it leave us, the smallest of
 * their limits, in version 1 and 2; nothing where none sets one.
 */
std::optional<double> cpu_quota(const Roots& roots = {});

/** `0-2,5` as numbers: the format of cpuset files and of thread_siblings_list. */
std::vector<int> parse_cpu_list(const std::string& text);

}  // namespace blacksmith
