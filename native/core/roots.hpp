#pragma once

#include <functional>
#include <string>

#include "core/text_file.hpp"

namespace blacksmith {

/** Where the hardware is looked for; tests put fixture trees here. */
struct Roots {
    std::string sys = "/sys";
    std::string dev = "/dev";
    std::string proc = "/proc";
    /** NVIDIA's management library, as dlopen takes it. */
    std::string nvml = "libnvidia-ml.so.1";
    /** Reads an attribute; a test may answer with ENODATA, which no plain file does. */
    std::function<FileText(const std::string& path)> read = [](const std::string& path) {
        return read_text(path);
    };
};

}  // namespace blacksmith
