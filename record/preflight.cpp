#include "record/preflight.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include <linux/capability.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace httpprof::record {
namespace {

constexpr const char* kBtf = "/sys/kernel/btf/vmlinux";

// bpf_task_pt_regs, which the programs cannot do without, came with Linux 5.15.
constexpr int kOldestMajor = 5;
constexpr int kOldestMinor = 15;

Result<void> check_kernel() {
    utsname host{};
    int major = 0;
    int minor = 0;
    if (::uname(&host) != 0 || std::sscanf(host.release, "%d.%d", &major, &minor) != 2) return {};
    if (major > kOldestMajor || (major == kOldestMajor && minor >= kOldestMinor)) return {};
    return Error{"cannot record: Linux " + std::string(host.release) +
                 " is too old; 5.15 or later is needed"};
}

Result<void> check_btf() {
    if (::access(kBtf, R_OK) == 0) return {};
    return Error{"cannot record: " + std::string(kBtf) + ": " + std::strerror(errno) +
                 "; the kernel must be built with CONFIG_DEBUG_INFO_BTF"};
}

std::uint64_t effective_capabilities() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("CapEff:")) return std::stoull(line.substr(7), nullptr, 16);
    }
    return 0;
}

Result<void> check_capabilities() {
    const std::uint64_t effective = effective_capabilities();
    const auto has = [&](unsigned capability) { return (effective >> capability & 1) != 0; };
    if (has(CAP_SYS_ADMIN)) return {};
    std::string missing;
    if (!has(CAP_BPF)) missing = "CAP_BPF";
    if (!has(CAP_PERFMON)) missing += missing.empty() ? "CAP_PERFMON" : " and CAP_PERFMON";
    if (missing.empty()) return {};
    return Error{"cannot load BPF programs: missing " + missing +
                 "; run with sudo, or grant cap_bpf,cap_perfmon,cap_sys_ptrace"};
}

}  // namespace

Result<void> check_host() {
    for (const auto check : {check_kernel, check_btf, check_capabilities}) {
        if (Result<void> result = check(); !result) return result;
    }
    return {};
}

}  // namespace httpprof::record
