#include "core/lease.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "core/refusal.hpp"
#include "core/survey.hpp"
#include "core/text_file.hpp"
#include "tests/check.hpp"
#include "tests/fixture.hpp"

namespace blacksmith::tests {
namespace {

const std::vector<std::string> two_devices{"sim-0", "sim-1"};

LeaseRequest request(const std::string& directory, std::size_t count, const std::string& target = "train",
                     std::vector<std::string> candidates = two_devices) {
    return {
        directory, {{.candidates = std::move(candidates), .count = count}}, own_record("testing", target)};
}

void finish(std::vector<HeldDevice>& held) {
    for (const auto& device : held) finish_record(device.descriptor.get());
    held.clear();
}

HolderRecord record_of(const TemporaryFolder& box, const std::string& device) {
    return parse_holder(read_text(box / (device + ".lease")).text);
}

bool waits(LeaseRequest& asked) {
    return asked.attempt().empty();
}

TEST("a free device is granted at once, with a record that anybody can read, and is free again when closed") {
    const TemporaryFolder box;
    auto asked = request(box.path(), 1);
    auto held = asked.attempt();
    CHECK_EQUAL(held.size(), 1U);
    CHECK_EQUAL(held[0].name, "sim-0");
    const auto record = record_of(box, "sim-0");
    CHECK(record.state == HolderState::leased);
    CHECK_EQUAL(record.executor.pid, ::getpid());
    CHECK_EQUAL(record.project, "testing");
    finish(held);
    CHECK(record_of(box, "sim-0").state == HolderState::none);
    CHECK_EQUAL(request(box.path(), 2).attempt().size(), 2U);
}

TEST("several devices are granted all or not at all") {
    const TemporaryFolder box;
    auto one = request(box.path(), 1);
    auto held = one.attempt();
    auto two = request(box.path(), 2);
    CHECK(waits(two));
    CHECK_EQUAL(two.waiting().busy.size(), 1U);
    CHECK_EQUAL(two.waiting().busy[0].name, "sim-0");
    CHECK_EQUAL(two.waiting().busy[0].holder.executor.pid, ::getpid());
    finish(held);
    CHECK_EQUAL(two.attempt().size(), 2U);
}

TEST("what a large request waits for is kept for it, so that small ones behind it do not starve it") {
    const TemporaryFolder box;
    auto first = request(box.path(), 1);
    auto held = first.attempt();
    auto large = request(box.path(), 2);
    CHECK(waits(large));
    auto small = request(box.path(), 1);
    CHECK(waits(small));
    CHECK_EQUAL(small.waiting().ahead, 1U);
    finish(held);
    CHECK(waits(small));
    CHECK_EQUAL(large.attempt().size(), 2U);
}

TEST("who wants other devices is not held up by those who wait") {
    const TemporaryFolder box;
    auto first = request(box.path(), 2);
    auto held = first.attempt();
    auto second = request(box.path(), 1);
    CHECK(waits(second));
    CHECK_EQUAL(request(box.path(), 1, "train", {"sim-7"}).attempt().size(), 1U);
}

TEST("a waiter that dies leaves the queue, and the next is first") {
    const TemporaryFolder box;
    auto first = request(box.path(), 2);
    auto held = first.attempt();
    const int dying = in_child([&] {
        auto asked = request(box.path(), 1);
        if (!waits(asked)) return 1;
        ::kill(::getpid(), SIGKILL);
        return 2;
    });
    CHECK_EQUAL(wait_for(dying), 128 + SIGKILL);
    CHECK_EQUAL(list_directory(box / "queue").size(), 1U);
    auto next = request(box.path(), 1);
    CHECK(waits(next));
    CHECK_EQUAL(next.waiting().ahead, 0U);
    CHECK_EQUAL(list_directory(box / "queue").size(), 1U);
}

TEST("a stopped waiter keeps its place but holds nobody up") {
    const TemporaryFolder box;
    auto first = request(box.path(), 2);
    auto held = first.attempt();
    const int stopped = in_child([&] {
        held.clear();  // A fork has inherited it.
        auto asked = request(box.path(), 2);
        if (!waits(asked)) return 1;
        ::raise(SIGSTOP);
        return asked.attempt().size() == 2U ? 0 : 2;
    });
    const auto is_stopped = [&] { return life_of(identity_of(stopped)) == Life::stopped; };
    CHECK(eventually(is_stopped));
    finish(held);
    auto quick = request(box.path(), 1);
    auto granted = quick.attempt();
    CHECK_EQUAL(granted.size(), 1U);
    finish(granted);
    ::kill(stopped, SIGCONT);
    CHECK_EQUAL(wait_for(stopped), 0);
}

TEST("twelve processes on two devices: never two on one, all finish, first come first served") {
    const TemporaryFolder box;
    constexpr int runs = 12;
    std::vector<int> children;
    auto blocker = request(box.path(), 2);
    auto all = blocker.attempt();
    for (int run = 0; run < runs; ++run) {
        children.push_back(in_child([&] {
            all.clear();  // A fork has inherited it.
            auto asked = request(box.path(), 1);
            std::vector<HeldDevice> held;
            if (!eventually([&] { return !(held = asked.attempt()).empty(); })) return 1;
            asked.leave_queue();
            // O_EXCL fails if somebody else is on the device.
            const std::string mark = box / ("on-" + held[0].name);
            const Descriptor alone(::open(mark.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600));
            if (!alone) return 2;
            const Descriptor order(::open((box / "order").c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600));
            const std::string line = std::to_string(run) + " " + std::to_string(asked.waiting().ahead) + "\n";
            if (::write(order.get(), line.data(), line.size()) < 0) return 3;
            std::this_thread::sleep_for(std::chrono::milliseconds(3));
            ::unlink(mark.c_str());
            finish(held);
            return 0;
        }));
        // They come one after the other: each has its place before the next one starts.
        CHECK(eventually(
            [&] { return list_directory(box / "queue").size() == static_cast<std::size_t>(run) + 1; }));
    }
    finish(all);
    for (const int child : children) CHECK_EQUAL(wait_for(child), 0);
    const auto order = split(read_text(box / "order").text, '\n');
    CHECK_EQUAL(order.size(), static_cast<std::size_t>(runs));
    for (const auto& line : order) {
        // One may still be ahead, for whom the other device is set aside: it has not looked again yet.
        CHECK(*parse_number(split(line, ' ').at(1)) <= 1);
    }
}

TEST("eight processes on one device get it in the order in which they came") {
    const TemporaryFolder box;
    constexpr int runs = 8;
    std::vector<int> children;
    auto blocker = request(box.path(), 2);
    auto all = blocker.attempt();
    for (int run = 0; run < runs; ++run) {
        children.push_back(in_child([&] {
            all.clear();
            auto asked = request(box.path(), 2);
            std::vector<HeldDevice> held;
            if (!eventually([&] { return !(held = asked.attempt()).empty(); })) return 1;
            asked.leave_queue();
            const Descriptor order(::open((box / "order").c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600));
            const std::string line = std::to_string(run) + "\n";
            if (::write(order.get(), line.data(), line.size()) < 0) return 3;
            finish(held);
            return 0;
        }));
        CHECK(eventually(
            [&] { return list_directory(box / "queue").size() == static_cast<std::size_t>(run) + 1; }));
    }
    finish(all);
    for (const int child : children) CHECK_EQUAL(wait_for(child), 0);
    CHECK_EQUAL(read_text(box / "order").text, "0\n1\n2\n3\n4\n5\n6\n7\n");
}

TEST("threads of one process exclude each other as processes do") {
    const TemporaryFolder box;
    std::atomic<int> on_device = 0;
    std::atomic<int> most = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 25; ++round) {
                auto asked = request(box.path(), 1, "train", {"sim-0"});
                std::vector<HeldDevice> held;
                if (!eventually([&] { return !(held = asked.attempt()).empty(); })) return;
                asked.leave_queue();
                most = std::max<int>(most, ++on_device);
                --on_device;
                finish(held);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK_EQUAL(most.load(), 1);
}

TEST("a child that inherited the lease keeps the device after its parent was killed") {
    const TemporaryFolder box;
    int ready[2];
    CHECK_EQUAL(::pipe(ready), 0);
    const int parent = in_child([&] {
        auto asked = request(box.path(), 2);
        auto held = asked.attempt();
        in_child([&] {
            const auto grandchild = ::getpid();
            if (::write(ready[1], &grandchild, sizeof grandchild) < 0) return 1;
            ::pause();
            return 0;
        });
        ::pause();
        return 0;
    });
    pid_t grandchild = 0;
    CHECK_EQUAL(::read(ready[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
    ::kill(parent, SIGKILL);
    wait_for(parent);
    auto asked = request(box.path(), 1);
    CHECK(waits(asked));
    CHECK(holders_are_dead(asked.waiting().busy.at(0).holder));
    ::kill(grandchild, SIGKILL);
    CHECK(eventually([&] { return !waits(asked); }));
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST("a lease file that is deleted while it is held is not given to another") {
    const TemporaryFolder box;
    auto first = request(box.path(), 1, "train", {"sim-0"});
    auto held = first.attempt();
    std::filesystem::remove(box / "sim-0.lease");
    auto second = request(box.path(), 1, "train", {"sim-0"});
    CHECK(waits(second));
    CHECK_EQUAL(second.waiting().busy.at(0).processes.at(0), ::getpid());
    held.clear();
    CHECK(!waits(second));
}

TEST("a record that is left running asks for a check, one that was only leased does not") {
    const TemporaryFolder box;
    for (const auto& [state, checked] :
         {std::pair{HolderState::leased, false}, std::pair{HolderState::running, true}}) {
        auto asked = request(box.path(), 1);
        auto held = asked.attempt();
        auto record = asked.record();
        record.state = state;
        write_record(held[0].descriptor.get(), record);
        held.clear();
        held = request(box.path(), 1).attempt();
        CHECK_EQUAL(needs_check(held[0].before), checked);
        CHECK(record_of(box, "sim-0").state == (checked ? HolderState::dirty : HolderState::leased));
        clear_mark(held[0].descriptor.get());
        finish(held);
    }
}

TEST("a quarantine stays in the record, through a new lease too, until a check has cleared it") {
    const TemporaryFolder box;
    auto held = request(box.path(), 1).attempt();
    quarantine(held[0].descriptor.get(), {.reason = "its heartbeat does not move", .remedy = "Reset it"});
    CHECK(finish_record(held[0].descriptor.get()).state == HolderState::quarantined);
    held.clear();
    const auto found = survey(box.path());
    CHECK_EQUAL(found.held.size(), 0U);
    CHECK_EQUAL(found.marked.at(0).holder.reason, "its heartbeat does not move");
    held = request(box.path(), 1).attempt();
    CHECK(held[0].before.state == HolderState::quarantined);
    CHECK(record_of(box, "sim-0").state == HolderState::quarantined);
    clear_mark(held[0].descriptor.get());
    finish(held);
    CHECK_EQUAL(survey(box.path()).marked.size(), 0U);
}

TEST("garbage in a lease file is no holder, and asks for a check") {
    const TemporaryFolder box;
    box.write("sim-0.lease", std::string(9000, '\xff') + "\nstate=leased\nend\n");
    auto held = request(box.path(), 1).attempt();
    CHECK_EQUAL(held.at(0).name, "sim-0");
    CHECK(needs_check(held[0].before));
    CHECK(held[0].before.lease.empty());
}

TEST("garbage in the queue is no waiter, and takes nobody's place") {
    const TemporaryFolder box;
    box.write("queue/0000000001", "garbage");
    box.write("queue/notes", "");
    box.write("queue/99999999999999999999", "");
    auto holder = request(box.path(), 2);
    auto held = holder.attempt();
    CHECK_EQUAL(held.size(), 2U);
    auto second = request(box.path(), 1);
    auto third = request(box.path(), 1);
    CHECK(waits(second) && waits(third));
    CHECK_EQUAL(second.waiting().ahead, 0U);
    CHECK_EQUAL(third.waiting().ahead, 1U);
    CHECK_EQUAL(survey(box.path()).waiters.size(), 2U);
}

TEST("a holder's time begins when it gets the device, and not when it began to wait") {
    const TemporaryFolder box;
    auto record = own_record("testing", "train");
    record.since = 1;
    LeaseRequest asked(box.path(), {{.candidates = two_devices, .count = 1}}, record);
    const auto held = asked.attempt();
    CHECK(record_of(box, "sim-0").since > 1);
}

TEST("a lease file that cannot be used hides none of the other devices") {
    const TemporaryFolder box;
    auto asked = request(box.path(), 1, "train", {"sim-1"});
    const auto held = asked.attempt();
    box.link("sim-0.lease", "/etc/passwd");
    const auto found = survey(box.path());
    CHECK_EQUAL(found.held.at(0).name, "sim-1");
    CHECK_EQUAL(found.marked.at(0).name, "sim-0");
    CHECK(found.marked[0].holder.reason.find(box / "sim-0.lease") != std::string::npos);
    CHECK(!found.marked[0].holder.remedy.empty());
}

TEST("a link, a pipe or a folder in place of a lease file is refused by name") {
    for (const char* kind : {"link", "pipe", "folder"}) {
        const TemporaryFolder box;
        const std::string file = box / "sim-0.lease";
        if (std::string(kind) == "link") box.link("sim-0.lease", "/etc/passwd");
        if (std::string(kind) == "pipe") ::mkfifo(file.c_str(), 0666);
        if (std::string(kind) == "folder") std::filesystem::create_directory(file);
        try {
            request(box.path(), 1).attempt();
            CHECK(!"refused");
        } catch (const Refusal& refusal) {
            CHECK(std::string(refusal.what()).find(file) != std::string::npos);
            CHECK(!refusal.remedy().empty());
        }
    }
}

TEST(
    "the directory is made with mode 1777, its files so that all users lock and read them, whatever the "
    "umask") {
    const TemporaryFolder box;
    const mode_t before = ::umask(077);
    const auto held = request(box / "leases", 2).attempt();
    auto waiter = request(box / "leases", 1);
    CHECK(waits(waiter));
    ::umask(before);
    struct stat status {};
    const auto queue = list_directory(box / "leases/queue");
    CHECK_EQUAL(queue.size(), 1U);
    for (const std::string& name : queue) {
        ::stat((box / ("leases/queue/" + name)).c_str(), &status);
        CHECK_EQUAL(status.st_mode & 07777U, 0644U);
    }
    ::stat((box / "leases").c_str(), &status);
    CHECK_EQUAL(status.st_mode & 07777U, 01777U);
    ::stat((box / "leases/sim-0.lease").c_str(), &status);
    CHECK_EQUAL(status.st_mode & 07777U, 0666U);
}

TEST(
    "a holder with a reused pid is dead, one in another PID namespace is not known, one of another boot is "
    "dead") {
    ProcessIdentity process = own_identity();
    CHECK(life_of(process) == Life::alive);
    process.start += 1;
    CHECK(life_of(process) == Life::dead);
    process = own_identity();
    process.pid_namespace = "pid:[1]";
    CHECK(life_of(process) == Life::unknown);
    process.boot = "another";
    CHECK(life_of(process) == Life::dead);
}

TEST("records survive being written and read, with values kept to one line") {
    HolderRecord record = own_record("jax-mnist", "train\nend");
    record.reason = "a=b";
    const HolderRecord read = parse_holder(to_text(record));
    CHECK_EQUAL(read.project, "jax-mnist");
    CHECK_EQUAL(read.target, "train end");
    CHECK_EQUAL(read.reason, "a=b");
    CHECK_EQUAL(read.executor.start, record.executor.start);
    CHECK(parse_holder("").state == HolderState::none);
    CHECK(parse_holder(to_text(record).substr(0, 60)).state == HolderState::dirty);
}

}  // namespace
}  // namespace blacksmith::tests
