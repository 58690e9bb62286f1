#include "core/sampler.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/json_line.hpp"

namespace blacksmith {

Sampler::Sampler(const std::string& file, std::vector<Probe> probes, std::chrono::milliseconds interval)
    : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)),
      probes_(std::move(probes)),
      interval_(interval) {
    if (!file_) throw std::system_error(errno, std::generic_category(), file);
    thread_ = std::thread([this] { run(); });
}

void Sampler::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Sampler::run() {
    // Signals are the main thread's affair.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    auto next = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    for (bool last = false; !last;) {
        last = stopping_;
        lock.unlock();
        sample();
        lock.lock();
        next += interval_;
        // After a pause of the machine, go on from now instead of catching up.
        next = std::max(next, std::chrono::steady_clock::now());
        if (!last) wake_.wait_until(lock, next, [this] { return stopping_; });
    }
}

void Sampler::sample() {
    std::string lines;
    for (const Probe& probe : probes_) {
        const Sensors sensors = probe.read();
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        lines += telemetry_line(std::chrono::duration<double>(now).count(), probe.id, sensors);
    }
    // In one write, so that lines are whole. A full disk is the trainer's to report: telemetry is no result.
    [[maybe_unused]] const auto written = ::write(file_.get(), lines.data(), lines.size());
}

std::string telemetry_line(double time, const std::string& id, const Sensors& sensors) {
    return JsonLine()
        .number("time", time)
        .text("device", id)
        .number("temperature_celsius", sensors.temperature_celsius)
        .number("power_watts", sensors.power_watts)
        .number("clock_mhz", sensors.clock_mhz)
        .number("voltage_volts", sensors.voltage_volts)
        .number("current_amperes", sensors.current_amperes)
        .number("fan_rpm", sensors.fan_rpm)
        .number("memory_used_bytes", sensors.memory_used_bytes)
        .number("memory_total_bytes", sensors.memory_total_bytes)
        .number("utilization", sensors.utilization)
        .finish();
}

}  // namespace blacksmith
