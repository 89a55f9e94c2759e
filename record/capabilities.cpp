#include "record/capabilities.h"

#include <array>
#include <cerrno>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "format/descriptor.h"

namespace httpprof::record {
namespace {

// The kernel takes and gives the sets as 32-bit words, the lower half first.
using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct this_thread() {
    return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
}

CapabilitySet join(std::uint32_t low, std::uint32_t high) {
    return low | CapabilitySet{high} << 32;
}

__user_cap_data_struct word(const Capabilities& capabilities, unsigned shift) {
    return {.effective = static_cast<std::uint32_t>(capabilities.effective >> shift),
            .permitted = static_cast<std::uint32_t>(capabilities.permitted >> shift),
            .inheritable = static_cast<std::uint32_t>(capabilities.inheritable >> shift)};
}

}  // namespace

Capabilities read_capabilities() {
    __user_cap_header_struct header = this_thread();
    Words words{};
    ::syscall(SYS_capget, &header, words.data());
    return {.effective = join(words[0].effective, words[1].effective),
            .permitted = join(words[0].permitted, words[1].permitted),
            .inheritable = join(words[0].inheritable, words[1].inheritable)};
}

Result<void> set_capabilities(const Capabilities& capabilities) {
    __user_cap_header_struct header = this_thread();
    const Words words{word(capabilities, 0), word(capabilities, 32)};
    if (::syscall(SYS_capset, &header, words.data()) != 0)
        return format::system_error("cannot set capabilities", errno);
    return {};
}

}  // namespace httpprof::record
