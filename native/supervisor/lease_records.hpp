#pragma once

#include <string>
#include <vector>

namespace blacksmith {

/**
 * The lease's files that this process inherited, recognised by the lease's name in their record, and the
 * news that the supervisor writes there. A file that can only be read keeps no news.
 */
class LeaseRecords {
public:
    static LeaseRecords inherited(const std::string& lease);

    const std::vector<int>& descriptors() const { return descriptors_; }

    /** From now on a sudden death leaves the device to be checked. */
    void mark_running() const;
    void mark_ended() const;
    void mark_dirty(const std::string& reason) const;

    /** Nobody has said yet how the run ended. */
    bool still_running() const;

private:
    std::vector<int> descriptors_;
};

}  // namespace blacksmith
