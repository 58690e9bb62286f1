#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "core/descriptor.hpp"

namespace blacksmith::tests {

/** A TCP port of this machine that somebody listens on. */
class Listener {
public:
    /** Throws std::system_error with the errno of bind(2). */
    Listener() : socket_(new_socket()) {
        sockaddr_in address = loopback();
        socklen_t size = sizeof address;
        if (::bind(socket_.get(), generic(address), size) != 0 || ::listen(socket_.get(), 8) != 0 ||
            ::getsockname(socket_.get(), generic(address), &size) != 0) {
            throw std::system_error(errno, std::generic_category(), "cannot listen");
        }
        port_ = address.sin_port;
    }

    /** False, with errno, when it cannot be reached. */
    bool connect_to() const {
        const Descriptor client = new_socket();
        sockaddr_in address = loopback();
        address.sin_port = port_;
        return ::connect(client.get(), generic(address), sizeof address) == 0;
    }

private:
    static Descriptor new_socket() { return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
    static sockaddr* generic(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }
    static sockaddr_in loopback() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        return address;
    }

    Descriptor socket_;
    in_port_t port_ = 0;
};

}  // namespace blacksmith::tests
