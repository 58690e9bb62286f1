#pragma once

#include <string>

namespace blacksmith {

/**
 * Swaps what is at two paths, both of which exist and are on one file system, in one atomic step: whoever
 * looks sees either the old pair or the new one, and neither path is ever missing.
 *
 * Throws std::system_error: EINVAL where the file system cannot do that (renameat2 with RENAME_EXCHANGE;
 * ext4, xfs, btrfs, tmpfs and overlayfs can) and also when one path lies inside the other; else as rename(2).
 */
void exchange(const std::string& first, const std::string& second);

}  // namespace blacksmith
