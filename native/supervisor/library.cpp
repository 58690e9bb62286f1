// The supervisor for a process that goes on as the trainer itself, with what it has loaded, in place of
// starting a program: blacksmith/training/warm.py calls it in a fork of its own.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "core/landlock.hpp"
#include "supervisor/options.hpp"
#include "supervisor/supervise.hpp"

namespace blacksmith {
namespace {

constexpr int usage_error = 125;
constexpr int cannot_run = 126;

int run_boxed(const Descriptor& box, int (*trainer)()) {
    if (box && !enter_box(box)) {
        std::fprintf(stderr, "blacksmith-supervise: cannot enter the box: %s\n", std::strerror(errno));
        return cannot_run;
    }
    return trainer();
}

}  // namespace
}  // namespace blacksmith

/**
 * Supervises `trainer`, which is called in a process of its own, in its box. Never returns: the caller ends
 * as the trainer ends.
 *
 * @param values options as of blacksmith-supervise, and `--` with a command, which is not started
 */
extern "C" [[noreturn]] void blacksmith_supervise(int count, char** values, int (*trainer)()) {
    using namespace blacksmith;
    try {
        supervise(parse_options({values, values + count}),
                  [&](const Descriptor& box) { return run_boxed(box, trainer); });
    } catch (const std::exception& error) {
        std::fprintf(stderr, "blacksmith-supervise: %s\n", error.what());
        std::fflush(stderr);
        ::_exit(usage_error);
    }
}
