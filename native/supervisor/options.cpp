#include "supervisor/options.hpp"

#include <stdexcept>

#include "core/cpu.hpp"
#include "core/text_file.hpp"

namespace blacksmith {
namespace {

long long number_in(const std::string& option, const std::string& value) {
    const auto number = parse_number(value);
    if (!number || *number < 0) throw std::invalid_argument(option + " needs a number, not '" + value + "'");
    return *number;
}

}  // namespace

SupervisorOptions parse_options(const std::vector<std::string>& arguments) {
    SupervisorOptions options;
    std::size_t next = 0;
    for (; next < arguments.size() && arguments[next] != "--"; next += 2) {
        const std::string& option = arguments[next];
        if (next + 1 == arguments.size()) throw std::invalid_argument(option + " needs a value");
        const std::string& value = arguments[next + 1];
        if (option == "--parent") {
            options.parent = static_cast<pid_t>(number_in(option, value));
        } else if (option == "--cpus") {
            options.cpus = parse_cpu_list(value);
        } else if (option == "--unset") {
            options.unset = split(value, ',');
        } else if (option == "--grace-ms") {
            options.grace = std::chrono::milliseconds(number_in(option, value));
        } else if (option == "--box") {
            options.box = value;
        } else {
            throw std::invalid_argument("does not know the option " + option);
        }
    }
    if (next < arguments.size())
        options.command.assign(arguments.begin() + static_cast<long>(next) + 1, arguments.end());
    if (options.command.empty()) throw std::invalid_argument("needs -- and a command");
    return options;
}

}  // namespace blacksmith
