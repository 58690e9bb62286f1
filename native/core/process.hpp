#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace blacksmith {

/**
 * One process for ever: a pid alone may be reused, and means nothing in another PID namespace or after a
 * restart of the machine.
 */
struct ProcessIdentity {
    pid_t pid = 0;
    /** Clock ticks from boot to the process's start: field 22 of /proc/<pid>/stat. */
    unsigned long long start = 0;
    /** /proc/sys/kernel/random/boot_id. */
    std::string boot;
    /** The link /proc/self/ns/pid: `pid:[4026531836]`. */
    std::string pid_namespace;
};

ProcessIdentity identity_of(pid_t pid);
const ProcessIdentity& own_identity();

enum class Life { alive, stopped, dead, unknown };

/** `unknown` for a process of another PID namespace; a zombie is dead. */
Life life_of(const ProcessIdentity& process);

/** The program's name, for people; empty when the process is gone. */
std::string command_of(pid_t pid);

enum class Carries { yes, no, undecided };

/**
 * Whether the environment that a process was started with holds `NAME=value`: `no` when we may not look,
 * `undecided` while it starts a program, which hides the environment for a moment.
 */
Carries carries(pid_t pid, const std::string& name, const std::string& value);

/**
 * Files that were in a directory, have been deleted, and are held open still: by the path that each had, the
 * processes; only those that we may look into.
 */
std::map<std::string, std::vector<pid_t>> processes_with_deleted_files(const std::string& directory);

/** Every pid in /proc. */
std::vector<pid_t> all_processes();

/** Children, their children and so on, parents first; orphans count as children of their subreaper. */
std::vector<pid_t> descendants_of(pid_t ancestor);

/** `123 (python3)`, joined by commas. */
std::string describe(const std::vector<pid_t>& processes);

}  // namespace blacksmith
