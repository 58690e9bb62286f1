#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/inventory.hpp"
#include "core/tenstorrent.hpp"
#include "tests/check.hpp"
#include "tests/fixture.hpp"

namespace blacksmith::tests {
namespace {

constexpr int short_timeout = 60;
constexpr uid_t nobody = 65534;

TEST("an empty box has no units") {
    const TenstorrentBox box;
    const auto inventory = take_inventory(box.roots());
    CHECK_EQUAL(inventory.units.size(), 0U);
    CHECK_EQUAL(inventory.drivers.at("tt").version, "");
    CHECK_EQUAL(inventory.drivers.at("gpu").problem, "libno-such-nvml.so is not installed");
}

TEST("an n150 is known by its PCI address, with what the driver says of it") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "0100018511732041");
    const auto inventory = take_inventory(box.roots());
    CHECK_EQUAL(inventory.units.size(), 1U);
    CHECK_EQUAL(inventory.units[0].name, "tt-0000:02:00.0");
    const Device& card = inventory.units[0].devices.at(0);
    CHECK_EQUAL(card.id, "0000:02:00.0");
    CHECK_EQUAL(card.model, "n150");
    CHECK_EQUAL(card.architecture, "wormhole");
    CHECK_EQUAL(card.firmware, "18.7.0.0");
    CHECK_EQUAL(card.chips, 1);
    CHECK(!card.fault);
    CHECK_EQUAL(inventory.drivers.at("tt").version, "2.9.1");
}

TEST("an address in upper case becomes the lower case that TT_VISIBLE_DEVICES takes") {
    const TenstorrentBox box;
    box.add(0, "0000:C1:00.0", "n150", "1");
    CHECK_EQUAL(discover_tenstorrent(box.roots()).at(0).id, "0000:c1:00.0");
}

TEST("a pair of n300 is two units of one node with two chips each, in the order of their addresses") {
    const TenstorrentBox box;
    box.add(0, "0000:41:00.0", "n300", "0100014511732041");
    box.add(1, "0000:01:00.0", "n300", "0100014511732042");
    const auto units = take_inventory(box.roots()).units;
    CHECK_EQUAL(units.size(), 2U);
    CHECK_EQUAL(units[0].name, "tt-0000:01:00.0");
    CHECK_EQUAL(units[0].devices[0].chips, 2);
}

TEST("a p150a is a Blackhole with a fan") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "p150a", "1", {{"hwmon/fan1_input", "1850\n"}});
    const auto card = discover_tenstorrent(box.roots()).at(0);
    CHECK_EQUAL(card.architecture, "blackhole");
    CHECK_EQUAL(read_tenstorrent_sensors(card, box.roots()).fan_rpm.value_or(0), 1850);
}

TEST("eight boards of a Galaxy are eight units, and two nodes of one board are one") {
    const TenstorrentBox box;
    for (int i = 0; i < 8; ++i) {
        box.add(i, "0000:0" + std::to_string(i) + ":00.0", "galaxy-wormhole", "serial" + std::to_string(i));
    }
    CHECK_EQUAL(take_inventory(box.roots()).units.size(), 8U);
    box.add(8, "0000:08:00.0", "p300a", "serial-of-both");
    box.add(9, "0000:09:00.0", "p300a", "serial-of-both");
    const auto units = take_inventory(box.roots()).units;
    CHECK_EQUAL(units.size(), 9U);
    CHECK_EQUAL(units[8].name, "tt-0000:08:00.0");
    CHECK_EQUAL(units[8].devices.size(), 2U);
}

TEST("by-id entries beside the nodes are not cards") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    box.folder().link("dev/tenstorrent/by-id/wormhole-00000000DEADBEEF", "../0");
    CHECK_EQUAL(discover_tenstorrent(box.roots()).size(), 1U);
}

TEST("a board whose attributes answer ENODATA is in an unfinished reset, with the remedy") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    Roots roots = box.roots();
    roots.read = [](const std::string& path) {
        if (path.ends_with("/tt_card_type")) return FileText{.text = "", .error = ENODATA};
        return read_text(path);
    };
    const auto card = discover_tenstorrent(roots).at(0);
    CHECK_EQUAL(card.fault.value().reason, "its reset is unfinished");
    CHECK(card.fault->remedy.find("tt-smi -r 0000:02:00.0") != std::string::npos);
    CHECK_EQUAL(check_tenstorrent(card, roots, short_timeout).value().reason, "its reset is unfinished");
}

