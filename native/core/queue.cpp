#include "core/queue.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/flock.hpp"
#include "core/refusal.hpp"
#include "core/text_file.hpp"

namespace blacksmith {
namespace {

constexpr std::size_t longest_ticket = 1 << 18;
constexpr const char* need_key = "need=";

std::string name_of(unsigned long number) {
    std::array<char, 24> name{};
    std::snprintf(name.data(), name.size(), "%010lu", number);
    return name.data();
}

std::vector<Need> parse_needs(const std::string& text) {
    std::vector<Need> needs;
    for (const auto& line : split(text, '\n')) {
        if (!line.starts_with(need_key)) continue;
        auto words = split(line.substr(std::strlen(need_key)), ' ');
        const auto count = words.empty() ? std::nullopt : parse_number(words[0]);
        if (!count || *count < 0) continue;
        words.erase(words.begin());
        needs.push_back({.candidates = std::move(words), .count = static_cast<std::size_t>(*count)});
    }
    return needs;
}

}  // namespace

Ticket& Ticket::operator=(Ticket&& other) noexcept {
    leave();
    path_ = std::move(other.path_);
    number_ = other.number_;
    descriptor_ = std::move(other.descriptor_);
    return *this;
}

void Ticket::leave() {
    if (!descriptor_) return;
    ::unlink(path_.c_str());
    descriptor_.reset();
}

Queue::Queue(const LeaseDirectory& directory)
    : directory_(LeaseDirectory::open(directory.path_of("queue"))) {}

std::vector<Waiter> Queue::waiters() const {
    std::vector<Waiter> living;
    for (const auto& name : list_directory(directory_.path())) {
        const auto number = all_digits(name) ? parse_number(name) : std::nullopt;
        if (!number) continue;
        const Descriptor file(
            ::openat(directory_.descriptor(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!file) continue;
        if (try_flock(file.get(), LockMode::shared)) {
            // Nobody holds it. Another user's file stays in a sticky directory, and has no say.
            ::unlinkat(directory_.descriptor(), name.c_str(), 0);
            continue;
        }
        const std::string text = read_text(file.get(), longest_ticket).text;
        living.push_back({.number = static_cast<unsigned long>(*number),
                          .record = parse_holder(text),
                          .needs = parse_needs(text)});
    }
    std::sort(living.begin(), living.end(),
              [](const Waiter& a, const Waiter& b) { return a.number < b.number; });
    return living;
}

Ticket Queue::join(const std::vector<Need>& needs, const HolderRecord& record, unsigned long last) const {
    std::string text = to_text(record);
    for (const Need& need : needs) {
        text += need_key + std::to_string(need.count) + " " + blacksmith::join(need.candidates, " ") + "\n";
    }
    for (unsigned long number = last + 1;; ++number) {
        if (auto ticket = create(number, text)) return std::move(*ticket);
    }
}

std::optional<Ticket> Queue::create(unsigned long number, const std::string& text) const {
    const std::string path = directory_.path_of(name_of(number));
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file && errno == EEXIST) return std::nullopt;
    if (!file) {
        throw Refusal("the queue " + directory_.path() + " does not take a new file: " + std::strerror(errno),
                      "let an administrator run `chmod 1777 " + directory_.path() + "`");
    }
    // Apart from open, so that the waiter's umask has no say: all users read the queue.
    ::fchmod(file.get(), 0644);
    if (!try_flock(file.get(), LockMode::exclusive) ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        const int error = errno;
        ::unlink(path.c_str());
        throw Refusal("cannot write " + path + ": " + std::strerror(error), "see that the disk has space");
    }
    return Ticket(path, number, std::move(file));
}

}  // namespace blacksmith
