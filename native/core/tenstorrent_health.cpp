#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/descriptor.hpp"
#include "core/tenstorrent.hpp"

namespace blacksmith {
namespace {

/** Where hwmon names no limit of its own. */
constexpr double default_limit_celsius = 95;
constexpr auto heartbeat_interval = std::chrono::milliseconds(20);

std::optional<Fault> check_node(const Device& device) {
    // O_APPEND makes no power-up traffic (tt-kmd 2.6): a plain open makes a hung chip worse.
    const Descriptor node(::open(device.node.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK));
    if (node) return std::nullopt;
    const int error = errno;
    const std::string reason = device.node + " cannot be opened: " + std::strerror(error);
    if (error != EACCES && error != EPERM) return Fault{.reason = reason, .remedy = reset_remedy(device.id)};
    struct stat file {};
    ::stat(device.node.c_str(), &file);
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", file.st_mode & 07777U);
    return Fault{.reason = reason + " (owner " + std::to_string(file.st_uid) + ", mode " + mode + ")",
                 .remedy = "install the udev rule of tt-kmd, which gives the nodes mode 0666"};
}

std::optional<Fault> check_heartbeat(const Device& device, const Roots& roots, int timeout) {
    const std::string path = tenstorrent_folder(device, roots) + "/tt_heartbeat";
    const FileText first = roots.read(path);
    if (first.error == ENOENT) return std::nullopt;  // A driver older than 2.7, or firmware without it.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout);
    while (first.ok() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(heartbeat_interval);
        const FileText next = roots.read(path);
        if (next.ok() && next.text != first.text) return std::nullopt;
    }
    return Fault{.reason = first.ok()
                               ? "its heartbeat does not move"
                               : "its heartbeat cannot be read: " + std::string(std::strerror(first.error)),
                 .remedy = reset_remedy(device.id)};
}

std::optional<Fault> check_temperature(const Device& device, const Roots& roots) {
    const auto temperature = read_tenstorrent_sensors(device, roots).temperature_celsius;
    if (!temperature) return std::nullopt;
    double limit = default_limit_celsius;
    const std::string monitors = tenstorrent_folder(device, roots) + "/device/hwmon";
    for (const auto& name : list_directory(monitors)) {
        const auto most = read_number(monitors + "/" + name + "/temp1_max");
        if (most) limit = static_cast<double>(*most) * 1e-3;
    }
    if (*temperature < limit) return std::nullopt;
    return Fault{.reason = "it is at " + std::to_string(static_cast<int>(*temperature)) +
                           " °C, with a limit of " + std::to_string(static_cast<int>(limit)) + " °C",
                 .remedy = "let it cool down and look after its fan or airflow"};
}

}  // namespace

std::optional<Fault> check_tenstorrent(const Device& device, const Roots& roots, int timeout) {
    if (device.fault) return device.fault;
    if (auto fault = check_node(device)) return fault;
    if (auto fault = check_temperature(device, roots)) return fault;
    return check_heartbeat(device, roots, timeout);
}

}  // namespace blacksmith
