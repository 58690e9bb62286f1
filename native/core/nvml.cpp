#include "core/nvml.hpp"

#include <dlfcn.h>

namespace blacksmith {
namespace {

/** Fills a pointer from the first of these names that the library has. */
template <typename Function>
void find(void* library, Function& function, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (function == nullptr) function = reinterpret_cast<Function>(::dlsym(library, name));
    }
}

}  // namespace

std::shared_ptr<Nvml> Nvml::load(const std::string& library, std::string& problem) {
    auto nvml = std::make_shared<Nvml>();
    nvml->library_ = ::dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (nvml->library_ == nullptr) {
        problem = library + " is not installed";
        return nullptr;
    }
    void* handle = nvml->library_;
    find(handle, nvml->init, {"nvmlInit_v2"});
    find(handle, nvml->shutdown, {"nvmlShutdown"});
    find(handle, nvml->error_string, {"nvmlErrorString"});
    find(handle, nvml->device_count, {"nvmlDeviceGetCount_v2"});
    find(handle, nvml->handle_by_index, {"nvmlDeviceGetHandleByIndex_v2"});
    find(handle, nvml->uuid, {"nvmlDeviceGetUUID"});
    find(handle, nvml->name, {"nvmlDeviceGetName"});
    find(handle, nvml->pci_info, {"nvmlDeviceGetPciInfo_v3"});
    if (!nvml->init || !nvml->shutdown || !nvml->error_string || !nvml->device_count ||
        !nvml->handle_by_index || !nvml->uuid || !nvml->name || !nvml->pci_info) {
        problem = library + " lacks functions that every driver since 2018 has";
        return nullptr;
    }
    find(handle, nvml->memory_v2, {"nvmlDeviceGetMemoryInfo_v2"});
    find(handle, nvml->memory, {"nvmlDeviceGetMemoryInfo"});
    find(handle, nvml->utilization, {"nvmlDeviceGetUtilizationRates"});
    find(handle, nvml->temperature_v, {"nvmlDeviceGetTemperatureV"});
    find(handle, nvml->temperature, {"nvmlDeviceGetTemperature"});
    find(handle, nvml->power_usage, {"nvmlDeviceGetPowerUsage"});
    find(handle, nvml->clock, {"nvmlDeviceGetClockInfo"});
    find(handle, nvml->processes,
         {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
    find(handle, nvml->processes_v1, {"nvmlDeviceGetComputeRunningProcesses"});
    find(handle, nvml->driver_version, {"nvmlSystemGetDriverVersion"});
    find(handle, nvml->mig_mode, {"nvmlDeviceGetMigMode"});
    find(handle, nvml->max_mig_devices, {"nvmlDeviceGetMaxMigDeviceCount"});
    find(handle, nvml->mig_handle_by_index, {"nvmlDeviceGetMigDeviceHandleByIndex"});

    const Result started = nvml->init();
    if (started != success) {
        problem = "NVML does not start: " + std::string(nvml->error_string(started));
        return nullptr;
    }
    nvml->initialized_ = true;
    return nvml;
}

Nvml::~Nvml() {
    if (initialized_) shutdown();
    if (library_ != nullptr) ::dlclose(library_);
}

}  // namespace blacksmith
