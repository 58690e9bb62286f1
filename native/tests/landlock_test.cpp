#include "core/landlock.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "core/landlock_interface.hpp"
#include "tests/abstract_socket.hpp"
#include "tests/check.hpp"
#include "tests/fixture.hpp"
#include "tests/listener.hpp"

namespace blacksmith::tests {
namespace {

namespace files = std::filesystem;

int kernel_abi() {
    return landlock_support().abi;
}

void skip_without_landlock(int abi = 1) {
    const auto [ours, reason] = landlock_support();
    SKIP_IF(ours == 0, reason);
    SKIP_IF(ours < abi,
            "the kernel has Landlock's ABI " + std::to_string(ours) + ", not " + std::to_string(abi));
}

/** The exit status of a child that does `work` in a box of these rules. */
int boxed(const std::string& rules, const std::function<int()>& work, int abi = kernel_abi()) {
    return wait_for(in_child([&] {
        if (!enter_box(make_ruleset(parse_box_rules(rules, "rules"), abi))) return 98;
        return work();
    }));
}

/** 0, or the errno that stood in the way. */
int failure_of(bool done) {
    return done ? 0 : errno;
}

int opening(const std::string& path, int flags = O_RDONLY) {
    return failure_of(static_cast<bool>(Descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600))));
}

int moving(const std::string& from, const std::string& to) {
    return failure_of(::rename(from.c_str(), to.c_str()) == 0);
}

/** The exit status of a child in which a system call is refused, as by the filter of a container. */
int with_refused_call(long call, int error, const std::function<int()>& work) {
    return wait_for(in_child([&] {
        sock_filter steps[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        const sock_fprog filter{.len = std::size(steps), .filter = steps};
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 97;
        if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) return 98;
        return work();
    }));
}

TEST("a kernel without Landlock, one that has it switched off, and a filter that forbids it are told apart") {
    const auto reason_with = [](int error, const std::string& reason) {
        return with_refused_call(landlock::create_ruleset_call, error, [&] {
            const auto support = landlock_support();
            return support.abi == 0 && support.reason == reason ? 0 : 1;
        });
    };
    SKIP_IF(with_refused_call(landlock::create_ruleset_call, ENOSYS, [] { return 0; }) == 98,
            "the kernel filters no system calls");
    CHECK_EQUAL(reason_with(ENOSYS, "the kernel has no Landlock"), 0);
    CHECK_EQUAL(reason_with(EOPNOTSUPP, "Landlock is switched off at boot"), 0);
    CHECK_EQUAL(reason_with(EPERM, "a container's filter forbids Landlock"), 0);
}

TEST("in a box, what a rule names can be read with all below it, and nothing else") {
    skip_without_landlock();
    const TemporaryFolder folder;
    folder.write("given/deep/file", "text");
    folder.write("one file", "text");
    folder.write("other", "text");
    const std::string rules = "r " + folder / "given" + "\nr " + folder / "one file" + "\n";
    CHECK_EQUAL(boxed(rules, [&] { return opening(folder / "given/deep/file"); }), 0);
    CHECK_EQUAL(boxed(rules, [&] { return opening(folder / "given", O_RDONLY | O_DIRECTORY); }), 0);
    CHECK_EQUAL(boxed(rules, [&] { return opening(folder / "one file"); }), 0);
    CHECK_EQUAL(boxed(rules, [&] { return opening(folder / "other"); }), EACCES);
    CHECK_EQUAL(boxed(rules, [&] { return opening(folder.path(), O_RDONLY | O_DIRECTORY); }), EACCES);
}

TEST("in a box, a folder that is only listed shows its names, and keeps its files closed") {
    skip_without_landlock();
    const TemporaryFolder folder;
    folder.write("file", "text");
    const std::string rules = "l " + folder.path() + "\n";
    CHECK_EQUAL(boxed(rules, [&] { return opening(folder.path(), O_RDONLY | O_DIRECTORY); }), 0);
    CHECK_EQUAL(boxed(rules, [&] { return opening(folder / "file"); }), EACCES);
}

