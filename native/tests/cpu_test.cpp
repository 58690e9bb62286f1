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

/** A tree of control groups around this process. */
struct Groups {
    const TemporaryFolder box;
    Roots roots;

    explicit Groups(const std::string& own) {
        roots.sys = box / "sys";
        roots.proc = box / "proc";
        box.write("proc/self/cgroup", own);
    }

    Groups& with(const std::string& file, const std::string& text) {
        box.write("sys/fs/cgroup/" + file, text + "\n");
        return *this;
    }

    /** In thousandths of a CPU; -1 without a limit. */
    int quota() const {
        const auto limit = cpu_quota(roots);
        return limit ? static_cast<int>(*limit * 1000) : -1;
    }
};

TEST("the smallest quota of the cgroup and of those above it counts, and of no other") {
    const std::string own = "0::/user.slice/run.scope\n";
    CHECK_EQUAL(Groups(own).quota(), -1);
    CHECK_EQUAL(Groups(own).with("user.slice/run.scope/cpu.max", "max 100000").quota(), -1);
    CHECK_EQUAL(Groups(own).with("user.slice/other.scope/cpu.max", "50000 100000").quota(), -1);
    CHECK_EQUAL(Groups(own).with("user.slice/run.scope/cpu.max", "50000 100000").quota(), 500);
    CHECK_EQUAL(Groups(own)
                    .with("user.slice/run.scope/cpu.max", "300000 100000")
                    .with("user.slice/cpu.max", "150000 100000")
                    .with("cpu.max", "200000 100000")
                    .quota(),
                1500);
    // A container's own group is what is mounted.
    CHECK_EQUAL(Groups("0::/\n").with("cpu.max", "50000 100000").quota(), 500);
    CHECK_EQUAL(Groups("0::/../elsewhere\n").with("cpu.max", "50000 100000").quota(), 500);
    CHECK_EQUAL(Groups(own).with("user.slice/cpu.max", "what").with("cpu.max", "1 0").quota(), -1);
}

TEST("the quota of a version 1 cgroup counts too, by whichever name it is mounted") {
    for (const std::string mount : {"cpu", "cpu,cpuacct"}) {
        const auto groups = [&](const std::string& quota) {
            return Groups("3:cpu,cpuacct:/job/step\n2:memory:/job\n0::/\n")
                .with(mount + "/job/cpu.cfs_quota_us", quota)
                .with(mount + "/job/cpu.cfs_period_us", "100000")
                .with(mount + "/job/step/cpu.cfs_quota_us", "-1")
                .with(mount + "/job/step/cpu.cfs_period_us", "100000")
                .quota();
        };
        CHECK_EQUAL(groups("25000"), 250);
        CHECK_EQUAL(groups("-1"), -1);
    }
    const std::string both = "3:memory:/\n0::/job\n";
    CHECK_EQUAL(Groups(both).with("unified/job/cpu.max", "50000 100000").quota(), 500);
}

TEST("a quota limits how many cores there are, and never to none") {
    const std::string own = "0::/job\n";
    const auto all = usable_cores(Groups(own).roots).size();
    const auto cores = [&](const std::string& limit) {
        return usable_cores(Groups(own).with("job/cpu.max", limit).roots).size();
    };
    CHECK_EQUAL(cores("50000 100000"), 1U);
    CHECK_EQUAL(cores("150000 100000"), std::min<std::size_t>(all, 2));
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
