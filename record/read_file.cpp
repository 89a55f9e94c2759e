#include "record/read_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "format/descriptor.h"

namespace httpprof::record {
namespace {

Error failure(const std::string& path) {
    return Error{path + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const format::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) return failure(path);
    std::string content(limit, '\0');
    std::size_t size = 0;
    while (size < limit) {
        const ssize_t got = ::read(file.get(), content.data() + size, limit - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure(path);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    content.resize(size);
    return content;
}

}  // namespace httpprof::record
