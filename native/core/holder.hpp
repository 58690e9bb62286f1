#pragma once

#include <string>

#include "core/process.hpp"

namespace blacksmith {

/** What the record in a lease file says of its device. */
enum class HolderState {
    /** Nobody holds it, and whoever did left it in order. */
    none,
    /** Taken, but no trainer has been started yet: if the holder dies now, the device was never touched. */
    leased,
    /** A trainer runs under the supervisor. A record that is left like this shows a sudden death. */
    running,
    /** The supervisor saw the last descendant end. */
    ended,
    /** The trainer did not end in an orderly way, or the record cannot be read: check before the next run. */
    dirty,
    /** A check has failed; `reason` and `remedy` say what is to be done. */
    quarantined,
};

/**
 * Who holds a device, readable by everybody while it is held. On disk it is lines of `key=value` between a
 * first line with the format's version and the line `end`, at most 4096 bytes.
 */
struct HolderRecord {
    HolderState state = HolderState::none;
    /** The lease's own name; the trainer and all its descendants carry it in BLACKSMITH_LEASE. */
    std::string lease;
    std::string host;
    ProcessIdentity executor;
    /** pid 0 until a trainer was started. */
    ProcessIdentity supervisor;
    unsigned uid = 0;
    std::string project;
    std::string target;
    /** Seconds since the epoch: of a holder from when it has the device, of a waiter from when it waits. */
    long long since = 0;
    std::string reason;
    std::string remedy;
};

std::string to_text(const HolderRecord& record);

/** Never throws: an empty text is `none`, any other that is no record is `dirty` with the reason. */
HolderRecord parse_holder(const std::string& text);

const char* to_string(HolderState state);

/** The device was not left in order, or is known to be sick. */
bool needs_check(const HolderRecord& record);

/** True when neither the executor nor the supervisor lives; false when either does or cannot be seen. */
bool holders_are_dead(const HolderRecord& record);

/** One phrase for people: `lightning-mnist:train of user 1000, pid 123 on box7, since 12:01:07`. */
std::string describe(const HolderRecord& record);

/** A fresh record of this process. */
HolderRecord own_record(const std::string& project, const std::string& target);

}  // namespace blacksmith
