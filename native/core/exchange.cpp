#include "core/exchange.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace blacksmith {

void exchange(const std::string& first, const std::string& second) {
    if (::renameat2(AT_FDCWD, first.c_str(), AT_FDCWD, second.c_str(), RENAME_EXCHANGE) == 0) return;
    throw std::system_error(errno, std::generic_category(), "cannot exchange " + first + " and " + second);
}

}  // namespace blacksmith
