#include "record/cgroup.h"

#include <cerrno>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace httpprof::record {
namespace {

// Where the v2 hierarchy is mounted; empty when it is not (proc(5), /proc/PID/mountinfo).
std::string mount_point() {
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream fields(line);
        std::string field;
        std::string place;
        for (int number = 1; number <= 5; ++number)
            fields >> (number == 5 ? place : field);
        if (line.find(" - cgroup2 ") != std::string::npos) return place;
    }
    return {};
}

bool is_cgroup(int directory) {
    struct statfs system {};
    return ::fstatfs(directory, &system) == 0 && system.f_type == CGROUP2_SUPER_MAGIC;
}

}  // namespace

format::Descriptor open_directory(const std::string& path) {
    return format::Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Result<Cgroup> open_cgroup(const std::string& path) {
    Cgroup cgroup{open_directory(path), path};
    if (cgroup.directory.open() && is_cgroup(cgroup.directory.get())) return cgroup;
    const std::string root = mount_point();
    if (root.empty())
        return Error{"cannot select the cgroup '" + path + "': no cgroup2 hierarchy is mounted"};
    cgroup.path = root + (path.starts_with('/') ? "" : "/") + path;
    cgroup.directory = open_directory(cgroup.path);
    if (cgroup.directory.open()) return cgroup;
    return format::system_error("cannot select the cgroup '" + path + "' below " + root, errno);
}

}  // namespace httpprof::record
