// Runs all tests, or those whose name holds the first argument; ends with the line `N passed, N failed`.
#include <cstdio>
#include <exception>
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

bool passes(const Entry& test) {
    try {
        test.body();
        return true;
    } catch (const std::exception& error) {
        std::printf("FAILED  %s\n        %s\n", test.name, error.what());
        return false;
    }
}

}  // namespace

Test::Test(const char* name, void (*body)()) {
    entries().push_back({name, body});
}

int run(const std::string& wanted) {
    int passed = 0;
    int failed = 0;
    for (const Entry& test : entries()) {
        if (std::string(test.name).find(wanted) == std::string::npos) continue;
        ++(passes(test) ? passed : failed);
        std::fflush(stdout);
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace blacksmith::tests

int main(int count, char** arguments) {
    return blacksmith::tests::run(count > 1 ? arguments[1] : "");
}
