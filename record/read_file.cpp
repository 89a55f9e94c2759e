#include "record/read_file.h"

#include <cerrno>

#include <fcntl.h>

#include "format/descriptor.h"

namespace httpprof::record {

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const format::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) return format::system_error(path, errno);
    return format::read_up_to(file.get(), limit, path);
}

}  // namespace httpprof::record
