// blacksmith-supervise [--parent PID] [--cpus 0,1] [--unset A,B] [--grace-ms N] [--box FILE] -- command…
#include <cstdio>
#include <stdexcept>

#include "supervisor/child.hpp"
#include "supervisor/options.hpp"
#include "supervisor/supervise.hpp"

namespace {

constexpr int usage_error = 125;

}  // namespace

int main(int count, char** values) {
    using namespace blacksmith;
    try {
        const SupervisorOptions options = parse_options({values + 1, values + count});
        supervise(options,
                  [&](const Descriptor& box) { return execute(options.command, options.unset, box); });
    } catch (const std::exception& error) {
        std::fprintf(stderr, "blacksmith-supervise: %s\n", error.what());
        return usage_error;
    }
}