TEST("in a box, a link leads no further than the rules") {
    skip_without_landlock();
    const TemporaryFolder folder;
    folder.write("other", "text");
    folder.link("given/link", folder / "other");
    folder.link("linked", folder / "given");
    CHECK_EQUAL(boxed("r " + folder / "given" + "\n", [&] { return opening(folder / "given/link"); }),
                EACCES);
    folder.write("given/file", "text");
    // A rule for a link is one for what it leads to.
    CHECK_EQUAL(boxed("r " + folder / "linked" + "\n", [&] { return opening(folder / "given/file"); }), 0);
}

TEST("in a box, a folder that is only read keeps its files") {
    skip_without_landlock(3);
    const TemporaryFolder folder;
    folder.write("file", "text");
    const auto in_read_folder = [&](const std::function<int()>& work) {
        return boxed("rx " + folder.path() + "\n", work);
    };
    const std::string file = folder / "file";
    CHECK_EQUAL(in_read_folder([&] { return opening(file, O_WRONLY); }), EACCES);
    CHECK_EQUAL(in_read_folder([&] { return opening(folder / "new", O_WRONLY | O_CREAT); }), EACCES);
    CHECK_EQUAL(in_read_folder([&] { return moving(file, folder / "new"); }), EACCES);
    CHECK_EQUAL(in_read_folder([&] { return failure_of(::unlink(file.c_str()) == 0); }), EACCES);
    CHECK_EQUAL(in_read_folder([&] { return failure_of(::truncate(file.c_str(), 0) == 0); }), EACCES);
}

TEST("in a box, a folder that is written can be filled, changed and emptied") {
    skip_without_landlock();
    const TemporaryFolder folder;
    const auto in_written_folder = [&](const std::function<int()>& work) {
        return boxed("rw " + folder.path() + "\n", work);
    };
    CHECK_EQUAL(in_written_folder([&] { return opening(folder / "a", O_WRONLY | O_CREAT | O_TRUNC); }), 0);
    CHECK_EQUAL(in_written_folder([&] { return moving(folder / "a", folder / "b"); }), 0);
    CHECK_EQUAL(in_written_folder([&] { return failure_of(::truncate((folder / "b").c_str(), 9) == 0); }), 0);
    CHECK_EQUAL(in_written_folder([&] { return failure_of(::mkdir((folder / "c").c_str(), 0700) == 0); }), 0);
    CHECK_EQUAL(in_written_folder([&] { return failure_of(::symlink("b", (folder / "d").c_str()) == 0); }),
                0);
    CHECK_EQUAL(in_written_folder([&] { return failure_of(::rmdir((folder / "c").c_str()) == 0); }), 0);
    CHECK_EQUAL(in_written_folder([&] { return failure_of(::unlink((folder / "b").c_str()) == 0); }), 0);
}

TEST("in a box, no device node can be made, through which a disk could be read") {
    skip_without_landlock();
    const TemporaryFolder folder;
    const auto making = [&](mode_t kind) {
        return boxed("rw " + folder.path() + "\n", [&] {
            return failure_of(::mknod((folder / "node").c_str(), kind | 0600, makedev(1, 3)) == 0);
        });
    };
    CHECK(making(S_IFCHR) != 0);
    CHECK(making(S_IFBLK) != 0);
    CHECK_EQUAL(making(S_IFIFO), 0);
}

TEST("in a box, files move between folders that are both written, and into no other") {
    skip_without_landlock(2);
    const TemporaryFolder folder;
    folder.write("from/file", "text");
    for (const auto* name : {"to", "other"}) files::create_directory(folder / name);
    const std::string rules =
        "rw " + folder / "from" + "\nrw " + folder / "to" + "\nr " + folder / "other" + "\n";
    CHECK_EQUAL(boxed(rules, [&] { return moving(folder / "from/file", folder / "to/file"); }), 0);
    CHECK_EQUAL(boxed(rules, [&] { return moving(folder / "to/file", folder / "other/file"); }), EACCES);
}

