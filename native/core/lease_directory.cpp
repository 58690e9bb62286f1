#include "core/lease_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/flock.hpp"
#include "core/refusal.hpp"

namespace blacksmith {
namespace {

constexpr int open_flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
constexpr int most_creation_races = 50;

/** Magic numbers of statfs(2) and the kernel's linux/magic.h. */
constexpr std::array<std::pair<unsigned long, const char*>, 8> network_file_systems{{
    {0x6969, "NFS"},
    {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB"},
    {0x0bd00bd0, "Lustre"},
    {0x47504653, "GPFS"},
    {0x19830326, "BeeGFS"},
    {0x00c36400, "Ceph"},
    {0x5346414f, "AFS"},
}};

std::string remedy_for_directory(const std::string& path) {
    return "let an administrator run `install -d -m 1777 " + path +
           "`, or name another directory on a local disk, the same for all users of this box, in "
           "BLACKSMITH_LEASE_DIR";
}

[[noreturn]] void refuse_directory(const std::string& path, const std::string& problem) {
    throw Refusal("the lease directory " + path + " " + problem, remedy_for_directory(path));
}

std::string owner_and_mode(const struct stat& file) {
    std::array<char, 16> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", file.st_mode & 07777U);
    return "owner " + std::to_string(file.st_uid) + ", mode " + mode.data();
}

[[noreturn]] void refuse_file(const LeaseDirectory& directory, const std::string& name, int error) {
    const std::string path = directory.path_of(name);
    struct stat file {};
    if (::fstatat(directory.descriptor(), name.c_str(), &file, AT_SYMLINK_NOFOLLOW) != 0) {
        refuse_directory(directory.path(),
                         std::string("does not take the new file ") + name + ": " + std::strerror(error));
    }
    throw Refusal(
        "the lease file " + path + " cannot be opened (" + owner_and_mode(file) +
            "): " + std::strerror(error),
        "let its owner or an administrator run `chmod 666 " + path + "`, or remove it while no run is on");
}

}  // namespace

LeaseDirectory LeaseDirectory::open(const std::string& path) {
    const auto open_directory = [&] {
        return Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    };
    Descriptor directory = open_directory();
    if (!directory && errno == ENOENT) {
        if (::mkdir(path.c_str(), 0777) == 0) {
            // Apart from mkdir, so that the creator's umask has no say.
            if (::chmod(path.c_str(), 01777) != 0) refuse_directory(path, std::strerror(errno));
        } else if (errno != EEXIST) {
            refuse_directory(path, std::string("cannot be made: ") + std::strerror(errno));
        }
        directory = open_directory();
    }
    if (!directory) refuse_directory(path, std::string("cannot be opened: ") + std::strerror(errno));

    struct statfs system {};
    if (::fstatfs(directory.get(), &system) == 0) {
        for (const auto& [magic, name] : network_file_systems) {
            if (static_cast<unsigned long>(system.f_type) == magic) {
                refuse_directory(path, std::string("is on a network file system (") + name +
                                           "), where locks of one machine may not bind another");
            }
        }
    }
    return LeaseDirectory(path, std::move(directory));
}

SharedFile LeaseDirectory::open_file(const std::string& name) const {
    const auto open_with = [&](int flags) {
        return ::openat(directory_.get(), name.c_str(), flags | open_flags, 0666);
    };
    for (int attempt = 0; attempt < most_creation_races; ++attempt) {
        // Without O_CREAT first: fs.protected_regular refuses it on another user's file in a sticky
        // directory.
        SharedFile file{.descriptor = Descriptor(open_with(O_RDWR))};
        if (!file.descriptor && (errno == EACCES || errno == EPERM || errno == EROFS)) {
            file.descriptor = Descriptor(open_with(O_RDONLY));
            file.writable = false;
        }
        if (!file.descriptor && errno == ENOENT) {
            file.descriptor = Descriptor(open_with(O_RDWR | O_CREAT | O_EXCL));
            file.created = static_cast<bool>(file.descriptor);
            if (file.created) ::fchmod(file.descriptor.get(), 0666);
            if (!file.created && errno == EEXIST) continue;
        }
        if (!file.descriptor) refuse_file(*this, name, errno);

        struct stat status {};
        if (::fstat(file.descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
            throw Refusal(
                "the lease file " + path_of(name) + " is not a regular file (" + owner_and_mode(status) + ")",
                "remove it while no run is on");
        }
        return file;
    }
    refuse_file(*this, name, EEXIST);
}

std::optional<SharedFile> LeaseDirectory::try_lock_file(const std::string& name) const {
    for (;;) {
        SharedFile file = open_file(name);
        if (!try_flock(file.descriptor.get(), LockMode::exclusive)) return std::nullopt;
        // Somebody removed or replaced it between open and flock: that lock would guard nothing.
        if (is_at_its_path(file.descriptor.get(), name)) return file;
    }
}

bool LeaseDirectory::is_at_its_path(int descriptor, const std::string& name) const {
    struct stat ours {};
    struct stat there {};
    return ::fstat(descriptor, &ours) == 0 &&
           ::fstatat(directory_.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

}  // namespace blacksmith
