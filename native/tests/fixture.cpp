#include "tests/fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace blacksmith::tests {
namespace {

constexpr auto timeout = std::chrono::seconds(5);

std::string pci_folder(const std::string& address) {
    return "sys/devices/pci0000:00/" + address;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "blacksmith-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

void TemporaryFolder::link(const std::string& name, const std::string& target) const {
    const std::filesystem::path file = path_ + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::filesystem::create_symlink(target, file);
}

void TenstorrentBox::add(int number, const std::string& address, const std::string& card_type,
                         const std::string& serial, const Attributes& more) const {
    const bool blackhole = card_type.starts_with("p") || card_type == "galaxy-blackhole";
    Attributes attributes{
        {"tt_card_type", card_type + "\n"},
        {"tt_serial", serial + "\n"},
        {"tt_asic_id", "00000000" + serial.substr(0, 8) + "\n"},
        {"tt_fw_bundle_ver", "18.7.0.0\n"},
        {"tt_aiclk", "1000\n"},
        {"tt_heartbeat", "41\n"},
        {"hwmon/name", blackhole ? "blackhole\n" : "wormhole\n"},
        {"hwmon/temp1_input", "43800\n"},
        {"hwmon/temp1_max", "75000\n"},
        {"hwmon/in0_input", "812\n"},
        {"hwmon/curr1_input", "27000\n"},
        {"hwmon/power1_input", "22000000\n"},
    };
    for (const auto& [name, text] : more) attributes[name] = text;

    const std::string pci = pci_folder(address);
    const std::string node = std::to_string(number);
    folder_.write("dev/tenstorrent/" + node, "");
    folder_.write("proc/driver/tenstorrent/" + node + "/pids", "");
    folder_.write("sys/module/tenstorrent/version", "2.9.1\n");
    folder_.write(pci + "/vendor", "0x1e52\n");
    folder_.write(pci + "/device", blackhole ? "0xb140\n" : "0x401e\n");
    folder_.link("sys/class/tenstorrent/tenstorrent!" + node + "/device", folder_ / pci);
    for (const auto& [name, text] : attributes) {
        if (name.starts_with("hwmon/")) {
            folder_.write(pci + "/hwmon/hwmon3/" + name.substr(6), text);
        } else {
            folder_.write("sys/class/tenstorrent/tenstorrent!" + node + "/" + name, text);
        }
    }
}

void TenstorrentBox::remove_attribute(int number, const std::string& name) const {
    std::filesystem::remove(class_path(number, name));
}

Roots TenstorrentBox::roots() const {
    Roots roots;
    roots.sys = folder_ / "sys";
    roots.dev = folder_ / "dev";
    roots.proc = folder_ / "proc";
    roots.nvml = "libno-such-nvml.so";
    return roots;
}

std::string TenstorrentBox::class_path(int number, const std::string& attribute) const {
    return folder_ / ("sys/class/tenstorrent/tenstorrent!" + std::to_string(number) + "/" + attribute);
}

int in_child(const std::function<int()>& work) {
    std::fflush(nullptr);
    const int child = ::fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child > 0) return child;
    int status = 99;
    try {
        status = work();
    } catch (const std::exception& error) {
        std::printf("        in a child: %s\n", error.what());
        std::fflush(stdout);
    }
    ::_exit(status);
}

int wait_for(int child) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child) throw std::runtime_error("no such child");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace blacksmith::tests
