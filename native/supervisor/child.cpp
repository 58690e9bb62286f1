#include "supervisor/child.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "core/landlock.hpp"
#include "core/text_file.hpp"

namespace blacksmith {
namespace {

constexpr int cannot_run = 126;
constexpr int not_found = 127;

}  // namespace

pid_t fork_child(int signal, const std::function<int()>& run) {
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child > 0) {
        // In both processes, so that the group is there whichever goes on first.
        ::setpgid(child, child);
        return child;
    }
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, signal);
    if (::getppid() != parent) ::_exit(cannot_run);
    ::_exit(run());
}

int execute(const std::vector<std::string>& command, const std::vector<std::string>& unset,
            const Descriptor& box) {
    for (const auto& name : unset) ::unsetenv(name.c_str());
    std::vector<char*> arguments;
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    if (box && !enter_box(box)) {
        std::fprintf(stderr, "blacksmith-supervise: cannot enter the box: %s\n", std::strerror(errno));
        return cannot_run;
    }
    ::execvp(arguments[0], arguments.data());
    std::fprintf(stderr, "blacksmith-supervise: cannot start %s: %s\n", arguments[0], std::strerror(errno));
    return errno == ENOENT ? not_found : cannot_run;
}

void close_all_but(const std::vector<int>& kept) {
    for (const auto& name : list_directory("/proc/self/fd")) {
        const int descriptor = static_cast<int>(parse_number(name).value_or(-1));
        if (descriptor < 0 || descriptor == STDERR_FILENO) continue;
        if (std::find(kept.begin(), kept.end(), descriptor) == kept.end()) ::close(descriptor);
    }
}

void end_like(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        const int number = WTERMSIG(wait_status);
        // The trainer has left the core dump if there is to be one; ours would say nothing.
        const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        ::signal(number, SIG_DFL);
        sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, number);
        ::kill(::getpid(), number);
        ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
        ::_exit(128 + number);
    }
    ::_exit(WEXITSTATUS(wait_status));
}

}  // namespace blacksmith
