#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/descriptor.hpp"
#include "core/device.hpp"
#include "core/roots.hpp"

namespace blacksmith {

/** What is sampled under one name, and how it is read. */
struct Probe {
    std::string id;
    std::function<Sensors()> read;
};

/**
 * Probes for a lease: each device of these units, and the cores together as `cpu`. Cores give utilisation
 * (between two reads, from /proc/stat) and clock; the rest is empty.
 */
std::vector<Probe> probes_for(const std::vector<std::string>& units, const std::vector<int>& cores,
                              const Roots& roots = {});

/**
 * Samples on a thread of its own, from the constructor to `stop`, and appends a JSON line for each probe to
 * a file: seconds since the epoch, the device, and every sensor, null where there is no value.
 */
class Sampler {
public:
    /** Throws std::system_error when the file cannot be opened. */
    Sampler(const std::string& file, std::vector<Probe> probes, std::chrono::milliseconds interval);
    ~Sampler() { stop(); }
    Sampler(const Sampler&) = delete;
    Sampler& operator=(const Sampler&) = delete;

    /** Takes a last sample and returns when it is written. May be called twice. */
    void stop();

private:
    void run();
    void sample();

    Descriptor file_;
    std::vector<Probe> probes_;
    std::chrono::milliseconds interval_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

/** One line of telemetry. */
std::string telemetry_line(double time, const std::string& id, const Sensors& sensors);

}  // namespace blacksmith
