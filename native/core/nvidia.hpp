#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/device.hpp"
#include "core/nvml.hpp"
#include "core/roots.hpp"

namespace blacksmith {

/** The GPUs of a box at one moment, through NVML, which stays loaded for as long as this lives. */
class Nvidia {
public:
    explicit Nvidia(const Roots& roots = {});

    /** Whole GPUs, and for those in MIG mode (R450) their instances instead. */
    std::vector<Device> discover() const;

    /** Under MIG the driver gives no utilisation. */
    Sensors read_sensors(const Device& device) const;

    /** Processes that compute on it, as the driver numbers them: in the host's PID namespace. */
    std::vector<pid_t> processes(const Device& device) const;

    std::optional<Fault> check(const Device& device) const;

    /** Why there are none: the library is missing, or the driver does not answer. Empty when all is well. */
    const std::string& problem() const { return problem_; }
    std::string driver_version() const;

private:
    void enumerate();
    void add_instances(const Device& card, NvmlHandle* handle, unsigned most);
    NvmlHandle* handle_of(const Device& device) const;

    std::string problem_;
    std::shared_ptr<Nvml> nvml_;
    std::vector<std::pair<Device, NvmlHandle*>> devices_;
};

std::vector<Unit> group_nvidia(std::vector<Device> devices);

}  // namespace blacksmith
