#pragma once

#include <string>

#include "core/box_rules.hpp"
#include "core/descriptor.hpp"

namespace blacksmith {

struct LandlockSupport {
    /** The kernel's version of the interface; 0: there is none, or it may not be used. */
    int abi = 0;
    /** Why there is none, for people; empty where there is. */
    std::string reason;
};

/** Asks the kernel; changes nothing. */
LandlockSupport landlock_support();

/**
 * Makes a ruleset of what the rules allow; all else of what `abi` can restrict will be refused. Rules follow
 * inodes: what is made anew under the same path later on is not covered. Paths that do not exist are skipped.
 *
 * Throws std::system_error, which names the path, when one cannot be opened or ruled.
 *
 * @param abi at most that of the kernel; rights that it does not know are left out
 */
Descriptor make_ruleset(const BoxRules& rules, int abi);

/**
 * Restricts the calling thread and all that it starts from now on, for good; descriptors that are open
 * already stay as they are. Nothing that it starts can gain privileges (set-user-ID programs), and root
 * loses those by which it would look into processes outside.
 *
 * @return false, with errno, when the kernel refuses (E2BIG: in 16 boxes already)
 */
bool enter_box(const Descriptor& ruleset);

}  // namespace blacksmith
