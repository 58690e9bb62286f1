#include <algorithm>
#include <memory>

#include "core/card_kind.hpp"
#include "core/sampler.hpp"

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
    std::vector<Probe> probes;
    for (const CardKind& kind : card_kinds()) {
        const auto ours = [&](const std::string& name) { return is_of_kind(name, kind); };
        if (std::none_of(names.begin(), names.end(), ours)) continue;
        const auto cards = kind.look(roots);
        for (const Unit& unit : cards->units()) {
            if (std::find(names.begin(), names.end(), unit.name) == names.end()) continue;
            for (const Device& device : unit.devices) {
                probes.push_back({.id = device.id, .read = [=] { return cards->read_sensors(device); }});
            }
        }
    }
    if (!cores.empty()) probes.push_back(probe_for_cores(cores, roots));
    return probes;
}

}  // namespace blacksmith
