#include "replay/spool.h"

#include <cerrno>
#include <cstdlib>
#include <span>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace httpprof::replay {

Result<void> Spool::open() {
    const char* const folder = std::getenv("TMPDIR");
    folder_ = folder != nullptr && *folder != '\0' ? folder : "/tmp";
    std::string name = folder_ + "/httpprof-XXXXXX";
    format::Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file.open()) {
        return format::system_error("cannot make a temporary file in " + folder_, errno);
    }
    ::unlink(name.c_str());
    file_ = std::move(file);
    return {};
}

Result<Extent> Spool::write(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (!file_) {
        if (auto opened = open(); !opened) return opened.error();
    }
    if (wanted_ == 0) size_ = 0;
    if (::lseek(file_->get(), static_cast<off_t>(size_), SEEK_SET) < 0) {
        return format::system_error("cannot seek in a temporary file", errno);
    }
    const auto written = format::write_all(
        file_->get(), std::as_bytes(std::span(bytes)),
        "a temporary file in " + folder_ + " (set TMPDIR to a folder with more space)");
    if (!written) return written.error();
    const Extent extent{size_, bytes.size()};
    size_ += bytes.size();
    wanted_ += bytes.size();
    return extent;
}

Result<void> Spool::read(Extent extent, std::string& to) const {
    const std::size_t begin = to.size();
    to.resize(begin + extent.size);
    for (std::size_t have = 0; have < extent.size;) {
        const ssize_t count = ::pread(file_->get(), to.data() + begin + have, extent.size - have,
                                      static_cast<off_t>(extent.offset + have));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return format::system_error("cannot read a temporary file", errno);
        if (count == 0) return Error{"a temporary file has become shorter"};
        have += static_cast<std::size_t>(count);
    }
    return {};
}

void Spool::drop(Extent extent) {
    const std::lock_guard lock(mutex_);
    wanted_ -= extent.size;
}

}  // namespace httpprof::replay
