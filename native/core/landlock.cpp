#include "core/landlock.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

#include "core/landlock_interface.hpp"
#include "core/text_file.hpp"

namespace blacksmith {
namespace {

using namespace landlock;

constexpr std::uint64_t read_rights = read_file | read_dir;
/** No device nodes: through one of a disk, root would read whatever it likes. */
constexpr std::uint64_t write_rights = write_file | truncate | ioctl_dev | refer | remove_file | remove_dir |
                                       make_reg | make_dir | make_sym | make_sock | make_fifo;
/** Those that a rule for anything but a folder may name. */
constexpr std::uint64_t rights_of_files = execute | read_file | write_file | truncate | ioctl_dev;

std::uint64_t rights_known_to(int abi) {
    std::uint64_t rights = execute | read_rights | write_rights | make_char | make_block;
    if (abi < 2) rights &= ~refer;
    if (abi < 3) rights &= ~truncate;
    if (abi < 5) rights &= ~ioctl_dev;
    return rights;
}

/** Abstract sockets belong to the network, as their names do: who may use it reaches them. */
std::uint64_t scopes_known_to(int abi, bool network_closed) {
    if (abi < first_abi_with_scopes) return 0;
    return signals | (network_closed ? abstract_unix_sockets : 0);
}

std::uint64_t rights_of(const PathRule& rule) {
    return (rule.read ? read_rights : 0) | (rule.list ? read_dir : 0) | (rule.execute ? execute : 0) |
           (rule.write ? write_rights : 0);
}

[[noreturn]] void fail_with_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void add_rule(const Descriptor& ruleset, const PathRule& rule, std::uint64_t known) {
    const Descriptor place(::open(rule.path.c_str(), O_PATH | O_CLOEXEC));
    if (!place && (errno == ENOENT || errno == ENOTDIR)) return;
    const std::string problem = "the box cannot hold " + rule.path;
    struct stat status {};
    if (!place || ::fstat(place.get(), &status) != 0) fail_with_errno(problem);
    std::uint64_t allowed = rights_of(rule) & known;
    if (!S_ISDIR(status.st_mode)) allowed &= rights_of_files;
    const PathBeneathAttributes attributes{.allowed_access = allowed, .parent_fd = place.get()};
    if (::syscall(add_rule_call, ruleset.get(), path_beneath_rule, &attributes, 0) != 0)
        fail_with_errno(problem);
}

void allow_port(const Descriptor& ruleset, std::uint64_t right, std::uint64_t port) {
    const PortAttributes attributes{.allowed_access = right, .port = port};
    if (::syscall(add_rule_call, ruleset.get(), port_rule, &attributes, 0) != 0)
        fail_with_errno("the box cannot open port " + std::to_string(port));
}

/** Listening at a port of the kernel's choice, and reaching one: it chooses from a range, ip(7). */
void allow_chosen_ports(const Descriptor& ruleset) {
    const auto range = split(read_line("/proc/sys/net/ipv4/ip_local_port_range").value_or(""), '\t');
    const auto first = range.empty() ? std::nullopt : parse_number(range.front());
    const auto last = range.empty() ? std::nullopt : parse_number(range.back());
    allow_port(ruleset, bind_tcp, 0);
    for (long long port = first.value_or(32768); port <= last.value_or(60999); ++port)
        allow_port(ruleset, connect_tcp, static_cast<std::uint64_t>(port));
}

std::string why_not(int error) {
    switch (error) {
        case ENOSYS:
            return "the kernel has no Landlock";
        case EOPNOTSUPP:
            return "Landlock is switched off at boot";
        case EPERM:
            return "a container's filter forbids Landlock";
        default:
            return std::string("Landlock cannot be used: ") + std::strerror(error);
    }
}

/** Either lets root read the variables and the memory map of any process, where the box would refuse them. */
bool drop_sight_of_others() {
    constexpr unsigned perfmon = 38;  // newer than the headers of older distributions
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capget, &header, sets) != 0) return false;
    for (const unsigned capability : {unsigned{CAP_SYS_ADMIN}, perfmon}) {
        auto& set = sets[capability / 32];
        const std::uint32_t others = ~(1U << capability % 32);
        set.effective &= others;
        set.permitted &= others;
        set.inheritable &= others;
    }
    return ::syscall(SYS_capset, &header, sets) == 0;
}

}  // namespace

LandlockSupport landlock_support() {
    const long abi = ::syscall(create_ruleset_call, nullptr, 0, ask_version);
    if (abi < 0) return {.abi = 0, .reason = why_not(errno)};
    return {.abi = static_cast<int>(abi), .reason = ""};
}

Descriptor make_ruleset(const BoxRules& rules, int abi) {
    const std::uint64_t known = rights_known_to(abi);
    const bool closes_tcp = rules.network_closed && abi >= first_abi_with_tcp;
    const RulesetAttributes attributes{.handled_access_fs = known,
                                       .handled_access_net = closes_tcp ? bind_tcp | connect_tcp : 0,
                                       .scoped = scopes_known_to(abi, rules.network_closed)};
    Descriptor ruleset(static_cast<int>(::syscall(create_ruleset_call, &attributes, sizeof attributes, 0)));
    if (!ruleset) fail_with_errno("no box can be made");
    for (const auto& rule : rules.paths) add_rule(ruleset, rule, known);
    if (closes_tcp && rules.chosen_ports_open) allow_chosen_ports(ruleset);
    return ruleset;
}

bool enter_box(const Descriptor& ruleset) {
    // Without the first, only an administrator may restrict itself, and a program could gain again what is
    // dropped.
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && drop_sight_of_others() &&
           ::syscall(restrict_self_call, ruleset.get(), 0) == 0;
}

}  // namespace blacksmith
