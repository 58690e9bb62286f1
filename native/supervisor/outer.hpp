#pragma once

#include <sys/types.h>

#include "supervisor/signals.hpp"

namespace blacksmith {

/**
 * The outer process's watch: passes each request to stop on to the inner one, and once that has ended, in
 * whatever way, kills what is left. Returns the inner one's status when no descendant is left.
 */
int watch_inner(pid_t inner, Signals& signals);

}  // namespace blacksmith
