#include "core/survey.hpp"

#include <chrono>
#include <thread>

#include "core/refusal.hpp"
#include "core/text_file.hpp"

namespace blacksmith {
namespace {

constexpr auto timeout = std::chrono::seconds(2);
constexpr auto pause = std::chrono::milliseconds(2);

SharedFile wait_for_decisions(const LeaseDirectory& directory) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        auto deciding = directory.try_lock_file(decision_lock);
        if (deciding) return std::move(*deciding);
        if (std::chrono::steady_clock::now() > end) {
            throw Refusal(
                "somebody has held " + directory.path_of(decision_lock) + " for two seconds",
                "see who with `fuser " + directory.path_of(decision_lock) + "` and end that process");
        }
        std::this_thread::sleep_for(pause);
    }
}

void add_device(Survey& found, const LeaseDirectory& directory, const std::string& name) {
    const std::string file_name = lease_file_name(name);
    BusyDevice device{.name = name, .holder = {}, .processes = {}};
    try {
        const auto lock = directory.try_lock_file(file_name);
        device.holder = parse_holder(read_text(directory.path_of(file_name)).text);
        if (!lock) {
            found.held.push_back(std::move(device));
        } else if (needs_check(device.holder)) {
            found.marked.push_back(std::move(device));
        }
    } catch (const Refusal& refusal) {
        // Not a reason to say nothing of all the others.
        device.holder.state = HolderState::quarantined;
        device.holder.reason = refusal.what();
        device.holder.remedy = refusal.remedy();
        found.marked.push_back(std::move(device));
    }
}

}  // namespace

Survey survey(const std::string& path) {
    const std::string ending = lease_file_name("");
    const auto directory = LeaseDirectory::open(path);
    const auto deciding = wait_for_decisions(directory);
    Survey found;
    for (const auto& file_name : list_directory(path)) {
        if (!file_name.ends_with(ending) || file_name == ending) continue;
        add_device(found, directory, file_name.substr(0, file_name.size() - ending.size()));
    }
    found.waiters = Queue(directory).waiters();
    return found;
}

void quarantine(int descriptor, const Fault& fault) {
    HolderRecord record = parse_holder(read_text(descriptor).text);
    record.state = HolderState::quarantined;
    record.reason = fault.reason;
    record.remedy = fault.remedy;
    write_record(descriptor, record);
}

}  // namespace blacksmith
