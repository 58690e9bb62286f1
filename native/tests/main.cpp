// Runs all tests, or those whose name holds the first argument; ends with the line `N passed, N failed`, and
// `, N skipped` where this machine cannot run some.
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "tests/check.hpp"

namespace blacksmith::tests {
namespace {

struct Entry {
    const char* name;
    void (*body)();
};

std::vector<Entry>& entries() {
    static std::vector<Entry> all;
    return all;
}

enum class Outcome { passed, failed, skipped };

Outcome outcome_of(const Entry& test) {
    try {
        test.body();
        return Outcome::passed;
    } catch (const Skipped& skipped) {
        std::printf("skipped %s\n        %s\n", test.name, skipped.what());
        return Outcome::skipped;
    } catch (const std::exception& error) {
        std::printf("FAILED  %s\n        %s\n", test.name, error.what());
        return Outcome::failed;
    }
}

}  // namespace

Test::Test(const char* name, void (*body)()) {
    entries().push_back({name, body});
}

int run(const std::string& wanted) {
    std::map<Outcome, int> count;
    for (const Entry& test : entries()) {
        if (std::string(test.name).find(wanted) == std::string::npos) continue;
        ++count[outcome_of(test)];
        std::fflush(stdout);
    }
    std::printf("%d passed, %d failed", count[Outcome::passed], count[Outcome::failed]);
    if (count[Outcome::skipped] > 0) std::printf(", %d skipped", count[Outcome::skipped]);
    std::printf("\n");
    return count[Outcome::failed] == 0 && count[Outcome::passed] > 0 ? 0 : 1;
}

}  // namespace blacksmith::tests

int main(int count, char** arguments) {
    return blacksmith::tests::run(count > 1 ? arguments[1] : "");
}
