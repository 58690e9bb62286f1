// A stand-in for libnvidia-ml.so.1 with two GPUs, the second in MIG mode with two instances. Some functions
// are absent on purpose: nvmlDeviceGetMemoryInfo_v2 and nvmlDeviceGetTemperatureV, as on older drivers.
#include <cstdio>
#include <cstring>

#include "core/nvml.hpp"

using blacksmith::Nvml;
using blacksmith::NvmlHandle;

namespace {

constexpr Nvml::Result success = Nvml::success;
constexpr Nvml::Result not_found = 6;

/** Handles are addresses in here: two cards, then two instances. */
char things[4];

int index_of(NvmlHandle* handle) {
    return static_cast<int>(reinterpret_cast<char*>(handle) - things);
}

NvmlHandle* handle_of(unsigned index) {
    return reinterpret_cast<NvmlHandle*>(things + index);
}

Nvml::Result copy(char* text, unsigned size, const char* value) {
    if (std::strlen(value) >= size) return Nvml::insufficient_size;
    std::strcpy(text, value);
    return success;
}

}  // namespace

extern "C" {

Nvml::Result nvmlInit_v2() {
    return success;
}
Nvml::Result nvmlShutdown() {
    return success;
}
const char* nvmlErrorString(Nvml::Result) {
    return "an error of the stand-in";
}
Nvml::Result nvmlSystemGetDriverVersion(char* text, unsigned size) {
    return copy(text, size, "550.54.15");
}

Nvml::Result nvmlDeviceGetCount_v2(unsigned* count) {
    *count = 2;
    return success;
}

Nvml::Result nvmlDeviceGetHandleByIndex_v2(unsigned index, NvmlHandle** handle) {
    *handle = handle_of(index);
    return index < 2 ? success : not_found;
}

Nvml::Result nvmlDeviceGetUUID(NvmlHandle* handle, char* text, unsigned size) {
    constexpr const char* uuids[] = {"GPU-11111111-aaaa", "GPU-22222222-bbbb", "MIG-33333333-cccc",
                                     "MIG-44444444-dddd"};
    return copy(text, size, uuids[index_of(handle)]);
}

Nvml::Result nvmlDeviceGetName(NvmlHandle* handle, char* text, unsigned size) {
    return copy(text, size, index_of(handle) < 2 ? "NVIDIA Stand-In 80GB" : "NVIDIA Stand-In MIG 3g.40gb");
}

Nvml::Result nvmlDeviceGetPciInfo_v3(NvmlHandle* handle, Nvml::PciInfo* info) {
    *info = {};
    std::snprintf(info->bus_id, sizeof info->bus_id, "00000000:0%d:00.0", index_of(handle) + 1);
    return success;
}

Nvml::Result nvmlDeviceGetMemoryInfo(NvmlHandle*, Nvml::Memory* memory) {
    *memory = {.total = 80ULL << 30, .free = 70ULL << 30, .used = 10ULL << 30};
    return success;
}

Nvml::Result nvmlDeviceGetTemperature(NvmlHandle*, unsigned, unsigned* celsius) {
    *celsius = 51;
    return success;
}

Nvml::Result nvmlDeviceGetPowerUsage(NvmlHandle*, unsigned* milliwatts) {
    *milliwatts = 123500;
    return success;
}

Nvml::Result nvmlDeviceGetUtilizationRates(NvmlHandle* handle, Nvml::Utilization* busy) {
    if (index_of(handle) > 0) return Nvml::not_supported;
    *busy = {.gpu = 87, .memory = 40};
    return success;
}

#ifndef PROCESSES_ON_FIRST
#define PROCESSES_ON_FIRST 70
#endif

/** 70 processes on the first card, so that the first try has too little room; one on the second instance. */
Nvml::Result nvmlDeviceGetComputeRunningProcesses_v3(NvmlHandle* handle, unsigned* count,
                                                     Nvml::Process* processes) {
    const unsigned all[] = {PROCESSES_ON_FIRST, 0, 0, 1};
    const unsigned there = all[index_of(handle)];
    const unsigned room = *count;
    *count = there;
    if (room < there) return Nvml::insufficient_size;
    for (unsigned i = 0; i < there; ++i)
        processes[i] = {.pid = 1000 + i, .used_memory = 0, .gpu_instance = 0, .compute_instance = 0};
    return success;
}

Nvml::Result nvmlDeviceGetMigMode(NvmlHandle* handle, unsigned* current, unsigned* pending) {
    *current = *pending = index_of(handle) == 1 ? 1 : 0;
    return success;
}

Nvml::Result nvmlDeviceGetMaxMigDeviceCount(NvmlHandle*, unsigned* count) {
    *count = 7;
    return success;
}

Nvml::Result nvmlDeviceGetMigDeviceHandleByIndex(NvmlHandle*, unsigned index, NvmlHandle** handle) {
    *handle = handle_of(index + 2);
    return index < 2 ? success : not_found;
}
}
