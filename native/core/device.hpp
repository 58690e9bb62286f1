#pragma once

#include <optional>
#include <string>
#include <vector>

namespace blacksmith {

/** What a driver gives at one moment; empty where it gives nothing, which is never the same as zero. */
struct Sensors {
    std::optional<double> temperature_celsius;
    std::optional<double> power_watts;
    std::optional<double> clock_mhz;
    std::optional<double> voltage_volts;
    std::optional<double> current_amperes;
    std::optional<double> fan_rpm;
    std::optional<double> memory_used_bytes;
    std::optional<double> memory_total_bytes;
    /** 0 to 1. */
    std::optional<double> utilization;
};

/** Something is wrong with a device or a box, and what to do about it. */
struct Fault {
    std::string reason;
    std::string remedy;
};

/** One card as its driver shows it. */
struct Device {
    /** `tt` or `gpu`. */
    std::string kind;
    /** What stays: the PCI address of a TT card (nodes are renumbered by a reset), the UUID of a GPU. */
    std::string id;
    /** `n150`, `NVIDIA H100 …`, or empty where the driver does not say. */
    std::string model;
    /** `wormhole`, `blackhole`, or empty. */
    std::string architecture;
    std::string serial;
    std::string firmware;
    std::string pci_address;
    /** `/dev/tenstorrent/0`; empty for a GPU. */
    std::string node;
    int chips = 1;
    /** A GPU instance of a card in MIG mode. */
    bool mig = false;
    std::optional<Fault> fault;
};

/** What is leased as one: a board, however many devices it shows. */
struct Unit {
    /** Names its lease file: `tt-0000:02:00.0`, `gpu-GPU-…`. */
    std::string name;
    std::string kind;
    std::vector<Device> devices;
};

}  // namespace blacksmith
