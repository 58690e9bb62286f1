#include "core/nvidia.hpp"

#include <algorithm>
#include <array>

namespace blacksmith {
namespace {

constexpr unsigned gpu_sensor = 0;       // NVML_TEMPERATURE_GPU
constexpr unsigned processor_clock = 1;  // NVML_CLOCK_SM
constexpr std::size_t most_processes = 4096;

constexpr const char* lost_remedy = "see `nvidia-smi`; a GPU that is lost needs a restart of the machine";

/** The longest of NVML's texts is a name of 96 bytes. */
template <typename Read>
std::string text_from(Read read) {
    std::array<char, 96> text{};
    return read(text.data(), static_cast<unsigned>(text.size())) == Nvml::success ? std::string(text.data())
                                                                                  : "";
}

std::optional<double> temperature(const Nvml& nvml, NvmlHandle* handle) {
    Nvml::Temperature reading{.version = 12U | 1U << 24U, .sensor = gpu_sensor, .celsius = 0};
    if (nvml.temperature_v && nvml.temperature_v(handle, &reading) == Nvml::success) return reading.celsius;
    unsigned celsius = 0;
    if (nvml.temperature && nvml.temperature(handle, gpu_sensor, &celsius) == Nvml::success) return celsius;
    return std::nullopt;
}

void read_memory(const Nvml& nvml, NvmlHandle* handle, Sensors& sensors) {
    Nvml::MemoryV2 second{.version = 40U | 2U << 24U, .total = 0, .reserved = 0, .free = 0, .used = 0};
    Nvml::Memory first{};
    if (nvml.memory_v2 && nvml.memory_v2(handle, &second) == Nvml::success) {
        sensors.memory_used_bytes = static_cast<double>(second.used);
        sensors.memory_total_bytes = static_cast<double>(second.total);
    } else if (nvml.memory && nvml.memory(handle, &first) == Nvml::success) {
        sensors.memory_used_bytes = static_cast<double>(first.used);
        sensors.memory_total_bytes = static_cast<double>(first.total);
    }
}

/** Asks again with more room while the list grows. */
template <typename Record>
std::vector<pid_t> pids_of(Nvml::Result (*list)(NvmlHandle*, unsigned*, Record*), NvmlHandle* handle) {
    std::vector<Record> records(64);
    unsigned count = 0;
    while (records.size() <= most_processes) {
        count = static_cast<unsigned>(records.size());
        const auto result = list(handle, &count, records.data());
        if (result == Nvml::success) break;
        if (result != Nvml::insufficient_size) return {};
        records.resize(records.size() * 4);
    }
    std::vector<pid_t> pids;
    for (unsigned i = 0; i < std::min<std::size_t>(count, records.size()); ++i) {
        pids.push_back(static_cast<pid_t>(records[i].pid));
    }
    return pids;
}

}  // namespace

Nvidia::Nvidia(const Roots& roots) : nvml_(Nvml::load(roots.nvml, problem_)) {
    if (nvml_) enumerate();
}

void Nvidia::enumerate() {
    unsigned count = 0;
    if (nvml_->device_count(&count) != Nvml::success) return;
    for (unsigned index = 0; index < count; ++index) {
        NvmlHandle* handle = nullptr;
        const auto got = nvml_->handle_by_index(index, &handle);
        Device card;
        card.kind = "gpu";
        if (got != Nvml::success) {
            card.id = "gpu-" + std::to_string(index);
            card.fault = Fault{.reason = nvml_->error_string(got), .remedy = lost_remedy};
            devices_.emplace_back(card, nullptr);
            continue;
        }
        card.id = text_from([&](char* text, unsigned size) { return nvml_->uuid(handle, text, size); });
        card.model = text_from([&](char* text, unsigned size) { return nvml_->name(handle, text, size); });
        Nvml::PciInfo pci{};
        if (nvml_->pci_info(handle, &pci) == Nvml::success) card.pci_address = pci.bus_id;

        unsigned mig = 0;
        unsigned pending = 0;
        unsigned most = 0;
        const bool in_mig_mode = nvml_->mig_mode && nvml_->max_mig_devices && nvml_->mig_handle_by_index &&
                                 nvml_->mig_mode(handle, &mig, &pending) == Nvml::success && mig == 1 &&
                                 nvml_->max_mig_devices(handle, &most) == Nvml::success;
        if (in_mig_mode) {
            add_instances(card, handle, most);
        } else {
            devices_.emplace_back(card, handle);
        }
    }
}

void Nvidia::add_instances(const Device& card, NvmlHandle* handle, unsigned most) {
    for (unsigned index = 0; index < most; ++index) {
        NvmlHandle* part = nullptr;
        if (nvml_->mig_handle_by_index(handle, index, &part) != Nvml::success) continue;
        Device device = card;
        device.mig = true;
        device.id = text_from([&](char* text, unsigned size) { return nvml_->uuid(part, text, size); });
        const auto name = text_from([&](char* text, unsigned size) { return nvml_->name(part, text, size); });
        if (!name.empty()) device.model = name;
        devices_.emplace_back(device, part);
    }
}

std::vector<Device> Nvidia::discover() const {
    std::vector<Device> devices;
    for (const auto& [device, handle] : devices_) devices.push_back(device);
    return devices;
}

NvmlHandle* Nvidia::handle_of(const Device& device) const {
    for (const auto& [candidate, handle] : devices_) {
        if (candidate.id == device.id) return handle;
    }
    return nullptr;
}

Sensors Nvidia::read_sensors(const Device& device) const {
    Sensors sensors;
    NvmlHandle* handle = handle_of(device);
    if (handle == nullptr) return sensors;
    sensors.temperature_celsius = temperature(*nvml_, handle);
    read_memory(*nvml_, handle, sensors);
    unsigned number = 0;
    if (nvml_->power_usage && nvml_->power_usage(handle, &number) == Nvml::success) {
        sensors.power_watts = number * 1e-3;  // mW
    }
    if (nvml_->clock && nvml_->clock(handle, processor_clock, &number) == Nvml::success)
        sensors.clock_mhz = number;
    Nvml::Utilization busy{};
    if (nvml_->utilization && nvml_->utilization(handle, &busy) == Nvml::success) {
        sensors.utilization = busy.gpu / 100.0;
    }
    return sensors;
}

std::vector<pid_t> Nvidia::processes(const Device& device) const {
    NvmlHandle* handle = handle_of(device);
    if (handle == nullptr) return {};
    if (nvml_->processes) return pids_of(nvml_->processes, handle);
    if (nvml_->processes_v1) return pids_of(nvml_->processes_v1, handle);
    return {};
}

std::optional<Fault> Nvidia::check(const Device& device) const {
    if (device.fault) return device.fault;
    NvmlHandle* handle = handle_of(device);
    if (handle == nullptr) {
        return Fault{
            .reason = "NVML does not show it any more" + (problem_.empty() ? "" : " (" + problem_ + ")"),
            .remedy = lost_remedy};
    }
    Nvml::Memory memory{};
    const auto answer = nvml_->memory ? nvml_->memory(handle, &memory) : Nvml::success;
    if (answer == Nvml::success || answer == Nvml::not_supported) return std::nullopt;
    return Fault{.reason = "NVML cannot read its memory: " + std::string(nvml_->error_string(answer)),
                 .remedy = "try `nvidia-smi --gpu-reset -i " + device.id + "`, or restart the machine"};
}

std::string Nvidia::driver_version() const {
    if (!nvml_ || !nvml_->driver_version) return "";
    return text_from([&](char* text, unsigned size) { return nvml_->driver_version(text, size); });
}

std::vector<Unit> Nvidia::units() const {
    std::vector<Unit> units;
    for (const Device& device : discover())
        units.push_back({.name = "gpu-" + device.id, .kind = "gpu", .devices = {device}});
    return units;
}

std::shared_ptr<const Cards> look_for_nvidia(const Roots& roots) {
    return std::make_shared<Nvidia>(roots);
}

}  // namespace blacksmith
