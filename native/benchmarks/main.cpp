// What the core costs beside the bare system calls, each pair interleaved in one run: `node native/build.cjs
// --benchmark`. The lease directory is in $TMPDIR, the trees of files as tt-kmd shows 32 boards.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "benchmarks/box.hpp"
#include "benchmarks/median.hpp"
#include "core/flock.hpp"
#include "core/lease.hpp"
#include "core/sampler.hpp"
#include "core/tenstorrent.hpp"

namespace blacksmith {
namespace {

using Clock = std::chrono::steady_clock;
namespace files = std::filesystem;

constexpr int rounds = 200;
constexpr int calls = 20;
constexpr int boards = 32;

double microseconds_of(const std::function<void()>& work) {
    const auto begin = Clock::now();
    for (int i = 0; i < calls; ++i) work();
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / calls;
}

void compare(const char* what, double most, const std::function<void()>& ours,
             const std::function<void()>& bare) {
    std::vector<double> our_times;
    std::vector<double> bare_times;
    for (int round = 0; round < rounds; ++round) {
        bare_times.push_back(microseconds_of(bare));
        our_times.push_back(microseconds_of(ours));
    }
    const double our = median(our_times);
    const double theirs = median(bare_times);
    std::printf("%s: %.2f times the bare calls (at most %g); %.1f µs beside %.1f µs\n", what, our / theirs,
                most, our, theirs);
}

void write(const files::path& file, const std::string& text) {
    files::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

Roots make_boards(const files::path& folder) {
    for (int i = 0; i < boards; ++i) {
        const std::string number = std::to_string(i);
        const files::path pci =
            folder / "sys/devices/pci0000:00" / ("0000:" + std::string(i < 10 ? "0" : "") + number + ":00.0");
        const files::path card = folder / ("sys/class/tenstorrent/tenstorrent!" + number);
        write(folder / "dev/tenstorrent" / number, "");
        write(pci / "vendor", "0x1e52\n");
        write(pci / "device", "0x401e\n");
        write(pci / "hwmon/hwmon1/temp1_input", "43800\n");
        write(pci / "hwmon/hwmon1/power1_input", "22000000\n");
        write(card / "tt_card_type", "galaxy-wormhole\n");
        write(card / "tt_serial", "serial" + number + "\n");
        write(card / "tt_fw_bundle_ver", "18.7.0.0\n");
        write(card / "tt_aiclk", "1000\n");
        files::create_symlink(pci, card / "device");
    }
    Roots roots;
    roots.sys = folder / "sys";
    roots.dev = folder / "dev";
    roots.proc = folder / "proc";
    roots.nvml = "libno-such-nvml.so";
    return roots;
}

void bare_read(const std::string& path) {
    char buffer[256];
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    [[maybe_unused]] const auto count = ::read(file, buffer, sizeof buffer);
    ::close(file);
}

void benchmark_lease(const files::path& folder) {
    const std::string directory = folder / "leases";
    const std::string file = folder / "bare";
    ::close(::open(file.c_str(), O_CREAT | O_RDWR, 0666));
    const HolderRecord record = own_record("benchmark", "lease");
    compare(
        "a lease and its release", 15,
        [&] {
            LeaseRequest request(directory, {{.candidates = {"sim-0"}, .count = 1}}, record);
            const auto held = request.attempt();
            finish_record(held.at(0).descriptor.get());
        },
        [&] {
            const Descriptor bare(::open(file.c_str(), O_RDWR | O_CLOEXEC));
            try_flock(bare.get(), LockMode::exclusive);
        });
}

void benchmark_discovery(const Roots& roots) {
    std::set<std::string> paths;
    Roots recording = roots;
    recording.read = [&](const std::string& path) {
        paths.insert(path);
        return read_text(path);
    };
    discover_tenstorrent(recording);
    compare(
        "discovery of 32 boards", 3, [&] { discover_tenstorrent(roots); },
        [&] {
            for (const auto& path : paths) bare_read(path);
        });
}

double processor_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void benchmark_sampler(const files::path& folder, const Roots& roots) {
    constexpr int seconds = 5;
    Sampler sampler(folder / "telemetry.jsonl", probes_for({"tt-0000:00:00.0"}, {0, 1}, roots),
                    std::chrono::milliseconds(100));
    const double before = processor_seconds();
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    const double used = (processor_seconds() - before) / seconds * 100;
    std::printf("a sampler of a board and two cores at 10 Hz: %.2f %% of one core (at most 0.5)\n", used);
}

}  // namespace
}  // namespace blacksmith

int main() {
    std::string folder = (std::filesystem::temp_directory_path() / "benchmark-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return 1;
    blacksmith::benchmark_lease(folder);
    const auto roots = blacksmith::make_boards(std::filesystem::path(folder) / "box");
    blacksmith::benchmark_discovery(roots);
    blacksmith::benchmark_box(std::filesystem::path(folder) / "boxed");
    blacksmith::benchmark_sampler(folder, roots);
    std::filesystem::remove_all(folder);
}
