#include "record/tracefs.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

namespace httpprof::record {
namespace {

format::Descriptor open_mounted() {
    for (const char* path : {"/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"}) {
        format::Descriptor directory(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (directory.open()) return directory;
    }
    return {};
}

format::Descriptor open_detached() {
    format::Descriptor context(::fsopen("tracefs", FSOPEN_CLOEXEC));
    if (!context.open() || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return {};
    format::Descriptor mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
    if (!mount.open()) return {};
    return format::Descriptor(::openat(mount.get(), "events", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Result<Tracefs> Tracefs::open() {
    format::Descriptor root = open_mounted();
    if (!root.open()) root = open_detached();
    if (!root.open())
        return Error{"cannot read tracefs: " + std::string(std::strerror(errno)) +
                     "; mount it with 'mount -t tracefs nodev /sys/kernel/tracing'"};
    return Tracefs(std::move(root));
}

Result<std::uint64_t> Tracefs::tracepoint_id(const std::string& name) const {
    const format::Descriptor file(
        ::openat(root_.get(), (name + "/id").c_str(), O_RDONLY | O_CLOEXEC));
    char text[32] = {};
    const ssize_t size = file.open() ? ::read(file.get(), text, sizeof(text)) : -1;
    if (size < 0) return format::system_error("cannot read the tracepoint " + name, errno);
    std::uint64_t id = 0;
    if (std::from_chars(text, text + size, id).ec != std::errc{})
        return Error{"the tracepoint " + name + " has no number"};
    return id;
}

}  // namespace httpprof::record
