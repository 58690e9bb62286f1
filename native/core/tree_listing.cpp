#include "core/tree_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

#include "core/descriptor.hpp"

namespace blacksmith {
namespace {

struct Entry {
    std::string name;
    unsigned char type;
};

class Walk {
public:
    Walk(const std::string& root, const std::vector<std::string>& skip) : root_(root), skip_(skip) {}

    void list(int parent, const std::string& name, const std::string& prefix) {
        Descriptor folder(::openat(parent, name.c_str(),
                                   O_RDONLY | O_DIRECTORY | O_CLOEXEC | (prefix.empty() ? 0 : O_NOFOLLOW)));
        if (!folder) return gone(prefix);
        const int descriptor = folder.get();
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(descriptor), ::closedir);
        if (!stream) return gone(prefix);
        folder.release();  // closedir closes it.
        for (const Entry& entry : entries_of(stream.get(), prefix)) {
            const std::string path = prefix + entry.name;
            struct stat status {};
            const bool is_known_folder = entry.type == DT_DIR;
            if (!is_known_folder &&
                ::fstatat(descriptor, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
                if (errno == ENOENT) continue;
                fail(path);
            }
            if (is_known_folder || S_ISDIR(status.st_mode)) {
                text_.append("d ").append(path).push_back('\0');
                list(descriptor, entry.name, path + '/');
            } else {
                append(status, path);
            }
        }
    }

    TreeListing result() && { return {std::move(text_)}; }

private:
    std::vector<Entry> entries_of(DIR* stream, const std::string& prefix) const {
        std::vector<Entry> entries;
        errno = 0;
        while (const dirent* entry = ::readdir(stream)) {
            const std::string name = entry->d_name;
            if (name != "." && name != ".." && !is_skipped(name, prefix.empty())) {
                entries.push_back({name, entry->d_type});
            }
            errno = 0;
        }
        if (errno != 0) fail(prefix);
        std::ranges::sort(entries, {}, &Entry::name);
        return entries;
    }

    bool is_skipped(const std::string& name, bool below_root) const {
        return std::ranges::any_of(skip_, [&](const std::string& skipped) {
            return skipped.starts_with('/') ? below_root && skipped.substr(1) == name : skipped == name;
        });
    }

    void append(const struct stat& status, const std::string& path) {
        text_ += S_ISREG(status.st_mode) ? 'f' : S_ISLNK(status.st_mode) ? 'l' : 'o';
        append(static_cast<long long>(status.st_size));
        append(nanoseconds(status.st_mtim));
        append(nanoseconds(status.st_ctim));
        append(static_cast<long long>(status.st_ino));
        text_.append(1, ' ').append(path).push_back('\0');
    }

    void append(long long number) {
        char digits[24];
        const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
        text_.append(1, ' ').append(digits, end);
    }

    static long long nanoseconds(const timespec& time) {
        return static_cast<long long>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
    }

    /** A folder that was removed, or made something else, since its name was read. */
    void gone(const std::string& prefix) const {
        if (prefix.empty() || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)) fail(prefix);
    }

    [[noreturn]] void fail(const std::string& path) const {
        throw std::system_error(errno, std::generic_category(), path.empty() ? root_ : root_ + '/' + path);
    }

    const std::string& root_;
    const std::vector<std::string>& skip_;
    std::string text_;
};

}  // namespace

TreeListing list_tree(const std::string& root, const std::vector<std::string>& skip) {
    Walk walk(root, skip);
    walk.list(AT_FDCWD, root, "");
    return std::move(walk).result();
}

}  // namespace blacksmith
