#include "core/lease.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <map>
#include <optional>
#include <set>

#include "core/text_file.hpp"

namespace blacksmith {
namespace {

/** What can be had, found out by locking it: nothing is decided on what a record claims. */
class Availability {
public:
    Availability(const LeaseDirectory& directory, std::set<std::string> except)
        : directory_(directory), except_(std::move(except)) {}

    /** Sets free candidates aside; fewer than asked for when there are no more. */
    std::vector<std::string> take(const Need& need) {
        std::vector<std::string> taken;
        for (const auto& name : need.candidates) {
            if (taken.size() == need.count) break;
            if (taken_.contains(name) || except_.contains(name) || !is_free(name)) continue;
            taken_.insert(name);
            taken.push_back(name);
        }
        return taken;
    }

    HeldDevice hand_over(const std::string& name) { return std::move(*probed_.at(name)); }

    /** Those of the candidates that somebody else holds. */
    std::vector<BusyDevice> busy(const std::vector<Need>& needs) const {
        std::vector<BusyDevice> devices;
        for (const Need& need : needs) {
            for (const auto& name : need.candidates) {
                const auto found = busy_.find(name);
                if (found != busy_.end()) devices.push_back(found->second);
            }
        }
        return devices;
    }

private:
    bool is_free(const std::string& name) {
        auto found = probed_.find(name);
        if (found == probed_.end()) found = probed_.emplace(name, probe(name)).first;
        return found->second.has_value();
    }

    std::optional<HeldDevice> probe(const std::string& name) {
        const std::string file_name = lease_file_name(name);
        auto file = directory_.try_lock_file(file_name);
        if (!file) {
            auto holder = parse_holder(read_text(directory_.path_of(file_name)).text);
            busy_[name] = {.name = name, .holder = std::move(holder), .processes = {}};
            return std::nullopt;
        }
        if (file->created) {
            // Was it deleted under a living holder? Then that one still has the device.
            auto holders = holders_of_deleted(directory_.path_of(file_name));
            if (!holders.empty()) {
                ::unlink(directory_.path_of(file_name).c_str());
                busy_[name] = {.name = name, .holder = {}, .processes = std::move(holders)};
                return std::nullopt;
            }
        }
        HeldDevice device{.name = name,
                          .descriptor = std::move(file->descriptor),
                          .writable = file->writable,
                          .before = {}};
        device.before = parse_holder(read_text(device.descriptor.get()).text);
        return device;
    }

    /** One look at all processes serves all files of an attempt: the first ever makes one for each core. */
    std::vector<pid_t> holders_of_deleted(const std::string& path) {
        if (!deleted_) deleted_ = processes_with_deleted_files(directory_.path());
        const auto found = deleted_->find(path);
        return found == deleted_->end() ? std::vector<pid_t>{} : found->second;
    }

    const LeaseDirectory& directory_;
    std::optional<std::map<std::string, std::vector<pid_t>>> deleted_;
    std::set<std::string> except_;
    std::set<std::string> taken_;
    std::map<std::string, std::optional<HeldDevice>> probed_;
    std::map<std::string, BusyDevice> busy_;
};

/**
 * Our record from now on, with the mark of the one before: if we die before the check, the next one has to
 * make it.
 */
HolderRecord granted(HolderRecord record, const HolderRecord& before) {
    record.since = static_cast<long long>(std::time(nullptr));
    if (!needs_check(before)) return record;
    record.state = before.state == HolderState::quarantined ? HolderState::quarantined : HolderState::dirty;
    record.reason = before.reason;
    record.remedy = before.remedy;
    return record;
}

}  // namespace

LeaseRequest::LeaseRequest(const std::string& directory, std::vector<Need> needs, HolderRecord record)
    : directory_(LeaseDirectory::open(directory)),
      queue_(directory_),
      needs_(std::move(needs)),
      record_(std::move(record)) {}

std::vector<HeldDevice> LeaseRequest::attempt(const std::vector<std::string>& except) {
    waiting_ = {};
    const auto deciding = directory_.try_lock_file(decision_lock);
    if (!deciding) {
        waiting_.undecided = true;
        return {};
    }

    Availability available(directory_, {except.begin(), except.end()});
    const auto waiters = queue_.waiters();
    for (const Waiter& waiter : waiters) {
        if (ticket_ && waiter.number >= ticket_.number()) break;
        // Who was stopped (Ctrl-Z) keeps the place, but does not hold up the others.
        if (life_of(waiter.record.executor) == Life::stopped) continue;
        ++waiting_.ahead;
        // All that is free of what an earlier one needs is set aside, so that a large request is not starved.
        for (const Need& need : waiter.needs) available.take(need);
    }

    std::vector<std::string> names;
    bool enough = true;
    for (const Need& need : needs_) {
        const auto taken = available.take(need);
        enough = enough && taken.size() == need.count;
        names.insert(names.end(), taken.begin(), taken.end());
    }
    if (!enough) {
        waiting_.busy = available.busy(needs_);
        if (!ticket_) ticket_ = queue_.join(needs_, record_, waiters.empty() ? 0 : waiters.back().number);
        return {};
    }

    std::vector<HeldDevice> held;
    for (const auto& name : names) {
        held.push_back(available.hand_over(name));
        if (held.back().writable)
            write_record(held.back().descriptor.get(), granted(record_, held.back().before));
    }
    return held;
}

std::string lease_file_name(const std::string& device) {
    std::string name = device;
    std::replace_if(
        name.begin(), name.end(),
        [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != ':' && c != '.'; }, '_');
    return name + ".lease";
}

void write_record(int descriptor, const HolderRecord& record) {
    const std::string text = to_text(record);
    // In one write and over the old one, so that a reader never sees an empty file while it is held. What is
    // left of a longer old record stands behind the line `end` and is not read.
    [[maybe_unused]] const auto written = ::pwrite(descriptor, text.data(), text.size(), 0);
}

void clear_mark(int descriptor) {
    HolderRecord record = parse_holder(read_text(descriptor).text);
    record.state = HolderState::leased;
    record.reason.clear();
    record.remedy.clear();
    write_record(descriptor, record);
}

HolderRecord finish_record(int descriptor) {
    HolderRecord record = parse_holder(read_text(descriptor).text);
    if (record.state == HolderState::leased || record.state == HolderState::ended) {
        write_record(descriptor, {});
    }
    return record;
}

}  // namespace blacksmith
