#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace blacksmith {

/** An opaque handle of NVIDIA's library. */
struct NvmlHandle;

/**
 * NVIDIA's management library, found at run time: a table of its functions, with the layouts that its
 * documentation fixes. Optional functions are null where the driver is too old for them.
 */
struct Nvml {
    /** nvmlReturn_t: 0 is success. */
    using Result = int;
    static constexpr Result success = 0;
    static constexpr Result not_supported = 3;
    static constexpr Result insufficient_size = 7;

    struct PciInfo {
        char bus_id_legacy[16];
        unsigned domain, bus, device, device_id, subsystem_id;
        char bus_id[32];
    };
    struct Memory {
        unsigned long long total, free, used;
    };
    struct MemoryV2 {
        /** 40 | 2 << 24. */
        unsigned version;
        unsigned long long total, reserved, free, used;
    };
    struct Utilization {
        unsigned gpu, memory;
    };
    struct Temperature {
        /** 12 | 1 << 24. */
        unsigned version;
        unsigned sensor;
        int celsius;
    };
    /** Of GetComputeRunningProcesses_v2 and _v3. */
    struct Process {
        unsigned pid;
        unsigned long long used_memory;
        unsigned gpu_instance, compute_instance;
    };
    /** Of the function without a version, from before MIG. */
    struct ProcessV1 {
        unsigned pid;
        unsigned long long used_memory;
    };

    // Required.
    Result (*init)() = nullptr;
    Result (*shutdown)() = nullptr;
    const char* (*error_string)(Result) = nullptr;
    Result (*device_count)(unsigned*) = nullptr;
    Result (*handle_by_index)(unsigned, NvmlHandle**) = nullptr;
    Result (*uuid)(NvmlHandle*, char*, unsigned) = nullptr;
    Result (*name)(NvmlHandle*, char*, unsigned) = nullptr;
    Result (*pci_info)(NvmlHandle*, PciInfo*) = nullptr;

    // Optional: with the driver of which they are part where that is younger than 2018 (R450 and so on), each
    // with an older one to fall back on. Bytes, percent, °C, mW, MHz.
    Result (*memory_v2)(NvmlHandle*, MemoryV2*) = nullptr;  // R510
    Result (*memory)(NvmlHandle*, Memory*) = nullptr;
    Result (*utilization)(NvmlHandle*, Utilization*) = nullptr;
    Result (*temperature_v)(NvmlHandle*, Temperature*) = nullptr;  // R565
    Result (*temperature)(NvmlHandle*, unsigned, unsigned*) = nullptr;
    Result (*power_usage)(NvmlHandle*, unsigned*) = nullptr;
    Result (*clock)(NvmlHandle*, unsigned, unsigned*) = nullptr;
    Result (*processes)(NvmlHandle*, unsigned*, Process*) = nullptr;  // _v2: R450, _v3: R510
    Result (*processes_v1)(NvmlHandle*, unsigned*, ProcessV1*) = nullptr;
    Result (*driver_version)(char*, unsigned) = nullptr;
    // MIG: R450.
    Result (*mig_mode)(NvmlHandle*, unsigned*, unsigned*) = nullptr;
    Result (*max_mig_devices)(NvmlHandle*, unsigned*) = nullptr;
    Result (*mig_handle_by_index)(NvmlHandle*, unsigned, NvmlHandle**) = nullptr;

    /**
     * Loads and initialises the library; it stays until the last user has let go.
     *
     * @return null where it is not installed or its driver is not there; `problem` then says why
     */
    static std::shared_ptr<Nvml> load(const std::string& library, std::string& problem);

    ~Nvml();
    Nvml() = default;
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;

private:
    void* library_ = nullptr;
    bool initialized_ = false;
};

}  // namespace blacksmith
