#include "format/input.h"

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <poll.h>
#include <unistd.h>

namespace httpprof::format {

Input::Input(Descriptor descriptor, std::string name)
    : descriptor_(std::move(descriptor)),
      name_(std::move(name)),
      regular_file_(descriptor_.is_regular_file()) {}

Result<std::size_t> Input::read(std::span<std::byte> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        const auto size = read_some(into.subspan(filled));
        if (!size) return size.error();
        if (*size == 0) break;
        filled += *size;
    }
    return filled;
}

void Input::skip_rest() {
    std::vector<std::byte> passed(64 * 1024);
    while (true) {
        const auto size = read_some(passed);
        if (!size || *size == 0) return;
    }
}

Result<std::size_t> Input::read_some(std::span<std::byte> into) {
    while (true) {
        if (!wait_for_bytes()) return Error{"reading " + name_ + " was cancelled"};
        const ssize_t size = ::read(descriptor_.get(), into.data(), into.size());
        if (size >= 0) {
            offset_ += static_cast<std::size_t>(size);
            return static_cast<std::size_t>(size);
        }
        if (errno != EINTR && errno != EAGAIN) return system_error("cannot read " + name_, errno);
    }
}

// False when the read was cancelled. An error of poll is left for read to find.
bool Input::wait_for_bytes() const {
    if (regular_file_) return true;
    std::array<pollfd, 2> wanted{{{.fd = descriptor_.get(), .events = POLLIN, .revents = 0},
                                  {.fd = cancel_, .events = POLLIN, .revents = 0}}};
    while (::poll(wanted.data(), wanted.size(), -1) < 0 && errno == EINTR) {
    }
    return wanted[1].revents == 0;
}

}  // namespace httpprof::format
