#include "format/input.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace httpprof::format {
namespace {

// The least that is asked of the system at once.
constexpr std::size_t kReadSize = 256 * 1024;

}  // namespace

Input::Input(Descriptor descriptor, std::string name)
    : descriptor_(std::move(descriptor)),
      name_(std::move(name)),
      regular_file_(descriptor_.is_regular_file()) {}

Result<std::span<const std::byte>> Input::peek(std::size_t size) {
    while (end_ - begin_ < size) {
        make_room(size);
        const auto count = read_some(std::span(buffer_).subspan(end_));
        if (!count) return count.error();
        if (*count == 0) break;
        end_ += *count;
    }
    return std::span<const std::byte>(buffer_).subspan(begin_, std::min(size, end_ - begin_));
}

void Input::consume(std::size_t size) {
    begin_ += size;
    offset_ += size;
}

Result<std::size_t> Input::read(std::span<std::byte> into) {
    std::size_t size = std::min(into.size(), end_ - begin_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), size, into.begin());
    consume(size);
    while (size < into.size()) {
        const auto count = read_some(into.subspan(size));
        if (!count) return count;
        if (*count == 0) break;
        size += *count;
        offset_ += *count;
    }
    return size;
}

void Input::unread(std::span<const std::byte> bytes) {
    std::vector<std::byte> buffer(bytes.begin(), bytes.end());
    buffer.insert(buffer.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
    buffer_ = std::move(buffer);
    begin_ = 0;
    end_ = buffer_.size();
    offset_ -= bytes.size();
}

// Room for one read behind what is in view, on the way to `size` bytes in view.
void Input::make_room(std::size_t size) {
    const std::size_t in_view = end_ - begin_;
    if (buffer_.size() - end_ >= std::min(kReadSize, size - in_view)) return;
    // Moving as much as was passed over, or growing by as much as there is, costs each byte a
    // constant however small the steps are.
    if (begin_ > 0 && begin_ >= in_view) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, in_view);
        begin_ = 0;
        end_ = in_view;
    }
    if (buffer_.size() - end_ < kReadSize) buffer_.resize(std::max(2 * end_, end_ + kReadSize));
}

Result<std::size_t> Input::read_some(std::span<std::byte> into) {
    while (true) {
        if (!wait_for_bytes()) return Error{"reading " + name_ + " was cancelled"};
        const ssize_t size = ::read(descriptor_.get(), into.data(), into.size());
        if (size >= 0) return static_cast<std::size_t>(size);
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
