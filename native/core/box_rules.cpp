#include "core/box_rules.hpp"

#include <cstddef>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "core/text_file.hpp"

namespace blacksmith {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;

std::optional<PathRule> parse_rule(const std::string& line) {
    const auto space = line.find(' ');
    if (space == 0 || space == std::string::npos) return std::nullopt;
    PathRule rule{.path = line.substr(space + 1)};
    if (!rule.path.starts_with('/')) return std::nullopt;
    for (const char right : line.substr(0, space)) {
        if (right == 'r') {
            rule.read = true;
        } else if (right == 'l') {
            rule.list = true;
        } else if (right == 'w') {
            rule.write = true;
        } else if (right == 'x') {
            rule.execute = true;
        } else {
            return std::nullopt;
        }
    }
    return rule;
}

}  // namespace

BoxRules parse_box_rules(const std::string& text, const std::string& name) {
    BoxRules rules;
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (line == "net closed" || line == "net chosen") {
            rules.network_closed = true;
            rules.chosen_ports_open = line == "net chosen";
        } else if (const auto rule = parse_rule(line)) {
            rules.paths.push_back(*rule);
        } else {
            throw std::invalid_argument(
                name + ":" + std::to_string(number) + ": '" + line +
                "' is not rights (r, l, w, x) and an absolute path, nor 'net closed' or 'net chosen'");
        }
    }
    return rules;
}

BoxRules read_box_rules(const std::string& file) {
    const FileText read = read_text(file, most_bytes);
    if (!read.ok()) throw std::system_error(read.error, std::generic_category(), "cannot read " + file);
    // A part of the rules would be another box.
    if (read.text.size() == most_bytes) throw std::invalid_argument(file + " is larger than 1 MiB");
    return parse_box_rules(read.text, file);
}

}  // namespace blacksmith
