#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

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

    /** The trimmed text of an attribute; nothing when it cannot be read. */
    std::optional<std::string> line(const std::string& path) const {
        FileText attribute = read(path);
        return attribute.ok() ? std::optional(trimmed(std::move(attribute.text))) : std::nullopt;
    }
};

}  // namespace blacksmith
