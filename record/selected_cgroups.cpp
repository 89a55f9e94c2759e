#include "record/selected_cgroups.h"

#include <cerrno>

#include <bpf/bpf.h>

#include "record/cgroup.h"

namespace httpprof::record {

Result<void> SelectedCgroups::select(int map, const std::vector<std::string>& paths) {
    map_ = map;
    for (const std::string& name : paths) {
        const Result<Cgroup> cgroup = open_cgroup(name);
        if (!cgroup) return cgroup.error();
        selected_.push_back({.name = name, .path = cgroup->path, .identity = {}});
        const auto index = static_cast<std::uint32_t>(selected_.size() - 1);
        if (const int error = put(index, cgroup->directory.get()))
            return format::system_error("cannot select the cgroup '" + name + "'", error);
    }
    return {};
}

std::vector<std::string> SelectedCgroups::renew() {
    std::vector<std::string> said;
    for (std::uint32_t index = 0; index < selected_.size(); ++index) {
        if (std::string notice = renew(index); !notice.empty()) said.push_back(std::move(notice));
    }
    return said;
}

std::string SelectedCgroups::renew(std::uint32_t index) {
    Selected& cgroup = selected_[index];
    struct stat now {};
    int error = ::stat(cgroup.path.c_str(), &now) == 0 ? 0 : errno;
    if (error == 0 && cgroup.identity == Identity{now.st_dev, now.st_ino}) return {};
    if (error == 0) {
        const format::Descriptor directory = open_directory(cgroup.path);
        error = directory.open() ? put(index, directory.get()) : errno;
    }
    if (error != 0 && error != ENOENT) {
        if (std::exchange(cgroup.is_lost, true)) return {};
        return format::system_error(
                   "cannot follow the cgroup '" + cgroup.name + "' if it is made again", error)
            .message;
    }
    if (std::exchange(cgroup.was_removed, true)) return {};
    return "the cgroup '" + cgroup.name +
           "' was removed; whenever it is made again, it is recorded from then on";
}

int SelectedCgroups::put(std::uint32_t index, int directory) {
    struct stat status {};
    if (::fstat(directory, &status) != 0) return errno;
    if (bpf_map_update_elem(map_, &index, &directory, BPF_ANY) != 0) return errno;
    selected_[index].identity = {status.st_dev, status.st_ino};
    return 0;
}

}  // namespace httpprof::record
