#pragma once

#include <cstdint>

/**
 * What the kernel and we say to each other about Landlock (its documentation: userspace-api/landlock.rst).
 * Spelled out here, since the headers of older distributions lack the newer part of it, or all.
 */
namespace blacksmith::landlock {

// The same on every architecture that Node runs on.
inline constexpr long create_ruleset_call = 444;
inline constexpr long add_rule_call = 445;
inline constexpr long restrict_self_call = 446;

/** A flag of create_ruleset: answer with the number of the ABI. */
inline constexpr std::uint32_t ask_version = 1U << 0;
/** Kinds of rules. */
inline constexpr int path_beneath_rule = 1;
inline constexpr int port_rule = 2;

// Rights to files and folders. Those without a remark are of ABI 1.
inline constexpr std::uint64_t execute = 1U << 0;
inline constexpr std::uint64_t write_file = 1U << 1;
inline constexpr std::uint64_t read_file = 1U << 2;
inline constexpr std::uint64_t read_dir = 1U << 3;
inline constexpr std::uint64_t remove_dir = 1U << 4;
inline constexpr std::uint64_t remove_file = 1U << 5;
inline constexpr std::uint64_t make_char = 1U << 6;
inline constexpr std::uint64_t make_dir = 1U << 7;
inline constexpr std::uint64_t make_reg = 1U << 8;
inline constexpr std::uint64_t make_sock = 1U << 9;
inline constexpr std::uint64_t make_fifo = 1U << 10;
inline constexpr std::uint64_t make_block = 1U << 11;
inline constexpr std::uint64_t make_sym = 1U << 12;
/** ABI 2; before, no file can be moved to another folder. */
inline constexpr std::uint64_t refer = 1U << 13;
/** ABI 3; before, truncate(2) is not restricted. */
inline constexpr std::uint64_t truncate = 1U << 14;
/** ABI 5; before, the ioctls of device nodes are not restricted. */
inline constexpr std::uint64_t ioctl_dev = 1U << 15;

// Rights to the network, ABI 4.
inline constexpr int first_abi_with_tcp = 4;
inline constexpr std::uint64_t bind_tcp = 1U << 0;
inline constexpr std::uint64_t connect_tcp = 1U << 1;

// What ends at the border of the box, ABI 6: it reaches processes in it, and none outside.
inline constexpr int first_abi_with_scopes = 6;
inline constexpr std::uint64_t abstract_unix_sockets = 1U << 0;
inline constexpr std::uint64_t signals = 1U << 1;

/** A kernel that knows the first fields alone takes it at this size too, as long as the others are zero. */
struct RulesetAttributes {
    std::uint64_t handled_access_fs;
    std::uint64_t handled_access_net;
    std::uint64_t scoped;
};

struct [[gnu::packed]] PathBeneathAttributes {
    std::uint64_t allowed_access;
    std::int32_t parent_fd;
};

struct PortAttributes {
    std::uint64_t allowed_access;
    std::uint64_t port;
};

}  // namespace blacksmith::landlock
