#include "core/cpu.hpp"

#include <sched.h>

#include "tests/check.hpp"
#include "tests/fixture.hpp"

namespace blacksmith::tests {
namespace {

/** Runs a check in a child that may use the first `count` cores only. */
int with_affinity(int count, const std::function<int()>& check) {
    return wait_for(in_child([&] {
        cpu_set_t set;
        CPU_ZERO(&set);
        for (int cpu = 0; cpu < count; ++cpu) CPU_SET(cpu, &set);
        if (::sched_setaffinity(0, sizeof set, &set) != 0) return 98;
        return check();
    }));
}

TEST("lists of CPUs are read as the kernel writes them") {
    const auto cpus = parse_cpu_list("0-2,5,8-9");
    CHECK_EQUAL(cpus.size(), 6U);
    CHECK_EQUAL(cpus[3], 5);
    CHECK_EQUAL(parse_cpu_list("").size(), 0U);
    CHECK_EQUAL(parse_cpu_list("x,3-").size(), 0U);
}

TEST("the usable cores are those of the affinity") {
    CHECK_EQUAL(
        with_affinity(1, [] { return usable_cores().size() == 1U && usable_cores()[0] == 0 ? 0 : 1; }), 0);
}

TEST("a quota of the cgroup or of one above it limits how many cores there are, and never to none") {
    const TemporaryFolder box;
    Roots roots;
    roots.sys = box / "sys";
    roots.proc = box / "proc";
    box.write("proc/self/cgroup", "0::/user.slice/run.scope\n");
    box.write("sys/fs/cgroup/user.slice/run.scope/cpu.max", "max 100000\n");
    const auto all = usable_cores(roots).size();
    box.write("sys/fs/cgroup/user.slice/cpu.max", "50000 100000\n");
    CHECK_EQUAL(usable_cores(roots).size(), 1U);
    box.write("sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n");
    CHECK_EQUAL(usable_cores(roots).size(), std::min<std::size_t>(all, 2));
}

TEST("the quota of a version 1 cgroup counts too") {
    const TemporaryFolder box;
    Roots roots;
    roots.sys = box / "sys";
    roots.proc = box / "proc";
    box.write("proc/self/cgroup", "3:cpu,cpuacct:/job\n2:memory:/job\n");
    box.write("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "100000\n");
    box.write("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
    CHECK_EQUAL(usable_cores(roots).size(), 1U);
}

TEST("first hyperthreads come before second ones") {
    if (usable_cores().size() < 2) return;
    const TemporaryFolder box;
    Roots roots;
    roots.sys = box / "sys";
    roots.proc = box / "proc";
    // CPU 0 is the second thread of a core whose first is another.
    box.write("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "64,0\n");
    box.write("sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "1,65\n");
    CHECK_EQUAL(usable_cores(roots).back(), 0);
}

}  // namespace
}  // namespace blacksmith::tests