TEST("in a box, a program is started only where a rule allows that") {
    skip_without_landlock();
    const TemporaryFolder folder;
    const std::string program = folder / "true";
    files::copy_file("/bin/true", program);
    const std::string system = "rx /usr/lib\nrx /lib\nrx /lib64\nr /etc/ld.so.cache\n";
    const auto starting = [&] {
        ::execl(program.c_str(), program.c_str(), nullptr);
        return errno;
    };
    CHECK_EQUAL(boxed(system + "r " + folder.path() + "\n", starting), EACCES);
    CHECK_EQUAL(boxed(system + "rx " + folder.path() + "\n", starting), 0);
}

TEST("in a box, device nodes are opened where a rule names them") {
    skip_without_landlock();
    CHECK_EQUAL(boxed("rw /dev/null\n", [] { return opening("/dev/null", O_RDWR | O_TRUNC); }), 0);
    CHECK_EQUAL(boxed("r /dev/null\n", [] { return opening("/dev/null", O_WRONLY); }), EACCES);
    CHECK_EQUAL(boxed("rw /dev/null\n", [] { return opening("/dev/zero"); }), EACCES);
}

TEST("in a box with a closed network, there is no TCP either way") {
    skip_without_landlock(4);
    const Listener listener;
    const auto connecting = [&] { return listener.connect_to() ? 0 : errno; };
    const auto listening = [] {
        try {
            const Listener own;
            return 0;
        } catch (const std::system_error& error) {
            return error.code().value();
        }
    };
    CHECK_EQUAL(boxed("r /\n", connecting), 0);
    CHECK_EQUAL(boxed("r /\nnet closed\n", connecting), EACCES);
    CHECK_EQUAL(boxed("r /\n", listening), 0);
    CHECK_EQUAL(boxed("r /\nnet closed\n", listening), EACCES);
}

