#include "core/text_file.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/descriptor.hpp"

namespace blacksmith {
namespace {

constexpr std::size_t whole_in_one_read = 4096;

}  // namespace

FileText read_text(const std::string& path, std::size_t most) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return {.text = "", .error = errno};
    return read_text(file.get(), most);
}

FileText read_text(int descriptor, std::size_t most) {
    FileText result;
    std::size_t length = 0;
    while (length < most) {
        // Grown as it is needed: most environments are small, and all of a machine's are read at once.
        if (length == result.text.size()) result.text.resize(std::min(most, 2 * length + whole_in_one_read));
        const auto count = ::pread(descriptor, result.text.data() + length, result.text.size() - length,
                                   static_cast<off_t>(length));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) result.error = errno;
        if (count <= 0) break;
        length += static_cast<std::size_t>(count);
        // A file of attributes or a record comes whole in one read; only long tables of /proc come in pieces.
        if (most <= whole_in_one_read) break;
    }
    result.text.resize(length);
    return result;
}

std::optional<std::string> read_line(const std::string& path) {
    FileText read = read_text(path);
    return read.ok() ? std::optional(trimmed(std::move(read.text))) : std::nullopt;
}

std::optional<long long> read_number(const std::string& path) {
    const auto text = read_line(path);
    return text ? parse_number(*text) : std::nullopt;
}

std::optional<long long> parse_number(const std::string& text) {
    long long value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return value;
}

std::vector<std::string> list_directory(const std::string& path) {
    std::vector<std::string> names;
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return names;
    while (const dirent* entry = ::readdir(directory)) {
        if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) {
            names.emplace_back(entry->d_name);
        }
    }
    ::closedir(directory);
    std::sort(names.begin(), names.end());
    return names;
}

std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    return text;
}

bool all_digits(const std::string& text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    while (from <= text.size()) {
        const auto to = std::min(text.find(separator, from), text.size());
        if (to > from) parts.push_back(text.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

std::string join(const std::vector<std::string>& parts, const std::string& separator) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : separator) + part;
    return text;
}

}  // namespace blacksmith
