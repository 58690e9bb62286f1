#include "benchmarks/box.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "benchmarks/median.hpp"
#include "core/landlock.hpp"

namespace blacksmith {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int rounds = 200;
constexpr int rules = 40;
constexpr double most_microseconds = 5000;

std::string write_rules(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::filesystem::path file = folder / "rules";
    std::ofstream text(file);
    for (int i = 0; i < rules; ++i) {
        const auto place = folder / "places" / std::to_string(i);
        std::filesystem::create_directories(place);
        text << "rwx " << place.string() << "\n";
    }
    text << "net closed\n";
    return file;
}

double microseconds_to_enter(const std::string& file, int abi) {
    const auto begin = Clock::now();
    if (!enter_box(make_ruleset(read_box_rules(file), abi))) throw std::runtime_error("cannot enter the box");
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

/** In a process of its own, since a box is for good. */
double measured_in_child(const std::string& file, int abi) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
        const double time = microseconds_to_enter(file, abi);
        ::_exit(::write(writing.get(), &time, sizeof time) == sizeof time ? 0 : 1);
    }
    writing.reset();
    double time = 0;
    const bool read_whole = ::read(reading.get(), &time, sizeof time) == sizeof time;
    ::waitpid(child, nullptr, 0);
    if (!read_whole) throw std::runtime_error("a box was not entered");
    return time;
}

}  // namespace

void benchmark_box(const std::filesystem::path& folder) {
    const auto [abi, reason] = landlock_support();
    if (abi == 0) {
        std::printf("a box of %d rules: not measured, %s\n", rules, reason.c_str());
        return;
    }
    const std::string file = write_rules(folder);
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) times.push_back(measured_in_child(file, abi));
    std::printf("a box of %d rules, read, made and entered: %.0f µs (at most %g)\n", rules, median(times),
                most_microseconds);
}

}  // namespace blacksmith
