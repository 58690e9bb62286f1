#include "core/inventory.hpp"

#include <unistd.h>

#include <memory>
#include <utility>

#include "core/card_kind.hpp"

namespace blacksmith {
namespace {

/** The unit of this name, and the look that found it. */
struct Found {
    std::shared_ptr<const Cards> cards;
    Unit unit;
};

std::optional<Found> find_unit(const std::string& name, const Roots& roots) {
    for (const CardKind& kind : card_kinds()) {
        if (!is_of_kind(name, kind)) continue;
        const auto cards = kind.look(roots);
        for (const Unit& unit : cards->units()) {
            if (unit.name == name) return Found{.cards = cards, .unit = unit};
        }
    }
    return std::nullopt;
}

}  // namespace

Inventory take_inventory(const Roots& roots) {
    Inventory inventory;
    for (const CardKind& kind : card_kinds()) {
        const auto cards = kind.look(roots);
        for (Unit& unit : cards->units()) inventory.units.push_back(std::move(unit));
        inventory.drivers[std::string(kind.name)] = {.version = cards->driver_version(),
                                                     .problem = cards->problem()};
    }
    return inventory;
}

Inspection inspect(const std::string& name, bool thorough, const Roots& roots) {
    const auto found = find_unit(name, roots);
    Inspection inspection;
    if (!found) {
        inspection.fault = Fault{.reason = "it is not there any more",
                                 .remedy = "restart the machine; see `npx blacksmith doctor`"};
        return inspection;
    }
    const auto& [cards, unit] = *found;
    for (const Device& device : unit.devices) {
        for (const pid_t pid : cards->processes(device)) {
            if (pid != ::getpid()) inspection.strangers.push_back(pid);
        }
    }
    // A card that somebody uses is not touched.
    if (!inspection.strangers.empty()) return inspection;
    for (const Device& device : unit.devices) {
        if (!inspection.fault) inspection.fault = device.fault;
        if (!thorough || inspection.fault) continue;
        inspection.fault = cards->check(device);
    }
    return inspection;
}

}  // namespace blacksmith