TEST("in a box that is open to chosen ports, processes find each other there, and nothing else") {
    skip_without_landlock(4);
    const auto meeting = [] { return failure_of(Listener().connect_to()); };
    const auto at_port = [](in_port_t port, auto act) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = ::htons(port);
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        const Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
        return failure_of(act(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    };
    CHECK_EQUAL(boxed("r /\nnet chosen\n", meeting), 0);
    CHECK_EQUAL(boxed("r /\nnet chosen\n", [&] { return at_port(443, ::connect); }), EACCES);
    CHECK_EQUAL(boxed("r /\nnet chosen\n", [&] { return at_port(8080, ::bind); }), EACCES);
}

TEST("in a box with a closed network, an abstract socket outside is out of reach, and one inside is not") {
    skip_without_landlock(landlock::first_abi_with_scopes);
    const AbstractSocket outside;
    const auto connecting = [&] { return failure_of(outside.connect_to()); };
    const auto connecting_inside = [] {
        const AbstractSocket inside;
        return wait_for(in_child([&] { return failure_of(inside.connect_to()); }));
    };
    CHECK_EQUAL(boxed("r /\n", connecting), 0);
    CHECK_EQUAL(boxed("r /\nnet closed\n", connecting), EPERM);
    CHECK_EQUAL(boxed("r /\nnet closed\n", connecting_inside), 0);
    CHECK_EQUAL(boxed("r /\nnet closed\n", connecting, 5), 0);
}

TEST("in a box, a process signals those in it, and none outside") {
    skip_without_landlock(landlock::first_abi_with_scopes);
    const int outside = ::getpid();
    const auto signalling = [&] { return failure_of(::kill(outside, 0) == 0); };
    const auto ending_its_child = [] {
        const int child = in_child([] { return ::pause(); });
        return ::kill(child, SIGTERM) == 0 ? wait_for(child) : errno;
    };
    CHECK_EQUAL(boxed("r /\n", signalling), EPERM);
    CHECK_EQUAL(boxed("r /\n", signalling, 5), 0);
    CHECK_EQUAL(boxed("r /\n", ending_its_child), 128 + SIGTERM);
}

TEST("in a box, variables and files of a process outside are closed below /proc too, and its own are open") {
    skip_without_landlock();
    const std::string outside = "/proc/" + std::to_string(::getpid());
    for (const auto* name : {"/environ", "/maps", "/cwd"}) {
        CHECK_EQUAL(boxed("r /proc\n", [&] { return opening(outside + name); }), EACCES);
    }
    CHECK_EQUAL(boxed("r /proc\n", [] { return opening("/proc/self/environ"); }), 0);
    const auto reading = [](const std::string& file) {
        return boxed("rx /\nrw /dev/null\n", [&] {
            ::execl("/bin/grep", "grep", "-qs", "--text", "=", file.c_str(), nullptr);
            return errno;
        });
    };
    CHECK_EQUAL(reading(outside + "/environ"), 2);
    CHECK_EQUAL(reading("/proc/self/environ"), 0);
}

TEST("what a process in a box starts is in it too") {
    skip_without_landlock();
    const TemporaryFolder folder;
    folder.write("other", "text");
    CHECK_EQUAL(
        boxed("r /usr\n", [&] { return wait_for(in_child([&] { return opening(folder / "other"); })); }),
        EACCES);
}

TEST("descriptors that were open before stay usable in a box") {
    skip_without_landlock();
    const TemporaryFolder folder;
    folder.write("other", "text");
    const Descriptor file(::open((folder / "other").c_str(), O_RDWR | O_CLOEXEC));
    CHECK_EQUAL(boxed("r /usr\n", [&] { return failure_of(::pwrite(file.get(), "T", 1, 0) == 1); }), 0);
}

TEST("a box of the oldest interface closes files, lets none move between folders, and leaves TCP open") {
    skip_without_landlock();
    const TemporaryFolder folder;
    folder.write("from/file", "text");
    folder.write("to/file", "text");
    folder.write("other", "text");
    const Listener listener;
    const auto in_old_box = [&](const std::function<int()>& work) {
        return boxed("rw " + folder / "from" + "\nrw " + folder / "to" + "\nrw /dev/null\nnet closed\n", work,
                     1);
    };
    CHECK_EQUAL(in_old_box([&] { return opening(folder / "from/file", O_RDWR | O_TRUNC); }), 0);
    CHECK_EQUAL(in_old_box([&] { return opening("/dev/null", O_RDWR); }), 0);
    CHECK_EQUAL(in_old_box([&] { return opening(folder / "other"); }), EACCES);
    CHECK_EQUAL(in_old_box([&] { return moving(folder / "from/file", folder / "to/file"); }), EXDEV);
    CHECK_EQUAL(in_old_box([&] { return listener.connect_to() ? 0 : errno; }), 0);
}

TEST("rules for paths that are not there are passed over, and one that cannot be looked at is named") {
    skip_without_landlock();
    const TemporaryFolder folder;
    folder.write("file", "text");
    folder.link("nowhere", folder / "missing");
    folder.link("circle", folder / "circle");
    std::string rules = "r " + folder / "file" + "\n";
    for (const auto* name : {"missing", "file/below", "nowhere"}) rules += "rw " + folder / name + "\n";
    CHECK_EQUAL(boxed(rules, [&] { return opening(folder / "file"); }), 0);
    std::string problem;
    try {
        make_ruleset(parse_box_rules("r " + folder / "circle" + "\n", "rules"), kernel_abi());
    } catch (const std::system_error& error) {
        problem = error.what();
    }
    CHECK_EQUAL(problem, "the box cannot hold " + folder / "circle" + ": Too many levels of symbolic links");
}

}  // namespace
}  // namespace blacksmith::tests
