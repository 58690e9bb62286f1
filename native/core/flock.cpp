#include "core/flock.hpp"

#include <sys/file.h>

#include <cerrno>
#include <system_error>

namespace blacksmith {

bool try_flock(int descriptor, LockMode mode) {
    const int operation = (mode == LockMode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    for (;;) {
        if (::flock(descriptor, operation) == 0) return true;
        if (errno == EWOULDBLOCK) return false;
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "flock");
    }
}

}  // namespace blacksmith
