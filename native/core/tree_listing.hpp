#pragma once

#include <string>
#include <vector>

namespace blacksmith {

/** Bytes that are other ones whenever an entry of the tree was changed, added or removed. */
struct TreeListing {
    std::string text;
};

/**
 * Lists all that lies below `root`, each folder's entries in the order of their names; links are not
 * followed. A folder is `d <path>`, anything else `<kind> <bytes> <mtime> <ctime> <inode> <path>` with times
 * in nanoseconds and kind `f` (file), `l` (link) or `o` (other); paths are relative to `root`, and a zero
 * byte ends each entry. Of a folder only that it is there counts: its times move with what lies in it.
 *
 * `skip` holds names that are left out with all below them; one that begins with `/` only right below `root`.
 * What vanishes meanwhile is not listed. Throws std::system_error for a folder that cannot be read.
 */
TreeListing list_tree(const std::string& root, const std::vector<std::string>& skip = {});

}  // namespace blacksmith
