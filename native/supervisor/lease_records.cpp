#include "supervisor/lease_records.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "core/lease.hpp"
#include "core/text_file.hpp"

namespace blacksmith {
namespace {

template <typename Change>
void change_all(const std::vector<int>& descriptors, Change change) {
    for (const int descriptor : descriptors) {
        HolderRecord record = parse_holder(read_text(descriptor).text);
        change(record);
        write_record(descriptor, record);
    }
}

}  // namespace

LeaseRecords LeaseRecords::inherited(const std::string& lease) {
    LeaseRecords records;
    if (lease.empty()) return records;
    for (const auto& name : list_directory("/proc/self/fd")) {
        const int descriptor = static_cast<int>(parse_number(name).value_or(-1));
        struct stat file {};
        if (descriptor < 3 || ::fstat(descriptor, &file) != 0 || !S_ISREG(file.st_mode)) continue;
        if (parse_holder(read_text(descriptor).text).lease == lease)
            records.descriptors_.push_back(descriptor);
    }
    return records;
}

void LeaseRecords::mark_running() const {
    change_all(descriptors_, [](HolderRecord& record) {
        record.state = HolderState::running;
        record.supervisor = own_identity();
    });
}

void LeaseRecords::mark_ended() const {
    change_all(descriptors_, [](HolderRecord& record) { record.state = HolderState::ended; });
}

void LeaseRecords::mark_dirty(const std::string& reason) const {
    change_all(descriptors_, [&](HolderRecord& record) {
        record.state = HolderState::dirty;
        record.reason = reason;
    });
}

bool LeaseRecords::still_running() const {
    return std::any_of(descriptors_.begin(), descriptors_.end(), [](int descriptor) {
        return parse_holder(read_text(descriptor).text).state == HolderState::running;
    });
}

}  // namespace blacksmith
