#pragma once

#include <string>
#include <vector>

namespace blacksmith {

/** What may be done with a file, or with a folder and all below it. */
struct PathRule {
    std::string path;
    bool read = false;
    /** Names only: of what lies in it, no file may be read by this. */
    bool list = false;
    bool write = false;
    bool execute = false;
};

/** What a process may reach; all that no rule names is closed to it. */
struct BoxRules {
    std::vector<PathRule> paths;
    /** No TCP, neither to others nor from them, and no abstract UNIX socket of a process outside. */
    bool network_closed = false;
    /**
     * But for TCP between processes that find each other by ports that the kernel has chosen. A kernel knows
     * ports only, not whose they are: those of such a range on other machines can be reached too.
     */
    bool chosen_ports_open = false;
};

/**
 * Rules as text: each line is rights and an absolute path, which may hold spaces (`rx /usr/lib`), with `r`:
 * read, `l`: list folders, `w`: write, make, move and remove, `x`: execute; or it is `net closed` or `net
 * chosen`, which is closed but for ports that the kernel has chosen.
 *
 * Throws std::invalid_argument for a line of another form.
 *
 * @param name the text's, for messages: they begin with it and the number of the line
 */
BoxRules parse_box_rules(const std::string& text, const std::string& name);

/** Throws std::system_error for a file that cannot be read, else as parse_box_rules. */
BoxRules read_box_rules(const std::string& file);

}  // namespace blacksmith
