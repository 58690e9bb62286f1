#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/card_kind.hpp"
#include "core/device.hpp"
#include "core/nvml.hpp"
#include "core/roots.hpp"

namespace blacksmith {

/** The GPUs of a box at one moment, through NVML, which stays loaded for as long as this lives. */
class Nvidia final : public Cards {
public:
    explicit Nvidia(const Roots& roots = {});

    std::vector<Unit> units() const override;

    /** Whole GPUs, and for those in MIG mode (R450) their instances instead. */
    std::vector<Device> discover() const;

    /** Under MIG the driver gives no utilisation. */
    Sensors read_sensors(const Device& device) const override;

    /** Processes that compute on it, as the driver numbers them: in the host's PID namespace. */
    std::vector<pid_t> processes(const Device& device) const override;

    std::optional<Fault> check(const Device& device) const override;

    /** Why there are none: the library is missing, or the driver does not answer. Empty when all is well. */
    std::string problem() const override { return problem_; }
    std::string driver_version() const override;

private:
    void enumerate();
    void add_instances(const Device& card, NvmlHandle* handle, unsigned most);
    NvmlHandle* handle_of(const Device& device) const;

    std::string problem_;
    std::shared_ptr<Nvml> nvml_;
    std::vector<std::pair<Device, NvmlHandle*>> devices_;
};

std::shared_ptr<const Cards> look_for_nvidia(const Roots& roots);

}  // namespace blacksmith
