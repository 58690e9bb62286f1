#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace blacksmith::tests {

/** A test registers itself where it is defined; its name is a sentence about behaviour. */
struct Test {
    Test(const char* name, void (*body)());
};

/** Reports failures with file and line, and ends the test. */
[[noreturn]] inline void fail(const char* file, int line, const std::string& what) {
    throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

/** Ends a test that this machine cannot run. */
struct Skipped : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <typename Actual, typename Expected>
void check_equal(const Actual& actual, const Expected& expected, const char* text, const char* file,
                 int line) {
    if (actual == expected) return;
    std::ostringstream what;
    what << text << " is " << actual << ", not " << expected;
    fail(file, line, what.str());
}

}  // namespace blacksmith::tests

#define BLACKSMITH_JOIN_(a, b) a##b
#define BLACKSMITH_JOIN(a, b) BLACKSMITH_JOIN_(a, b)
#define TEST(name)                                                           \
    static void BLACKSMITH_JOIN(body_, __LINE__)();                          \
    static const ::blacksmith::tests::Test BLACKSMITH_JOIN(test_, __LINE__)( \
        name, BLACKSMITH_JOIN(body_, __LINE__));                             \
    static void BLACKSMITH_JOIN(body_, __LINE__)()
/** `why`: the sentence that is shown beside the test's name. */
#define SKIP_IF(condition, why) \
    if (condition) throw ::blacksmith::tests::Skipped(why)
#define CHECK(condition) \
    if (!(condition)) ::blacksmith::tests::fail(__FILE__, __LINE__, #condition " does not hold")
#define CHECK_EQUAL(actual, expected) \
    ::blacksmith::tests::check_equal((actual), (expected), #actual, __FILE__, __LINE__)
