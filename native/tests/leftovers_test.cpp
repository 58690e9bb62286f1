#include "core/leftovers.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "core/process.hpp"
#include "tests/check.hpp"

namespace blacksmith::tests {
namespace {

/** A shell, with nothing in its environment but the lease, and the script as $SCRIPT. */
pid_t start_shell(const std::string& lease, const std::string& script) {
    std::string tag = "BLACKSMITH_LEASE=" + lease;
    std::string variable = "SCRIPT=" + script;
    char* environment[] = {tag.data(), variable.data(), nullptr};
    std::string name = "sh";
    std::string flag = "-c";
    std::string text = script;
    char* arguments[] = {name.data(), flag.data(), text.data(), nullptr};
    pid_t pid = 0;
    CHECK_EQUAL(::posix_spawn(&pid, "/bin/sh", nullptr, nullptr, arguments, environment), 0);
    return pid;
}

/** Ends the shell if it lives still, so that a failed test leaves nothing behind. */
bool survived(pid_t pid) {
    const bool lives = life_of(identity_of(pid)) != Life::dead;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return lives;
}

TEST("processes of a dead lease are killed, and those of another are left alone") {
    const pid_t mine = start_shell("leftovers-test-1", "exec sleep 60");
    const pid_t other = start_shell("leftovers-test-2", "exec sleep 60");
    end_leftovers("leftovers-test-1");
    const bool other_lives = survived(other);
    CHECK(!survived(mine));
    CHECK(other_lives);
}

TEST("one that starts programs without end, and shows no environment at times, is killed too") {
    for (int round = 0; round < 40; ++round) {
        const std::string lease = "leftovers-test-3-" + std::to_string(round);
        const pid_t pid = start_shell(lease, "exec sh -c \"$SCRIPT\"");
        end_leftovers(lease);
        CHECK(!survived(pid));
    }
}

}  // namespace
}  // namespace blacksmith::tests
