#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/roots.hpp"

namespace blacksmith::tests {

/** A folder of one test's own, removed with it. */
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

    /** Writes a file, with the folders that it needs. */
    void write(const std::string& name, const std::string& text) const;
    void link(const std::string& name, const std::string& target) const;

private:
    std::string path_;
};

/**
 * A tree of /dev, /sys and /proc as tt-kmd 2.x makes it (its attribute list: tt-kmd, docs and
 * enumerate.c, telemetry.c, of 2.10), with a card for each call of `add`.
 */
class TenstorrentBox {
public:
    /** Attributes of the class folder and, with `hwmon/`, of the monitor; given ones replace the usual ones.
     */
    using Attributes = std::map<std::string, std::string>;

    void add(int number, const std::string& pci_address, const std::string& card_type,
             const std::string& serial, const Attributes& more = {}) const;
    void remove_attribute(int number, const std::string& name) const;

    Roots roots() const;
    const TemporaryFolder& folder() const { return folder_; }
    std::string class_path(int number, const std::string& attribute) const;

private:
    TemporaryFolder folder_;
};

/** Runs `work` in a child process, whose exit status is its result; returns the child's pid. */
int in_child(const std::function<int()>& work);

/** The exit status of a child, or 128 + the signal that ended it. */
int wait_for(int child);

/** Tries until `holds`, for five seconds at the most. */
bool eventually(const std::function<bool()>& holds);

}  // namespace blacksmith::tests
