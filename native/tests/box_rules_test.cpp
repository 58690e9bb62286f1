#include "core/box_rules.hpp"

#include <stdexcept>
#include <system_error>

#include "tests/check.hpp"
#include "tests/fixture.hpp"

namespace blacksmith::tests {
namespace {

/** The message that a text of rules is refused with; empty when it is taken. */
std::string refusal_of(const std::string& text) {
    try {
        parse_box_rules(text, "rules");
        return "";
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

TEST("rules of a box are rights in any order and a path that may hold spaces") {
    const BoxRules rules = parse_box_rules("rx /usr/lib\nwr /home/a person/out \nx /bin/true\n", "rules");
    CHECK_EQUAL(rules.paths.size(), 3U);
    CHECK(rules.paths[0].read && rules.paths[0].execute && !rules.paths[0].write);
    CHECK_EQUAL(rules.paths[1].path, "/home/a person/out ");
    CHECK(rules.paths[1].read && rules.paths[1].write && !rules.paths[1].execute);
    CHECK(rules.paths[2].execute && !rules.paths[2].read);
    CHECK(!rules.network_closed);
    CHECK(parse_box_rules("r /\nnet closed\n", "rules").network_closed);
    CHECK(!parse_box_rules("r /\nnet closed\n", "rules").chosen_ports_open);
    CHECK(parse_box_rules("r /\nnet chosen\n", "rules").network_closed);
    CHECK(parse_box_rules("r /\nnet chosen\n", "rules").chosen_ports_open);
}

TEST("a line of rules that is not understood is named by its number") {
    CHECK_EQUAL(refusal_of("r /usr\nrq /tmp\n"),
                "rules:2: 'rq /tmp' is not rights (r, l, w, x) and an absolute path, nor 'net closed' or "
                "'net chosen'");
    for (const std::string line : {"", "r", "r ", "/usr", " /usr", "r usr/lib", "net open", "net closed "}) {
        CHECK(refusal_of("r /usr\n" + line + "\n").starts_with("rules:2: "));
    }
}

TEST("a file of rules that cannot be read, or not whole, is an error that names it") {
    const TemporaryFolder folder;
    bool refused = false;
    try {
        read_box_rules(folder / "missing");
    } catch (const std::system_error& error) {
        refused =
            std::string(error.what()) == "cannot read " + folder / "missing" + ": No such file or directory";
    }
    CHECK(refused);
    folder.write("large", "r /" + std::string(1 << 20, 'a'));
    try {
        read_box_rules(folder / "large");
        refused = false;
    } catch (const std::invalid_argument& error) {
        CHECK_EQUAL(error.what(), folder / "large" + " is larger than 1 MiB");
    }
    CHECK(refused);
}

}  // namespace
}  // namespace blacksmith::tests
