#pragma once

#include <string>
#include <vector>

#include "core/holder.hpp"
#include "core/lease_directory.hpp"
#include "core/queue.hpp"

namespace blacksmith {

/** A device that is locked: ours until the descriptor, and every child's copy of it, is closed. */
struct HeldDevice {
    std::string name;
    Descriptor descriptor;
    /** False when its lease file can only be read: then no record is kept. */
    bool writable = true;
    /** What was written there before: says whether the device was left in order. */
    HolderRecord before;
};

/** A device that somebody else has. */
struct BusyDevice {
    std::string name;
    HolderRecord holder;
    /** Processes that hold it although its lease file was deleted or its holders are dead. */
    std::vector<pid_t> processes;
};

/** Why an attempt was not granted. */
struct Waiting {
    /** Living waiters before us. */
    std::size_t ahead = 0;
    std::vector<BusyDevice> busy;
    /** Somebody else is deciding right now: try again. */
    bool undecided = false;
};

/**
 * A request for devices, all or nothing. It waits by being attempted again; from its first attempt that is
 * not granted it has a place in the queue, until it is granted and `leave_queue` is called, or it is
 * destroyed.
 */
class LeaseRequest {
public:
    /** Throws Refusal when the directory cannot be used. */
    LeaseRequest(const std::string& directory, std::vector<Need> needs, HolderRecord record);

    /**
     * The devices in the order of the needs, which are the caller's from then on; empty when it has to wait.
     * Takes no longer than some ms. Throws Refusal when a lease file, or a new place in the queue, cannot be
     * opened.
     */
    std::vector<HeldDevice> attempt(const std::vector<std::string>& except = {});

    const Waiting& waiting() const { return waiting_; }
    const HolderRecord& record() const { return record_; }
    void leave_queue() { ticket_.leave(); }

private:
    LeaseDirectory directory_;
    Queue queue_;
    std::vector<Need> needs_;
    HolderRecord record_;
    Ticket ticket_;
    Waiting waiting_;
};

/** Whoever decides who gets what holds this file of the directory, for some ms at the most. */
constexpr const char* decision_lock = "queue.lock";

std::string lease_file_name(const std::string& device);

/** Writes the record over what is in a lease file that we hold. */
void write_record(int descriptor, const HolderRecord& record);

/** The device was checked and is in order: its record says no more than that we hold it. */
void clear_mark(int descriptor);

/**
 * To be called by whoever gives a device back, before closing it: clears the record if the device was left
 * in order, and otherwise leaves it for the next holder. Returns the record as it was.
 */
HolderRecord finish_record(int descriptor);

}  // namespace blacksmith
