#include "core/cpu.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <system_error>
#include <utility>

#include "core/text_file.hpp"

namespace blacksmith {
namespace {

constexpr int most_cpus = 1 << 16;

/** Where control groups may limit the time of CPUs: version 2, alone or beside version 1, and version 1. */
constexpr std::array<std::pair<const char*, const char*>, 4> hierarchies{
    {{"", ""}, {"", "/unified"}, {"cpu", "/cpu"}, {"cpu", "/cpu,cpuacct"}}};

std::vector<int> affinity() {
    // The mask's size is the kernel's matter: grow until it fits.
    for (int count = 1024; count <= most_cpus; count *= 2) {
        cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(count));
        const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(count));
        std::vector<int> cpus;
        const bool read = ::sched_getaffinity(0, size, set) == 0;
        const int error = errno;
        for (int cpu = 0; read && cpu < count; ++cpu) {
            if (CPU_ISSET_S(static_cast<std::size_t>(cpu), size, set)) cpus.push_back(cpu);
        }
        CPU_FREE(set);
        if (read) return cpus;
        if (error != EINVAL) throw std::system_error(error, std::generic_category(), "sched_getaffinity");
    }
    throw std::system_error(EINVAL, std::generic_category(), "sched_getaffinity");
}

/** Which of a physical core's hyperthreads this one is, from 0; 0 where the kernel does not say. */
int sibling_rank(const Roots& roots, int cpu) {
    const auto list = read_line(roots.sys + "/devices/system/cpu/cpu" + std::to_string(cpu) +
                                "/topology/thread_siblings_list");
    const auto siblings = parse_cpu_list(list.value_or(""));
    return static_cast<int>(std::find(siblings.begin(), siblings.end(), cpu) - siblings.begin());
}

/** The path of our cgroup in the hierarchy of `controller` (empty: version 2). */
std::optional<std::string> cgroup_path(const Roots& roots, const std::string& controller) {
    const auto text = read_line(roots.proc + "/self/cgroup");
    for (const auto& line : split(text.value_or(""), '\n')) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const auto controllers = split(line.substr(first + 1, second - first - 1), ',');
        const bool matches = controller.empty() ? controllers.empty()
                                                : std::find(controllers.begin(), controllers.end(),
                                                            controller) != controllers.end();
        if (matches) return line.substr(second + 1);
    }
    return std::nullopt;
}

/** CPUs' worth of time that the folder of a cgroup allows; nothing when it sets no limit. */
std::optional<double> quota_in(const std::string& folder) {
    const auto version2 = split(read_line(folder + "/cpu.max").value_or(""), ' ');
    if (version2.size() == 2) {
        const auto quota = parse_number(version2[0]);
        const auto period = parse_number(version2[1]);
        if (quota && period && *period > 0) return static_cast<double>(*quota) / static_cast<double>(*period);
        return std::nullopt;
    }
    const auto quota = read_number(folder + "/cpu.cfs_quota_us");
    const auto period = read_number(folder + "/cpu.cfs_period_us");
    if (quota && period && *quota > 0 && *period > 0) {
        return static_cast<double>(*quota) / static_cast<double>(*period);
    }
    return std::nullopt;
}

}  // namespace

std::vector<int> parse_cpu_list(const std::string& text) {
    std::vector<int> cpus;
    for (const auto& part : split(text, ',')) {
        const auto dash = part.find('-');
        const auto from = parse_number(part.substr(0, dash));
        const auto to = dash == std::string::npos ? from : parse_number(part.substr(dash + 1));
        if (!from || !to || *from < 0 || *to >= most_cpus) continue;
        for (auto cpu = *from; cpu <= *to; ++cpu) cpus.push_back(static_cast<int>(cpu));
    }
    return cpus;
}

std::optional<double> cpu_quota(const Roots& roots) {
    std::optional<double> smallest;
    for (const auto& [controller, mount] : hierarchies) {
        auto path = cgroup_path(roots, controller);
        while (path) {
            // In a container the path may lie outside what is mounted; then only the mount's own files count.
            const auto limit = quota_in(roots.sys + "/fs/cgroup" + mount + *path);
            if (limit && (!smallest || *limit < *smallest)) smallest = limit;
            const auto slash = path->rfind('/');
            if (path->size() <= 1 || slash == std::string::npos) break;
            path->resize(slash == 0 ? 1 : slash);
        }
    }
    return smallest;
}

std::vector<int> usable_cores(const Roots& roots) {
    std::vector<std::pair<int, int>> ranked;
    for (const int cpu : affinity()) ranked.emplace_back(sibling_rank(roots, cpu), cpu);
    std::sort(ranked.begin(), ranked.end());
    std::vector<int> cpus;
    for (const auto& [rank, cpu] : ranked) cpus.push_back(cpu);
    if (const auto limit = cpu_quota(roots)) {
        const auto most = static_cast<std::size_t>(std::max(1.0, std::ceil(*limit)));
        if (cpus.size() > most) cpus.resize(most);
    }
    return cpus;
}

}  // namespace blacksmith
