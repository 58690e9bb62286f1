#include "core/inventory.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "core/nvidia.hpp"
#include "core/tenstorrent.hpp"

namespace blacksmith {
namespace {

std::vector<Unit> join_units(std::vector<Unit> first, std::vector<Unit> second) {
    first.insert(first.end(), std::make_move_iterator(second.begin()), std::make_move_iterator(second.end()));
    return first;
}

}  // namespace

Inventory take_inventory(const Roots& roots) {
    const Nvidia nvidia(roots);
    return {
        .units = join_units(group_tenstorrent(discover_tenstorrent(roots)), group_nvidia(nvidia.discover())),
        .tenstorrent_driver = roots.line(roots.sys + "/module/tenstorrent/version").value_or(""),
        .nvidia_driver = nvidia.driver_version(),
        .nvidia_problem = nvidia.problem()};
}

Inspection inspect(const std::string& name, bool thorough, const Roots& roots) {
    const bool is_gpu = name.starts_with("gpu-");
    const std::optional<Nvidia> nvidia = is_gpu ? std::make_optional<Nvidia>(roots) : std::nullopt;
    const auto units =
        is_gpu ? group_nvidia(nvidia->discover()) : group_tenstorrent(discover_tenstorrent(roots));
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == name; });
    Inspection inspection;
    if (unit == units.end()) {
        inspection.fault = Fault{.reason = "it is not there any more",
                                 .remedy = "Restart the machine; see `npx blacksmith doctor`"};
        return inspection;
    }
    for (const Device& device : unit->devices) {
        const auto processes = is_gpu ? nvidia->processes(device) : tenstorrent_processes(device, roots);
        for (const pid_t pid : processes) {
            if (pid != ::getpid()) inspection.strangers.push_back(pid);
        }
    }
    // A card that somebody uses is not touched.
    if (!inspection.strangers.empty()) return inspection;
    for (const Device& device : unit->devices) {
        if (!inspection.fault) inspection.fault = device.fault;
        if (!thorough || inspection.fault) continue;
        inspection.fault = is_gpu ? nvidia->check(device) : check_tenstorrent(device, roots);
    }
    return inspection;
}

}  // namespace blacksmith
