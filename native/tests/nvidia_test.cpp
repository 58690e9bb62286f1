#include "core/nvidia.hpp"

#include <algorithm>

#include "core/inventory.hpp"
#include "tests/check.hpp"
#include "tests/fixture.hpp"

namespace blacksmith::tests {
namespace {

Roots roots_with_standin() {
    const TenstorrentBox empty;
    Roots roots = empty.roots();
    roots.nvml = NVML_STANDIN;
    return roots;
}

TEST("a box with two GPUs, one in MIG mode, offers the whole one and the other one's instances") {
    const auto inventory = take_inventory(roots_with_standin());
    CHECK_EQUAL(inventory.drivers.at("gpu").problem, "");
    CHECK_EQUAL(inventory.drivers.at("gpu").version, "550.54.15");
    CHECK_EQUAL(inventory.units.size(), 3U);
    CHECK_EQUAL(inventory.units[0].name, "gpu-GPU-11111111-aaaa");
    CHECK_EQUAL(inventory.units[0].devices[0].model, "NVIDIA Stand-In 80GB");
    CHECK_EQUAL(inventory.units[1].devices[0].id, "MIG-33333333-cccc");
    CHECK_EQUAL(inventory.units[1].devices[0].pci_address, "00000000:02:00.0");
    CHECK(inventory.units[2].devices[0].mig);
}

TEST("a driver without the newer functions is read by the older ones, and MIG has no utilisation") {
    const Nvidia nvidia(roots_with_standin());
    const auto devices = nvidia.discover();
    const Sensors whole = nvidia.read_sensors(devices.at(0));
    CHECK_EQUAL(whole.temperature_celsius.value(), 51.0);
    CHECK_EQUAL(whole.memory_used_bytes.value(), static_cast<double>(10ULL << 30));
    CHECK_EQUAL(whole.power_watts.value(), 123500 * 1e-3);
    CHECK_EQUAL(whole.utilization.value(), 0.87);
    CHECK(!whole.clock_mhz);
    CHECK(!nvidia.read_sensors(devices.at(1)).utilization);
}

TEST("processes on a GPU are strangers, however many they are") {
    const auto busy = inspect("gpu-GPU-11111111-aaaa", true, roots_with_standin());
    CHECK_EQUAL(busy.strangers.size(), 70U);
    CHECK_EQUAL(inspect("gpu-MIG-44444444-dddd", true, roots_with_standin()).strangers.size(), 1U);
    const auto free = inspect("gpu-MIG-33333333-cccc", true, roots_with_standin());
    CHECK(free.strangers.empty() && !free.fault);
}

TEST("a GPU that NVML does not show any more is sick") {
    CHECK_EQUAL(inspect("gpu-GPU-99999999-eeee", false, roots_with_standin()).fault.value().reason,
                "it is not there any more");
}

}  // namespace
}  // namespace blacksmith::tests
