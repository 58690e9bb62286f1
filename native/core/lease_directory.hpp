#pragma once

#include <optional>
#include <string>

#include "core/descriptor.hpp"

namespace blacksmith {

/** A file of the lease directory, opened in the way that a shared sticky directory asks for. */
struct SharedFile {
    Descriptor descriptor;
    /** Made by this call. */
    bool created = false;
    /** False when another user's file can only be read: it can be locked, but holds no record of ours. */
    bool writable = true;
};

/**
 * The directory of lock files that all users of a box share. There is one such domain only: where it cannot
 * be used, that is an error and never a silent second one.
 */
class LeaseDirectory {
public:
    /**
     * Opens it, creating it with mode 1777 where it is missing. Throws Refusal when that cannot be done, and
     * for network file systems, on which flock may be local to each machine.
     */
    static LeaseDirectory open(const std::string& path);

    const std::string& path() const { return path_; }
    std::string path_of(const std::string& name) const { return path_ + "/" + name; }

    /**
     * Opens or creates a regular file that every user may lock; throws Refusal for links, pipes and the like.
     */
    SharedFile open_file(const std::string& name) const;

    /** open_file and flock without waiting, on the inode that is at the path; nothing when it is held. */
    std::optional<SharedFile> try_lock_file(const std::string& name) const;

    /** The file is at its path still: nobody has removed or replaced it. */
    bool is_at_its_path(int descriptor, const std::string& name) const;

    int descriptor() const { return directory_.get(); }

private:
    LeaseDirectory(std::string path, Descriptor directory)
        : path_(std::move(path)), directory_(std::move(directory)) {}

    std::string path_;
    Descriptor directory_;
};

}  // namespace blacksmith
