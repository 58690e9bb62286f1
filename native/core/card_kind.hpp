#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/device.hpp"
#include "core/roots.hpp"

namespace blacksmith {

/** The cards of one kind as one look at a box finds them; what their driver needs stays open with it. */
class Cards {
public:
    Cards() = default;
    Cards(const Cards&) = delete;
    Cards& operator=(const Cards&) = delete;
    virtual ~Cards() = default;

    /** What of them is leased as one. Opens no device, and never fails: a card that is sick has a fault. */
    virtual std::vector<Unit> units() const = 0;

    /** Processes that have the card in use, each once; 0 stands for one outside our PID namespace. */
    virtual std::vector<pid_t> processes(const Device& device) const = 0;

    /** What is wrong with the card; takes up to 1.5 s. */
    virtual std::optional<Fault> check(const Device& device) const = 0;

    virtual Sensors read_sensors(const Device& device) const = 0;

    /** Empty where there is no driver, or it does not say. */
    virtual std::string driver_version() const = 0;

    /** Why there are none though there might be; empty when all is well. */
    virtual std::string problem() const = 0;
};

/** A kind of card. */
struct CardKind {
    /** Names of its units begin with it and a hyphen: `tt-0000:02:00.0`. */
    std::string_view name;
    std::shared_ptr<const Cards> (*look)(const Roots& roots);
};

/** Every kind of card that there is. */
std::span<const CardKind> card_kinds();

/** Whether a unit of this name would be of this kind. */
bool is_of_kind(const std::string& unit, const CardKind& kind);

}  // namespace blacksmith
