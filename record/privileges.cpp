#include "record/privileges.h"

#include <cerrno>

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "record/capabilities.h"

namespace httpprof::record {
namespace {

// For its lifetime only `effective` has effect, of what is permitted. The kernel decides by that
// set alone, so that a try shows what would be refused without the rest.
class OnlyEffective {
  public:
    OnlyEffective(const Capabilities& before, CapabilitySet effective) : before_(before) {
        Capabilities lowered = before;
        lowered.effective = effective & before.permitted;
        // Neither this nor the way back adds to what is permitted, so neither can fail.
        static_cast<void>(set_capabilities(lowered));
    }
    ~OnlyEffective() { static_cast<void>(set_capabilities(before_)); }
    OnlyEffective(const OnlyEffective&) = delete;
    OnlyEffective& operator=(const OnlyEffective&) = delete;

  private:
    const Capabilities before_;
};

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

// Renaming in it, and opening it to sync it.
bool may_finish_in(const std::string& directory) {
    return ::faccessat(AT_FDCWD, directory.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) == 0;
}

// Whether the kernel would take another user's file out of a directory only from its owner or with
// CAP_FOWNER (the sticky bit, inode(7)). It offers no way to ask without doing it.
bool replaces_in_sticky_directory(const std::string& path) {
    struct stat directory {};
    struct stat file {};
    const uid_t self = ::geteuid();
    return ::stat(directory_of(path).c_str(), &directory) == 0 &&
           ::lstat(path.c_str(), &file) == 0 && (directory.st_mode & S_ISVTX) != 0 &&
           directory.st_uid != self && file.st_uid != self;
}

// `base`: what is kept for other reasons.
CapabilitySet needed_for_output(const Capabilities& before, CapabilitySet base,
                                const std::string& path) {
    CapabilitySet needed = 0;
    if (replaces_in_sticky_directory(path)) needed |= capability_bit(CAP_FOWNER);
    // From the weakest to the strongest.
    for (const CapabilitySet candidate : {CapabilitySet{0}, capability_bit(CAP_DAC_READ_SEARCH),
                                          capability_bit(CAP_DAC_OVERRIDE)}) {
        const OnlyEffective lowered(before, base | candidate);
        if (may_finish_in(directory_of(path))) return needed | candidate;
    }
    return needed;
}

// Where kernel.unprivileged_bpf_disabled is set, older kernels, 5.15 among them, want CAP_BPF for
// every bpf(2) command, newer ones only for those that create something. A descriptor that is none
// is enough to ask: it fails for another reason than permission.
bool may_query_bpf() {
    char info[16] = {};
    __u32 size = sizeof(info);
    return ::bpf_obj_get_info_by_fd(-1, info, &size) == 0 || errno != EPERM;
}

CapabilitySet needed_for_bpf(const Capabilities& before, CapabilitySet base) {
    for (const CapabilitySet candidate :
         {CapabilitySet{0}, capability_bit(CAP_BPF), capability_bit(CAP_SYS_ADMIN)}) {
        const OnlyEffective lowered(before, base | candidate);
        if (may_query_bpf()) return candidate;
    }
    return 0;
}

CapabilitySet still_needed(const Capabilities& before, const PrivilegeNeeds& needs) {
    CapabilitySet needed = 0;
    if (needs.other_processes) needed |= capability_bit(CAP_SYS_PTRACE);
    if (needs.command) needed |= capability_bit(CAP_KILL);
    needed |= needed_for_bpf(before, needed);
    if (!needs.output.empty()) needed |= needed_for_output(before, needed, needs.output);
    return needed & before.permitted;
}

// What only an exec could use: with no-new-privs none can, so it matters little that the bounding
// set needs CAP_SETPCAP to shrink.
void forget_inheritance() {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    // Fails at the first number that this kernel does not have.
    for (unsigned long number = 0; ::prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; ++number)
        ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
}

}  // namespace

Result<void> drop_privileges(const PrivilegeNeeds& needs) {
    const CapabilitySet kept = still_needed(read_capabilities(), needs);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return format::system_error("cannot set no-new-privs", errno);
    forget_inheritance();
    return set_capabilities({.effective = kept, .permitted = kept, .inheritable = 0});
}

}  // namespace httpprof::record
