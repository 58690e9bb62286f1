#pragma once

#include <string>

namespace blacksmith {

/** Where the hardware is looked for; tests put fixture trees here. */
struct Roots {
    std::string sys = "/sys";
    std::string dev = "/dev";
    std::string proc = "/proc";
    /** NVIDIA's management library, as dlopen takes it. */
    std::string nvml = "libnvidia-ml.so.1";
};

}  // namespace blacksmith
