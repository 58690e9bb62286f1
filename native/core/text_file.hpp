#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace blacksmith {

/** The bytes of a small file, or the errno that stood in the way (sysfs answers ENODATA, ENODEV). */
struct FileText {
    std::string text;
    int error = 0;
    bool ok() const { return error == 0; }
};

/** At most `most` bytes from the beginning of a file; never blocks on a pipe. */
FileText read_text(const std::string& path, std::size_t most = 4096);
FileText read_text(int descriptor, std::size_t most = 4096);

/** The trimmed text of a file; nothing when it cannot be read. */
std::optional<std::string> read_line(const std::string& path);

/** A decimal number that makes up the whole file. */
std::optional<long long> read_number(const std::string& path);
std::optional<long long> parse_number(const std::string& text);

/** Names in a directory, sorted, without `.` and `..`; empty when it cannot be read. */
std::vector<std::string> list_directory(const std::string& path);

/** Without white space at its end. */
std::string trimmed(std::string text);

bool all_digits(const std::string& text);

/** The parts of `text` between `separator`s; no empty ones. */
std::vector<std::string> split(const std::string& text, char separator);
std::string join(const std::vector<std::string>& parts, const std::string& separator);

}  // namespace blacksmith