TEST("a detached board says so") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    Roots roots = box.roots();
    roots.read = [](const std::string& path) {
        if (path.ends_with("/tt_serial")) return FileText{.text = "", .error = ENODEV};
        return read_text(path);
    };
    CHECK_EQUAL(discover_tenstorrent(roots).at(0).fault.value().reason, "the driver has detached it");
}

TEST("a board without telemetry attributes is there, with empty sensors and not with zeros") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    for (const char* name : {"tt_aiclk", "tt_heartbeat", "tt_fw_bundle_ver"}) box.remove_attribute(0, name);
    std::filesystem::remove_all(box.folder() / "sys/devices/pci0000:00/0000:02:00.0/hwmon");
    const auto card = discover_tenstorrent(box.roots()).at(0);
    CHECK_EQUAL(card.firmware, "");
    CHECK(!card.fault);
    const Sensors sensors = read_tenstorrent_sensors(card, box.roots());
    CHECK(!sensors.clock_mhz && !sensors.temperature_celsius && !sensors.power_watts && !sensors.utilization);
    CHECK(!check_tenstorrent(card, box.roots(), short_timeout));
}

TEST("sensors come in degrees, watts, volts and amperes") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    const auto sensors = read_tenstorrent_sensors(discover_tenstorrent(box.roots()).at(0), box.roots());
    CHECK_EQUAL(sensors.temperature_celsius.value(), 43800 * 1e-3);
    CHECK_EQUAL(sensors.power_watts.value(), 22.0);
    CHECK_EQUAL(sensors.voltage_volts.value(), 812 * 1e-3);
    CHECK_EQUAL(sensors.current_amperes.value(), 27.0);
    CHECK_EQUAL(sensors.clock_mhz.value(), 1000.0);
    CHECK(!sensors.memory_used_bytes);
}

TEST("the driver's list of processes names each once") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    const auto card = discover_tenstorrent(box.roots()).at(0);
    CHECK_EQUAL(tenstorrent_processes(card, box.roots()).size(), 0U);
    box.folder().write("proc/driver/tenstorrent/0/pids", "77\n12\n77\n");
    const auto pids = tenstorrent_processes(card, box.roots());
    CHECK_EQUAL(pids.size(), 2U);
    CHECK_EQUAL(pids[0], 12);
    const auto inspection = inspect("tt-0000:02:00.0", true, box.roots());
    CHECK_EQUAL(inspection.strangers.size(), 2U);
    CHECK(!inspection.fault);
}

TEST("a card whose heartbeat stands still is sick, and one whose heartbeat moves is not") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    const auto card = discover_tenstorrent(box.roots()).at(0);
    CHECK_EQUAL(check_tenstorrent(card, box.roots(), short_timeout).value().reason,
                "its heartbeat does not move");
    Roots moving = box.roots();
    moving.read = [beats = 0](const std::string& path) mutable {
        if (path.ends_with("tt_heartbeat")) return FileText{.text = std::to_string(++beats)};
        return read_text(path);
    };
    CHECK(!check_tenstorrent(card, moving, short_timeout));
}

TEST("a card that is too hot is sick") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1", {{"hwmon/temp1_input", "91000\n"}});
    const auto fault = check_tenstorrent(discover_tenstorrent(box.roots()).at(0), box.roots(), short_timeout);
    CHECK_EQUAL(fault.value().reason, "it is at 91 °C, with a limit of 75 °C");
}

TEST("a node that may not be opened is named with owner, mode and the udev rule") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    const auto card = discover_tenstorrent(box.roots()).at(0);
    ::chmod(box.folder().path().c_str(), 0755);
    ::chmod(card.node.c_str(), 0);
    const std::string owner_and_mode = "(owner " + std::to_string(::geteuid()) + ", mode 0000)";
    const int as_somebody_else = in_child([&] {
        // Root may open anything.
        if (::geteuid() == 0 && ::setuid(nobody) != 0) return 1;
        const auto fault = check_tenstorrent(card, box.roots(), short_timeout);
        CHECK(fault.value().reason.ends_with(owner_and_mode));
        CHECK(fault->remedy.find("udev rule") != std::string::npos);
        return 0;
    });
    CHECK_EQUAL(wait_for(as_somebody_else), 0);
}

TEST("a card that has gone is reported when its unit is inspected") {
    const TenstorrentBox box;
    CHECK_EQUAL(inspect("tt-0000:02:00.0", false, box.roots()).fault.value().reason,
                "it is not there any more");
}

}  // namespace
}  // namespace blacksmith::tests
