#include "core/process.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "core/text_file.hpp"

namespace blacksmith {
namespace {

constexpr std::size_t longest_environment = 1 << 18;

struct Status {
    char state = 0;
    pid_t parent = 0;
    unsigned long long start = 0;
    /** The program was started with no variable at all. */
    bool bare = false;
};

std::string proc(pid_t pid, const char* name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

/** By env_start and env_end, fields 50 and 51 of proc(5): equal, and not 0 as while a program is loaded. */
bool has_no_variables(const std::vector<std::string>& fields) {
    return fields.size() > 48 && fields[47] == fields[48] && fields[48] != "0";
}

std::optional<Status> read_status(pid_t pid) {
    const FileText stat = read_text(proc(pid, "stat"));
    // The name in parentheses may hold spaces and parentheses itself: the fields begin after the last one.
    const auto end_of_name = stat.text.rfind(')');
    if (!stat.ok() || end_of_name == std::string::npos) return std::nullopt;
    const auto fields = split(stat.text.substr(end_of_name + 1), ' ');
    if (fields.size() < 20) return std::nullopt;
    return Status{.state = fields[0][0],
                  .parent = static_cast<pid_t>(parse_number(fields[1]).value_or(0)),
                  .start = static_cast<unsigned long long>(parse_number(fields[19]).value_or(0)),
                  .bare = has_no_variables(fields)};
}

std::string read_link(const std::string& path) {
    std::array<char, 4096> target{};
    const auto length = ::readlink(path.c_str(), target.data(), target.size());
    return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : "";
}

/** For one whose environment was seen to be empty. Kernel threads, and what is ending, have no program. */
bool is_starting_a_program(pid_t pid) {
    const auto status = read_status(pid);
    return status && !status->bare && !read_link(proc(pid, "exe")).empty();
}

}  // namespace

ProcessIdentity identity_of(pid_t pid) {
    ProcessIdentity identity;
    identity.pid = pid;
    if (const auto status = read_status(pid)) identity.start = status->start;
    identity.boot = read_line("/proc/sys/kernel/random/boot_id").value_or("");
    identity.pid_namespace = read_link("/proc/self/ns/pid");
    return identity;
}

const ProcessIdentity& own_identity() {
    // A fork has an identity of its own.
    thread_local ProcessIdentity own;
    if (own.pid != ::getpid()) own = identity_of(::getpid());
    return own;
}

Life life_of(const ProcessIdentity& process) {
    const ProcessIdentity& own = own_identity();
    if (process.boot != own.boot) return Life::dead;
    if (process.pid_namespace != own.pid_namespace) return Life::unknown;
    const auto status = read_status(process.pid);
    if (!status || status->start != process.start) return Life::dead;
    if (status->state == 'Z' || status->state == 'X') return Life::dead;
    return status->state == 'T' || status->state == 't' ? Life::stopped : Life::alive;
}

std::string command_of(pid_t pid) {
    return read_line(proc(pid, "comm")).value_or("");
}

std::vector<pid_t> all_processes() {
    std::vector<pid_t> pids;
    for (const auto& name : list_directory("/proc")) {
        if (all_digits(name)) pids.push_back(static_cast<pid_t>(*parse_number(name)));
    }
    return pids;
}

Carries carries(pid_t pid, const std::string& name, const std::string& value) {
    const auto variables = split(read_text(proc(pid, "environ"), longest_environment).text, '\0');
    if (variables.empty() && is_starting_a_program(pid)) return Carries::undecided;
    const bool found = std::find(variables.begin(), variables.end(), name + "=" + value) != variables.end();
    return found ? Carries::yes : Carries::no;
}

std::map<std::string, std::vector<pid_t>> processes_with_deleted_files(const std::string& directory) {
    constexpr std::string_view mark = " (deleted)";  // As the kernel shows it.
    std::map<std::string, std::vector<pid_t>> found;
    for (const pid_t pid : all_processes()) {
        std::set<std::string> files;
        for (const auto& name : list_directory(proc(pid, "fd"))) {
            const std::string target = read_link(proc(pid, "fd/") + name);
            if (target.starts_with(directory + "/") && target.ends_with(mark))
                files.insert(target.substr(0, target.size() - mark.size()));
        }
        for (const auto& file : files) found[file].push_back(pid);
    }
    return found;
}

std::vector<pid_t> descendants_of(pid_t ancestor) {
    std::multimap<pid_t, pid_t> children;
    for (const pid_t pid : all_processes()) {
        if (const auto status = read_status(pid)) children.emplace(status->parent, pid);
    }
    std::vector<pid_t> found{ancestor};
    for (std::size_t next = 0; next < found.size(); ++next) {
        const auto [begin, end] = children.equal_range(found[next]);
        for (auto child = begin; child != end; ++child) found.push_back(child->second);
    }
    found.erase(found.begin());
    return found;
}

std::string describe(const std::vector<pid_t>& processes) {
    std::vector<std::string> names;
    for (const pid_t pid : processes) names.push_back(std::to_string(pid) + " (" + command_of(pid) + ")");
    return join(names, ", ");
}

}  // namespace blacksmith
