#include "core/sampler.hpp"

#include "tests/check.hpp"
#include "tests/fixture.hpp"

namespace blacksmith::tests {
namespace {

TEST("telemetry is null where there is no value, and never zero") {
    Sensors sensors;
    sensors.temperature_celsius = 43800 * 1e-3;
    CHECK_EQUAL(telemetry_line(1.5, "0000:02:00.0", sensors),
                "{\"time\":1.5,\"device\":\"0000:02:00.0\",\"temperature_celsius\":43.8,\"power_watts\":null,"
                "\"clock_mhz\":null,\"voltage_volts\":null,\"current_amperes\":null,\"fan_rpm\":null,"
                "\"memory_used_bytes\":null,\"memory_total_bytes\":null,\"utilization\":null}\n");
}

TEST("a sampler writes whole lines until it is stopped, and a last one then") {
    const TenstorrentBox box;
    box.add(0, "0000:02:00.0", "n150", "1");
    const TemporaryFolder folder;
    const std::string file = folder / "telemetry.jsonl";
    const auto lines = [&] { return split(read_text(file, 1 << 20).text, '\n'); };
    Sampler sampler(file, probes_for({"tt-0000:02:00.0"}, {0}, box.roots()), std::chrono::milliseconds(5));
    CHECK(eventually([&] { return lines().size() >= 6; }));
    sampler.stop();
    sampler.stop();
    const auto all = lines();
    CHECK_EQUAL(all.size() % 2, 0U);
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(all[i].starts_with("{\"time\":") && all[i].ends_with("}"));
        CHECK(all[i].find(i % 2 == 0 ? "\"temperature_celsius\":43.8," : "\"device\":\"cpu\"") !=
              std::string::npos);
    }
}

TEST("a sampler of cores gives their utilisation") {
    const TemporaryFolder folder;
    Sampler sampler(folder / "t", probes_for({}, {0}), std::chrono::milliseconds(50));
    CHECK(eventually([&] {
        return read_text(folder / "t", 1 << 20).text.find("\"utilization\":0") != std::string::npos ||
               read_text(folder / "t", 1 << 20).text.find("\"utilization\":1") != std::string::npos;
    }));
}

TEST("a file that cannot be written is an exception and no thread") {
    try {
        Sampler("/nonesuch/telemetry.jsonl", {}, std::chrono::milliseconds(5));
        CHECK(!"refused");
    } catch (const std::system_error& error) {
        CHECK_EQUAL(error.code().value(), ENOENT);
    }
}

}  // namespace
}  // namespace blacksmith::tests
