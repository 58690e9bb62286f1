#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/holder.hpp"
#include "core/lease_directory.hpp"

namespace blacksmith {

/** So many of these devices, whichever are free; earlier ones are preferred. */
struct Need {
    std::vector<std::string> candidates;
    std::size_t count = 0;
};

/** Somebody in the queue. */
struct Waiter {
    unsigned long number = 0;
    HolderRecord record;
    std::vector<Need> needs;
};

/** A place in the queue for as long as it is open; its file goes with it. */
class Ticket {
public:
    Ticket() = default;
    Ticket(std::string path, unsigned long number, Descriptor descriptor)
        : path_(std::move(path)), number_(number), descriptor_(std::move(descriptor)) {}
    Ticket(Ticket&&) = default;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket() { leave(); }

    explicit operator bool() const { return static_cast<bool>(descriptor_); }
    unsigned long number() const { return number_; }
    void leave();

private:
    std::string path_;
    unsigned long number_ = 0;
    Descriptor descriptor_;
};

/**
 * First come, first served: one numbered file for each waiter in `queue/`, which its waiter holds locked. So
 * a waiter that dies leaves the queue at once, whatever its file says.
 */
class Queue {
public:
    /** Makes the folder `queue` where it is missing; throws Refusal when it cannot. */
    explicit Queue(const LeaseDirectory& directory);

    /** Living waiters, first come first; files of dead ones are removed where we may. */
    std::vector<Waiter> waiters() const;

    /**
     * Takes the place behind the living waiters, of whom the last has the number `last` (0: there is none).
     * Only while holding the lock that orders all decisions, so that no two take one number. Throws Refusal
     * when the queue takes no new file.
     */
    Ticket join(const std::vector<Need>& needs, const HolderRecord& record, unsigned long last) const;

private:
    /** Nothing when there is a file of that number: a dead waiter's, which only its owner may remove. */
    std::optional<Ticket> create(unsigned long number, const std::string& text) const;

    LeaseDirectory directory_;
};

}  // namespace blacksmith
