#include "format/descriptor.h"

#include <cerrno>
#include <system_error>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace httpprof::format {

Error system_error(const std::string& what, int code) {
    return Error{what + ": " + std::generic_category().message(code)};
}

Descriptor::Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
}

Descriptor::~Descriptor() {
    // Not repeated on EINTR: Linux has closed it then.
    if (open()) ::close(value_);
}

bool Descriptor::is_regular_file() const {
    struct stat status {};
    return ::fstat(value_, &status) == 0 && S_ISREG(status.st_mode);
}

Result<std::string> read_up_to(int descriptor, std::size_t limit, const std::string& what) {
    std::string content(limit, '\0');
    std::size_t size = 0;
    while (size < limit) {
        const ssize_t got = ::read(descriptor, content.data() + size, limit - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error(what, errno);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    content.resize(size);
    return content;
}

Result<void> write_all(int descriptor, std::span<const std::byte> bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            Error error = system_error("cannot write " + name, errno);
            error.reader_is_gone = errno == EPIPE;
            return error;
        }
    }
    return {};
}

}  // namespace httpprof::format
