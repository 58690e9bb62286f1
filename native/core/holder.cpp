#include "core/holder.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>

#include "core/text_file.hpp"

namespace blacksmith {
namespace {

constexpr const char* first_line = "blacksmith-lease 1";
constexpr std::size_t longest_value = 300;

constexpr std::array<std::pair<HolderState, const char*>, 6> state_names{{
    {HolderState::none, "none"},
    {HolderState::leased, "leased"},
    {HolderState::running, "running"},
    {HolderState::ended, "ended"},
    {HolderState::dirty, "dirty"},
    {HolderState::quarantined, "quarantined"},
}};

/** Values stand on one line each, whatever they are. */
std::string one_line(std::string value) {
    if (value.size() > longest_value) value.resize(longest_value);
    std::replace_if(
        value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return value;
}

std::string random_name() {
    std::array<unsigned char, 8> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return "0";
    static constexpr char digits[] = "0123456789abcdef";
    std::string name;
    for (const unsigned char byte : bytes) name += {digits[byte >> 4], digits[byte & 15]};
    return name;
}

HolderRecord unreadable() {
    HolderRecord record;
    record.state = HolderState::dirty;
    record.reason = "the record in its lease file is not readable";
    return record;
}

std::string clock_time(long long seconds) {
    const std::time_t time = static_cast<std::time_t>(seconds);
    std::tm local{};
    std::array<char, 32> text{};
    if (::localtime_r(&time, &local) == nullptr) return "?";
    const bool recent = std::time(nullptr) - time < 12 * 3600;
    const auto length = std::strftime(text.data(), text.size(), recent ? "%H:%M:%S" : "%F %H:%M", &local);
    return std::string(text.data(), length);
}

}  // namespace

const char* to_string(HolderState state) {
    for (const auto& [value, name] : state_names) {
        if (value == state) return name;
    }
    return "none";
}

std::string to_text(const HolderRecord& record) {
    std::string text = std::string(first_line) + "\n";
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty() && value != "0") text += std::string(key) + "=" + one_line(value) + "\n";
    };
    add("state", to_string(record.state));
    add("lease", record.lease);
    add("host", record.host);
    add("boot", record.executor.boot);
    add("pid_namespace", record.executor.pid_namespace);
    add("pid", std::to_string(record.executor.pid));
    add("start", std::to_string(record.executor.start));
    add("supervisor_pid", std::to_string(record.supervisor.pid));
    add("supervisor_start", std::to_string(record.supervisor.start));
    add("uid", std::to_string(record.uid));
    add("project", record.project);
    add("target", record.target);
    add("since", std::to_string(record.since));
    add("reason", record.reason);
    add("remedy", record.remedy);
    return text + "end\n";
}

HolderRecord parse_holder(const std::string& text) {
    if (text.empty()) return {};
    const auto lines = split(text, '\n');
    if (lines.empty() || lines[0] != first_line) return unreadable();
    std::map<std::string, std::string> values;
    bool complete = false;
    for (std::size_t i = 1; i < lines.size() && !complete; ++i) {
        const auto equals = lines[i].find('=');
        complete = lines[i] == "end";
        if (equals != std::string::npos) values[lines[i].substr(0, equals)] = lines[i].substr(equals + 1);
    }
    const auto known = std::find_if(state_names.begin(), state_names.end(),
                                    [&](const auto& state) { return values["state"] == state.second; });
    if (!complete || known == state_names.end()) return unreadable();

    const auto number = [&](const char* key) { return parse_number(values[key]).value_or(0); };
    HolderRecord record;
    record.state = known->first;
    record.lease = values["lease"];
    record.host = values["host"];
    record.executor = {.pid = static_cast<pid_t>(number("pid")),
                       .start = static_cast<unsigned long long>(number("start")),
                       .boot = values["boot"],
                       .pid_namespace = values["pid_namespace"]};
    record.supervisor = record.executor;
    record.supervisor.pid = static_cast<pid_t>(number("supervisor_pid"));
    record.supervisor.start = static_cast<unsigned long long>(number("supervisor_start"));
    record.uid = static_cast<unsigned>(number("uid"));
    record.project = values["project"];
    record.target = values["target"];
    record.since = number("since");
    record.reason = values["reason"];
    record.remedy = values["remedy"];
    return record;
}

bool needs_check(const HolderRecord& record) {
    return record.state == HolderState::running || record.state == HolderState::dirty ||
           record.state == HolderState::quarantined;
}

bool holders_are_dead(const HolderRecord& record) {
    const bool supervised = record.supervisor.pid != 0;
    return life_of(record.executor) == Life::dead &&
           (!supervised || life_of(record.supervisor) == Life::dead);
}

std::string describe(const HolderRecord& record) {
    if (record.lease.empty()) return "somebody who left no readable record";
    return record.project + ":" + record.target + " of user " + std::to_string(record.uid) + ", pid " +
           std::to_string(record.executor.pid) + " on " + record.host + ", since " + clock_time(record.since);
}

HolderRecord own_record(const std::string& project, const std::string& target) {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    HolderRecord record;
    record.state = HolderState::leased;
    record.lease = random_name();
    record.host = host.data();
    record.executor = own_identity();
    record.uid = ::getuid();
    record.project = project;
    record.target = target;
    record.since = static_cast<long long>(std::time(nullptr));
    return record;
}

}  // namespace blacksmith
