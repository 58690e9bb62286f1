#include <algorithm>
#include <map>

#include "core/inventory.hpp"
#include "core/nvidia.hpp"
#include "core/sampler.hpp"
#include "core/tenstorrent.hpp"

namespace blacksmith {
namespace {

struct CoreTimes {
    long long busy = 0;
    long long total = 0;
};

/** Ticks since boot of these cores together, from /proc/stat: user nice system idle iowait irq softirq steal.
 */
CoreTimes core_times(const std::vector<int>& cores, const Roots& roots) {
    constexpr std::size_t whole_file = 1 << 18;
    CoreTimes times;
    for (const auto& line : split(read_text(roots.proc + "/stat", whole_file).text, '\n')) {
        const auto fields = split(line, ' ');
        if (fields.size() < 9 || !fields[0].starts_with("cpu")) continue;
        const auto core = parse_number(fields[0].substr(3));
        if (!core || std::find(cores.begin(), cores.end(), *core) == cores.end()) continue;
        for (std::size_t i = 1; i <= 8; ++i) {
            const long long ticks = parse_number(fields[i]).value_or(0);
            times.total += ticks;
            if (i != 4 && i != 5) times.busy += ticks;
        }
    }
    return times;
}

/** The mean of the cores' clocks; nothing in most virtual machines. */
std::optional<double> core_clock(const std::vector<int>& cores, const Roots& roots) {
    double sum = 0;
    int count = 0;
    for (const int core : cores) {
        const auto kilohertz = read_number(roots.sys + "/devices/system/cpu/cpu" + std::to_string(core) +
                                           "/cpufreq/scaling_cur_freq");
        if (kilohertz) sum += static_cast<double>(*kilohertz) * 1e-3;
        if (kilohertz) ++count;
    }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

Probe probe_for_cores(const std::vector<int>& cores, const Roots& roots) {
    const auto last = std::make_shared<CoreTimes>(core_times(cores, roots));
    return {.id = "cpu", .read = [=] {
                Sensors sensors;
                const CoreTimes now = core_times(cores, roots);
                const auto passed = static_cast<double>(now.total - last->total);
                if (passed > 0) sensors.utilization = static_cast<double>(now.busy - last->busy) / passed;
                *last = now;
                sensors.clock_mhz = core_clock(cores, roots);
                return sensors;
            }};
}

}  // namespace

std::vector<Probe> probes_for(const std::vector<std::string>& names, const std::vector<int>& cores,
                              const Roots& roots) {
    const auto wanted = [&](const Unit& unit) {
        return std::find(names.begin(), names.end(), unit.name) != names.end();
    };
    std::vector<Probe> probes;
    for (const Unit& unit : group_tenstorrent(discover_tenstorrent(roots))) {
        if (!wanted(unit)) continue;
        for (const Device& device : unit.devices) {
            probes.push_back(
                {.id = device.id, .read = [=] { return read_tenstorrent_sensors(device, roots); }});
        }
    }
    const bool with_gpu =
        std::any_of(names.begin(), names.end(), [](const auto& name) { return name.starts_with("gpu-"); });
    const auto nvidia = with_gpu ? std::make_shared<Nvidia>(roots) : nullptr;
    for (const Unit& unit : nvidia ? group_nvidia(nvidia->discover()) : std::vector<Unit>{}) {
        if (!wanted(unit)) continue;
        for (const Device& device : unit.devices) {
            probes.push_back({.id = device.id, .read = [=] { return nvidia->read_sensors(device); }});
        }
    }
    if (!cores.empty()) probes.push_back(probe_for_cores(cores, roots));
    return probes;
}

}  // namespace blacksmith
