#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

#include "core/descriptor.hpp"

namespace blacksmith::tests {

/** A UNIX socket that somebody listens on, with a name and no file. */
class AbstractSocket {
public:
    /** Throws std::system_error with the errno of bind(2). */
    AbstractSocket() : socket_(new_socket()) {
        sockaddr_un address{};
        socklen_t size = offsetof(sockaddr_un, sun_path);
        address.sun_family = AF_UNIX;
        // The kernel finds a name that nobody has.
        if (::bind(socket_.get(), generic(address), size) != 0 || ::listen(socket_.get(), 8) != 0)
            throw std::system_error(errno, std::generic_category(), "cannot listen");
    }

    /** False, with errno, when it cannot be reached. */
    bool connect_to() const {
        sockaddr_un address{};
        socklen_t size = sizeof address;
        if (::getsockname(socket_.get(), generic(address), &size) != 0) return false;
        const Descriptor client = new_socket();
        return ::connect(client.get(), generic(address), size) == 0;
    }

private:
    static Descriptor new_socket() { return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
    static sockaddr* generic(sockaddr_un& address) { return reinterpret_cast<sockaddr*>(&address); }

    Descriptor socket_;
};

}  // namespace blacksmith::tests
