#include "supervisor/supervise.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/landlock.hpp"
#include "supervisor/child.hpp"
#include "supervisor/lease_records.hpp"
#include "supervisor/outer.hpp"
#include "supervisor/signals.hpp"
#include "supervisor/tree.hpp"

namespace blacksmith {
namespace {

/** SIGTERM when the executor ends, which leaves the trainer the time to write a checkpoint. */
void end_with_parent(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (parent != 0 && ::getppid() != parent) throw std::runtime_error("its parent has ended already");
}

void bind_to(const std::vector<int>& cpus) {
    if (cpus.empty()) return;
    const auto count = static_cast<std::size_t>(*std::max_element(cpus.begin(), cpus.end())) + 1;
    cpu_set_t* set = CPU_ALLOC(count);
    const std::size_t size = CPU_ALLOC_SIZE(count);
    CPU_ZERO_S(size, set);
    for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), size, set);
    const int failed = ::sched_setaffinity(0, size, set);
    CPU_FREE(set);
    if (failed != 0)
        throw std::runtime_error(std::string("cannot bind the trainer to its cores: ") +
                                 std::strerror(errno));
}

/** Made before anything starts, so that a broken box is a usage error; owns nothing when none is asked for.
 */
Descriptor box_of(const SupervisorOptions& options) {
    if (options.box.empty()) return {};
    const BoxRules rules = read_box_rules(options.box);
    const LandlockSupport support = landlock_support();
    if (support.abi == 0) throw std::runtime_error("cannot close the box: " + support.reason);
    return make_ruleset(rules, support.abi);
}

/** Pipes to the executor must end when the trainer's side ends them, so we keep none of them open. */
void keep_only(const LeaseRecords& records, const Signals& signals) {
    std::vector<int> kept = records.descriptors();
    kept.push_back(signals.descriptor());
    close_all_but(kept);
}

/** The inner process: starts the trainer, and stays until its last descendant has ended. */
[[noreturn]] void run_inner(const SupervisorOptions& options, const Descriptor& box, const Trainer& run,
                            const LeaseRecords& records, Signals& signals) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t trainer = fork_child(SIGKILL, [&] {
        Signals::restore_defaults();
        return run(box);
    });
    keep_only(records, signals);
    const Ending ending = ProcessTree(trainer, options.grace, signals).wait();
    if (ending.disorder.empty()) {
        records.mark_ended();
    } else {
        records.mark_dirty(ending.disorder);
    }
    end_like(ending.status);
}

}  // namespace

void supervise(const SupervisorOptions& options, const Trainer& run) {
    end_with_parent(options.parent);
    const Descriptor box = box_of(options);
    ::setpgid(0, 0);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    bind_to(options.cpus);
    const char* lease = std::getenv("BLACKSMITH_LEASE");
    const auto records = LeaseRecords::inherited(lease == nullptr ? "" : lease);
    records.mark_running();
    Signals signals;
    const pid_t inner =
        fork_child(outer_died_signal(), [&]() -> int { run_inner(options, box, run, records, signals); });
    keep_only(records, signals);
    const int status = watch_inner(inner, signals);
    if (records.still_running()) records.mark_dirty("the supervisor was killed");
    end_like(status);
}

}  // namespace blacksmith
