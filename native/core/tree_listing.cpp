#include "core/tree_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "core/descriptor.hpp"

namespace blacksmith {
namespace {

struct Entry {
    std::string name;
    unsigned char type;
};

struct Folder {
    std::string text;
    /** The folders in it, each with a slash at its end. */
    std::vector<std::string> below;
};

/** Waiting for a disk's answers, and on the kernel's side of a stat, threads help; more than these do not. */
constexpr unsigned most_threads = 4;

class Walk {
public:
    Walk(const std::string& root, const std::vector<std::string>& skip) : root_(root), skip_(skip) {}

    TreeListing list() {
        folders_.push_back("");
        std::vector<std::thread> others;
        const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
        try {
            while (others.size() + 1 < count) others.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
            // A process at its limit of threads does with those it has.
        }
        work();
        for (std::thread& other : others) other.join();
        if (failure_) std::rethrow_exception(failure_);
        TreeListing listing;
        for (const auto& [prefix, text] : listed_) listing.text += text;
        return listing;
    }

private:
    /** Takes folders and lists them until none is left and nobody can find more. */
    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return !folders_.empty() || busy_ == 0; });
            if (folders_.empty()) return;
            const std::string prefix = std::move(folders_.back());
            folders_.pop_back();
            ++busy_;
            lock.unlock();
            Folder folder;
            std::exception_ptr failure;
            try {
                folder = list_folder(prefix);
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            --busy_;
            listed_.emplace(prefix, std::move(folder.text));
            std::ranges::move(folder.below, std::back_inserter(folders_));
            if (failure) {
                failure_ = failure;
                folders_.clear();
            }
            changed_.notify_all();
        }
    }

    Folder list_folder(const std::string& prefix) const {
        const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (prefix.empty() ? 0 : O_NOFOLLOW);
        Folder listed;
        Descriptor folder(::open((root_ + '/' + prefix).c_str(), flags));
        const int descriptor = folder.get();
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(folder ? ::fdopendir(descriptor) : nullptr,
                                                         ::closedir);
        if (!stream) {
            refuse_unless_gone(prefix);
            return listed;
        }
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
                listed.text.append("d ").append(path).push_back('\0');
                listed.below.push_back(path + '/');
            } else {
                append(listed.text, status, path);
            }
        }
        return listed;
    }

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

    static void append(std::string& text, const struct stat& status, const std::string& path) {
        text += S_ISREG(status.st_mode) ? 'f' : S_ISLNK(status.st_mode) ? 'l' : 'o';
        append(text, static_cast<long long>(status.st_size));
        append(text, nanoseconds(status.st_mtim));
        append(text, nanoseconds(status.st_ctim));
        append(text, static_cast<long long>(status.st_ino));
        text.append(1, ' ').append(path).push_back('\0');
    }

    static void append(std::string& text, long long number) {
        char digits[24];
        const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
        text.append(1, ' ').append(digits, end);
    }

    static long long nanoseconds(const timespec& time) {
        return static_cast<long long>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
    }

    /** A folder that was removed, or made something else, since its name was read. */
    void refuse_unless_gone(const std::string& prefix) const {
        if (prefix.empty() || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)) fail(prefix);
    }

    [[noreturn]] void fail(const std::string& path) const {
        throw std::system_error(errno, std::generic_category(), path.empty() ? root_ : root_ + '/' + path);
    }

    const std::string& root_;
    const std::vector<std::string>& skip_;
    std::mutex mutex_;
    std::condition_variable changed_;
    /** Those that nobody lists yet. */
    std::vector<std::string> folders_;
    int busy_ = 0;
    std::map<std::string, std::string> listed_;
    std::exception_ptr failure_;
};

}  // namespace

TreeListing list_tree(const std::string& root, const std::vector<std::string>& skip) {
    return Walk(root, skip).list();
}

}  // namespace blacksmith
