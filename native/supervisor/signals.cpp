#include "supervisor/signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace blacksmith {
namespace {

sigset_t handled() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD, outer_died_signal()}) {
        ::sigaddset(&set, signal);
    }
    return set;
}

}  // namespace

int outer_died_signal() {
    return SIGUSR1;
}

Signals::Signals() {
    const sigset_t set = handled();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    // Whoever started us may have ignored these; then they would never be read. An ignored SIGHUP (nohup)
    // stays ignored.
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT}) ::signal(signal, SIG_DFL);
    ::signal(SIGPIPE, SIG_IGN);
    descriptor_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!descriptor_) throw std::system_error(errno, std::generic_category(), "signalfd");
}

std::optional<int> Signals::next(std::optional<std::chrono::milliseconds> timeout) {
    pollfd waiting{.fd = descriptor_.get(), .events = POLLIN, .revents = 0};
    const int milliseconds = timeout ? static_cast<int>(std::max<long long>(0, timeout->count())) : -1;
    if (::poll(&waiting, 1, milliseconds) <= 0) return std::nullopt;
    signalfd_siginfo info{};
    if (::read(descriptor_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
        return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

void Signals::restore_defaults() {
    ::signal(SIGPIPE, SIG_DFL);
    const sigset_t set = handled();
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace blacksmith
