#include "core/tree_listing.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "core/text_file.hpp"
#include "tests/check.hpp"
#include "tests/fixture.hpp"

namespace blacksmith::tests {
namespace {

/** The entries without their numbers: `d a`, `f a/b`. */
std::string names(const std::string& listing) {
    std::vector<std::string> entries = split(listing, '\0');
    for (std::string& entry : entries) {
        const std::size_t numbers = entry[0] == 'd' ? 0 : 4;
        for (std::size_t i = 0; i < numbers; ++i) entry.erase(1, entry.find(' ', 2) - 1);
    }
    return join(entries, "|");
}

TEST("a tree is listed folder by folder in the order of names, and no link is followed") {
    const TemporaryFolder tree;
    tree.write("b/two.py", "2");
    tree.write("b/one.py", "1");
    tree.write("a.py", "");
    tree.link("c", tree / "b");
    CHECK(::mkdir((tree / "empty").c_str(), 0755) == 0);
    CHECK_EQUAL(names(list_tree(tree.path()).text), "f a.py|d b|l c|d empty|f b/one.py|f b/two.py");
}

TEST("what is to be skipped is left out, with all below it") {
    const TemporaryFolder tree;
    tree.write("cache/x", "");
    tree.write("a/cache/x", "");
    tree.write("a/stamp", "");
    tree.write("stamp", "");
    CHECK_EQUAL(names(list_tree(tree.path(), {"cache", "/stamp"}).text), "d a|f a/stamp");
}

TEST("a file that is edited, given its old size and its old time is listed otherwise") {
    const TemporaryFolder tree;
    tree.write("x.py", "value = 1");
    const std::string before = list_tree(tree.path()).text;
    CHECK_EQUAL(list_tree(tree.path()).text, before);
    struct stat old {};
    CHECK(::stat((tree / "x.py").c_str(), &old) == 0);
    const timespec times[] = {old.st_atim, old.st_mtim};
    // The clock of the file system moves in ticks: until it has, a change leaves no trace.
    CHECK(eventually([&] {
        tree.write("x.py", "value = 2");
        CHECK(::utimensat(AT_FDCWD, (tree / "x.py").c_str(), times, 0) == 0);
        return list_tree(tree.path()).text != before;
    }));
}

TEST("a folder that is not there is an error with its code") {
    const TemporaryFolder tree;
    int code = 0;
    try {
        list_tree(tree / "nowhere");
    } catch (const std::system_error& error) {
        code = error.code().value();
    }
    CHECK_EQUAL(code, ENOENT);
}

}  // namespace
}  // namespace blacksmith::tests
