#include "core/tenstorrent.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

namespace blacksmith {
namespace {

/** PCI ids of vendor 0x1e52; Grayskull (0xfaca) is no longer supported by the driver. */
constexpr const char* vendor_id = "0x1e52";
const std::map<std::string, std::string> architectures{{"0x401e", "wormhole"}, {"0xb140", "blackhole"}};

std::string class_folder(const Roots& roots, const std::string& number) {
    return roots.sys + "/class/tenstorrent/tenstorrent!" + number;
}

std::string number_of(const Device& device) {
    return device.node.substr(device.node.rfind('/') + 1);
}

/** The address at the end of the link `device`, in lower case as the user-mode driver wants it. */
std::string pci_address(const std::string& folder) {
    std::array<char, 4096> target{};
    const auto length = ::readlink((folder + "/device").c_str(), target.data(), target.size());
    if (length <= 0) return "";
    std::string name(target.data(), static_cast<std::size_t>(length));
    name = name.substr(name.rfind('/') + 1);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    return std::count(name.begin(), name.end(), ':') == 2 ? name : "";
}

/** ENODATA and ENODEV are the driver's way to say what state a card is in; a missing attribute is none. */
std::optional<Fault> fault_of(int error, const std::string& id) {
    if (error == ENODATA) {
        return Fault{.reason = "its reset is unfinished", .remedy = reset_remedy(id)};
    }
    if (error == ENODEV) {
        return Fault{.reason = "the driver has detached it",
                     .remedy = "restart the machine; look for it in `lspci -d 1e52:`"};
    }
    return std::nullopt;
}

std::optional<double> scaled(const std::optional<std::string>& text, double unit) {
    const auto number = text ? parse_number(*text) : std::nullopt;
    return number ? std::optional(static_cast<double>(*number) * unit) : std::nullopt;
}

}  // namespace

std::string tenstorrent_folder(const Device& device, const Roots& roots) {
    return class_folder(roots, number_of(device));
}

std::string reset_remedy(const std::string& id) {
    return "reset it with `tt-smi -r " + id + "`; if that does not help, restart the machine";
}

std::vector<Device> discover_tenstorrent(const Roots& roots) {
    std::vector<Device> devices;
    for (const auto& number : list_directory(roots.dev + "/tenstorrent")) {
        if (!all_digits(number)) continue;
        const std::string folder = class_folder(roots, number);
        Device device;
        device.kind = "tt";
        device.node = roots.dev + "/tenstorrent/" + number;
        device.pci_address = pci_address(folder);
        device.id = device.pci_address;
        if (device.id.empty()) {
            device.id = "tenstorrent-" + number;
            device.fault =
                Fault{.reason = folder + "/device names no PCI address",
                      .remedy = "load the kernel driver tt-kmd 2.0 or newer (`modprobe tenstorrent`)"};
        }
        const auto attribute = [&](const std::string& name) -> std::string {
            const FileText read = roots.read(folder + "/" + name);
            if (!device.fault) device.fault = fault_of(read.error, device.id);
            return read.ok() ? trimmed(read.text) : "";
        };
        if (const auto vendor = attribute("device/vendor"); !vendor.empty() && vendor != vendor_id) continue;
        const auto known = architectures.find(attribute("device/device"));
        if (known != architectures.end()) device.architecture = known->second;
        device.model = attribute("tt_card_type");
        device.serial = attribute("tt_serial");
        device.firmware = attribute("tt_fw_bundle_ver");  // tt-kmd 1.29
        device.chips = device.model == "n300" ? 2 : 1;
        devices.push_back(std::move(device));
    }
    std::sort(devices.begin(), devices.end(), [](const Device& a, const Device& b) { return a.id < b.id; });
    return devices;
}

Sensors read_tenstorrent_sensors(const Device& device, const Roots& roots) {
    const std::string folder = tenstorrent_folder(device, roots);
    Sensors sensors;
    sensors.clock_mhz = scaled(roots.line(folder + "/tt_aiclk"), 1);  // MHz, tt-kmd 1.28
    const std::string monitors = folder + "/device/hwmon";
    for (const auto& name : list_directory(monitors)) {
        const std::string monitor = monitors + "/" + name + "/";
        sensors.temperature_celsius = scaled(roots.line(monitor + "temp1_input"), 1e-3);  // m°C
        sensors.voltage_volts = scaled(roots.line(monitor + "in0_input"), 1e-3);          // mV
        sensors.current_amperes = scaled(roots.line(monitor + "curr1_input"), 1e-3);      // mA
        sensors.power_watts = scaled(roots.line(monitor + "power1_input"), 1e-6);         // µW
        sensors.fan_rpm = scaled(roots.line(monitor + "fan1_input"), 1);                  // Blackhole
        break;
    }
    return sensors;
}

std::vector<pid_t> tenstorrent_processes(const Device& device, const Roots& roots) {
    const auto text = roots.line(roots.proc + "/driver/tenstorrent/" + number_of(device) + "/pids");
    std::vector<pid_t> pids;
    for (const auto& line : split(text.value_or(""), '\n')) {
        if (const auto pid = parse_number(line)) pids.push_back(static_cast<pid_t>(*pid));
    }
    std::sort(pids.begin(), pids.end());
    pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
    return pids;
}

namespace {

std::vector<Unit> group_tenstorrent(std::vector<Device> devices) {
    std::vector<Unit> units;
    for (auto& device : devices) {
        const auto same_board = std::find_if(units.begin(), units.end(), [&](const Unit& unit) {
            return !device.serial.empty() && unit.devices[0].serial == device.serial;
        });
        if (same_board != units.end()) {
            same_board->devices.push_back(std::move(device));
        } else {
            units.push_back({.name = "tt-" + device.id, .kind = "tt", .devices = {device}});
        }
    }
    return units;
}

class Tenstorrent final : public Cards {
public:
    explicit Tenstorrent(const Roots& roots) : roots_(roots) {}

    std::vector<Unit> units() const override { return group_tenstorrent(discover_tenstorrent(roots_)); }
    std::vector<pid_t> processes(const Device& device) const override {
        return tenstorrent_processes(device, roots_);
    }
    std::optional<Fault> check(const Device& device) const override {
        return check_tenstorrent(device, roots_);
    }
    Sensors read_sensors(const Device& device) const override {
        return read_tenstorrent_sensors(device, roots_);
    }
    std::string driver_version() const override {
        return roots_.line(roots_.sys + "/module/tenstorrent/version").value_or("");
    }
    std::string problem() const override { return ""; }

private:
    Roots roots_;
};

}  // namespace

std::shared_ptr<const Cards> look_for_tenstorrent(const Roots& roots) {
    return std::make_shared<Tenstorrent>(roots);
}

}  // namespace blacksmith
