#include "record/preflight.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "record/bpf_programs.h"
#include "record/capabilities.h"
#include "record/cgroup.h"
#include "record/hooks.h"
#include "record/syscall_filter.h"
#include "record/tracefs.h"

namespace httpprof::record {
namespace {

using State = FindingState;
using Findings = std::vector<Finding>;

constexpr const char* kBtf = "/sys/kernel/btf/vmlinux";
constexpr const char* kTracefs = "/sys/kernel/tracing";
constexpr const char* kPerfEventParanoid = "/proc/sys/kernel/perf_event_paranoid";
constexpr const char* kPidNamespace = "/proc/self/ns/pid";
constexpr ino_t kFirstPidNamespace = 0xEFFFFFFC;  // PROC_PID_INIT_INO (include/linux/proc_ns.h)
constexpr const char* kUserNamespace = "/proc/self/ns/user";
constexpr ino_t kFirstUserNamespace = 0xEFFFFFFD;             // PROC_USER_INIT_INO
constexpr const char* kTimeNamespace = "/proc/self/ns/time";  // Linux 5.6
constexpr ino_t kFirstTimeNamespace = 0xEFFFFFFA;             // PROC_TIME_INIT_INO
constexpr const char* kIoUringDisabled = "/proc/sys/kernel/io_uring_disabled";
constexpr const char* kGrant =
    "run with sudo, or grant cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search";

// bpf_task_pt_regs, which the programs cannot do without, came with Linux 5.15.
constexpr int kOldestMajor = 5;
constexpr int kOldestMinor = 15;

struct BtfDeleter {
    void operator()(btf* types) const { btf__free(types); }
};

Finding examine_kernel() {
    utsname host{};
    int major = 0;
    int minor = 0;
    ::uname(&host);
    const std::string release = host.release;
    if (std::sscanf(host.release, "%d.%d", &major, &minor) != 2)
        return {"kernel", State::kUnknown, release + " is not a version; 5.15 or later is needed"};
    if (major > kOldestMajor || (major == kOldestMajor && minor >= kOldestMinor))
        return {"kernel", State::kOk, release};
    return {"kernel", State::kMissing, "Linux " + release + " is too old; 5.15 or later is needed"};
}

Finding examine_btf() {
    if (::access(kBtf, R_OK) != 0)
        return {"BTF", State::kMissing,
                std::string(kBtf) + ": " + std::strerror(errno) +
                    "; the kernel must be built with CONFIG_DEBUG_INFO_BTF"};
    std::uint16_t magic = 0;
    std::ifstream(kBtf, std::ios::binary).read(reinterpret_cast<char*>(&magic), sizeof(magic));
    if (magic == BTF_MAGIC) return {"BTF", State::kOk, kBtf};
    return {"BTF", State::kMissing, std::string(kBtf) + " has no BTF; is it hidden by a mount?"};
}

Finding examine_capability(const char* name, unsigned number, State otherwise,
                           const std::string& remedy) {
    const CapabilitySet effective = read_capabilities().effective;
    if ((effective & capability_bit(number)) != 0) return {name, State::kOk, "present"};
    // It was all of these before Linux 5.8, and still stands in for the two that BPF needs.
    const bool covered = number == CAP_BPF || number == CAP_PERFMON;
    if (covered && (effective & capability_bit(CAP_SYS_ADMIN)) != 0)
        return {name, State::kOk, "covered by CAP_SYS_ADMIN"};
    return {name, otherwise, remedy};
}

Findings examine_capabilities() {
    return {examine_capability("CAP_BPF", CAP_BPF, State::kMissing, kGrant),
            examine_capability("CAP_PERFMON", CAP_PERFMON, State::kMissing, kGrant),
            examine_capability("CAP_SYS_PTRACE", CAP_SYS_PTRACE, State::kLimited,
                               "no /proc of other users' processes: their executable, and their "
                               "environment where the kernel could not read it")};
}

std::string first_line(const char* path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// Some distributions' kernels know values of kernel.perf_event_paranoid beyond 2; Debian's then
// close perf events, by which the tracepoints are opened, even to CAP_PERFMON. An event that counts
// nothing and leaves the kernel out is open to everybody otherwise, and so tells the two apart.
Finding examine_perf_events() {
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_DUMMY;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    const format::Descriptor event(static_cast<int>(
        ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
    if (event.open()) return {"perf events", State::kOk, "can be opened"};
    const int error = errno;
    std::string detail = "perf_event_open: " + std::string(std::strerror(error));
    if (error == EACCES)
        detail += "; kernel.perf_event_paranoid is " + first_line(kPerfEventParanoid) +
                  ": set it to 2, or grant cap_sys_admin";
    return {"perf events", State::kMissing, detail};
}

bool tracefs_is_mounted() {
    struct statfs status {};
    return ::statfs(kTracefs, &status) == 0 && status.f_type == TRACEFS_MAGIC;
}

// Its folders may be open to all while its files are not.
bool is_readable(const Tracefs& tracefs) {
    for (const Hook& hook : all_hooks()) {
        if (!hook.is_in_tracefs()) continue;
        if (tracefs.tracepoint_id(hook.tracepoint)) return true;
        const std::string path = std::string(kTracefs).append("/events/").append(hook.tracepoint);
        if (::access(path.c_str(), F_OK) == 0) return false;
    }
    return true;
}

std::optional<Tracefs> readable_tracefs() {
    Result<Tracefs> tracefs = Tracefs::open();
    if (!tracefs || !is_readable(*tracefs)) return std::nullopt;
    return *std::move(tracefs);
}

Finding examine_tracefs() {
    const bool mounted = tracefs_is_mounted();
    const bool readable = readable_tracefs().has_value();
    if (readable && mounted) return {"tracefs", State::kOk, kTracefs};
    if (readable) return {"tracefs", State::kOk, "not mounted; a mount of our own is used"};
    if (!mounted)
        return {"tracefs", State::kMissing,
                "tracefs is not mounted; run 'mount -t tracefs nodev " + std::string(kTracefs) +
                    "', or grant cap_sys_admin and cap_dac_read_search"};
    return {"tracefs", State::kMissing,
            std::string(kTracefs) +
                " cannot be read; grant cap_dac_read_search, or let a group read it: "
                "'mount -o remount,mode=750,gid=GROUP " +
                kTracefs + "'"};
}

Finding examine_hook(const Hook& hook, bool exists) {
    const std::string what = "tracepoint " + std::string(hook.tracepoint);
    if (exists) return {what, State::kOk, ""};
    if (hook.required) return {what, State::kMissing, "this kernel does not have it"};
    return {what, State::kLimited, "this kernel does not have it; recording works without"};
}

// The kernel's types name every raw tracepoint, and are readable by all.
bool has_raw_tracepoint(const btf* types, const Hook& hook) {
    const std::string name = "btf_trace_" + std::string(hook.tracepoint);
    return btf__find_by_name_kind(types, name.c_str(), BTF_KIND_TYPEDEF) > 0;
}

Findings examine_hooks() {
    libbpf_set_print(nullptr);  // what it misses is a finding
    const std::optional<Tracefs> tracefs = readable_tracefs();
    const std::unique_ptr<btf, BtfDeleter> types(btf__load_vmlinux_btf());
    std::set<std::string_view> seen;
    Findings findings;
    for (const Hook& hook : all_hooks()) {
        if (!seen.insert(hook.tracepoint).second) continue;
        const std::string what = "tracepoint " + std::string(hook.tracepoint);
        if (hook.is_in_tracefs() && !tracefs)
            findings.push_back({what, State::kUnknown, "tracefs cannot be read"});
        else if (hook.is_in_tracefs())
            findings.push_back(examine_hook(hook, tracefs->tracepoint_id(hook.tracepoint).ok()));
        else if (!types)
            findings.push_back({what, State::kUnknown, "BTF cannot be read"});
        else
            findings.push_back(examine_hook(hook, has_raw_tracepoint(types.get(), hook)));
    }
    return findings;
}

// What the capabilities do not show, and load says only "Operation not permitted" about.
std::string why_not_permitted() {
    if (first_line("/sys/kernel/security/lockdown").find("[confidentiality]") != std::string::npos)
        return "; the kernel is locked down (confidentiality)";
    return {};
}

// `possible`: nothing that loading needs is known to be missing.
Finding examine_programs(bool possible) {
    if (!possible) return {"BPF programs", State::kUnknown, "not tried without the above"};
    Options options;
    options.ring_size = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));  // the least there is
    const auto programs = BpfPrograms::load(options, 0);
    if (programs) return {"BPF programs", State::kOk, "the kernel accepts them"};
    return {"BPF programs", State::kMissing, programs.error().message + why_not_permitted()};
}

Finding examine_cgroup() {
    if (open_cgroup("/")) return {"cgroup2", State::kOk, "--cgroup can be used"};
    return {"cgroup2", State::kLimited, "not mounted; --cgroup cannot be used"};
}

bool is_in_another_namespace(const char* path, ino_t first) {
    struct stat own {};
    return ::stat(path, &own) == 0 && own.st_ino != first;
}

bool is_in_another_pid_namespace() {
    return is_in_another_namespace(kPidNamespace, kFirstPidNamespace);
}

Finding examine_user_namespace() {
    if (!is_in_another_namespace(kUserNamespace, kFirstUserNamespace))
        return {"user namespace", State::kOk, "the host's"};
    return {"user namespace", State::kMissing,
            "not the host's user namespace, and capabilities of another one do not reach BPF; "
            "record from outside of it"};
}

// The kernel's programs read the host's clock, and this process another one.
Finding examine_time_namespace() {
    if (!is_in_another_namespace(kTimeNamespace, kFirstTimeNamespace))
        return {"time namespace", State::kOk, "the host's"};
    return {"time namespace", State::kMissing,
            "not the host's time namespace, whose clock the kernel's records have; record from "
            "outside of it"};
}

Finding examine_pid_namespace() {
    if (!is_in_another_pid_namespace()) return {"pid namespace", State::kOk, "the host's"};
    return {"pid namespace", State::kLimited,
            "not the host's; --pid and COMMAND cannot be used, and /proc is not the host's"};
}

Finding examine_seccomp() {
    if (can_filter_syscalls()) return {"seccomp", State::kOk, "filters the recorder's own calls"};
    return {"seccomp", State::kLimited,
            "not in this kernel; the recorder's own system calls are not restricted"};
}

// kernel.io_uring_disabled (Linux 6.6): 0 for everyone, 1 for a group only, 2 for nobody.
Finding examine_io_uring() {
    if (first_line(kIoUringDisabled) == "2")
        return {"io_uring", State::kOk, "nobody can use it on this host"};
    return {"io_uring", State::kLimited,
            "what goes through it is not recorded; its use is reported"};
}

bool any_missing(const Findings& findings) {
    return std::any_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.state == State::kMissing; });
}

void append(Findings& findings, const Findings& more) {
    findings.insert(findings.end(), more.begin(), more.end());
}

Result<void> first_missing(std::initializer_list<Finding (*)()> examinations) {
    for (const auto examine : examinations) {
        const Finding finding = examine();
        if (finding.state == State::kMissing) return Error{"cannot record: " + finding.detail};
    }
    return {};
}

std::string missing_names(const Findings& findings) {
    std::string names;
    for (const Finding& finding : findings) {
        if (finding.state == State::kMissing)
            names += (names.empty() ? "" : " and ") + finding.what;
    }
    return names;
}

}  // namespace

std::vector<Finding> examine_host() {
    Findings findings{examine_kernel(), examine_btf(), examine_user_namespace()};
    append(findings, examine_capabilities());
    const bool loading_is_possible = !any_missing(findings);
    append(findings, {examine_perf_events(), examine_tracefs()});
    append(findings, examine_hooks());
    append(findings,
           {examine_programs(loading_is_possible), examine_time_namespace(),
            examine_pid_namespace(), examine_cgroup(), examine_seccomp(), examine_io_uring()});
    return findings;
}

Result<void> check_host() {
    if (Result<void> basics = first_missing(
            {examine_kernel, examine_btf, examine_user_namespace, examine_time_namespace});
        !basics)
        return basics;
    if (const std::string missing = missing_names(examine_capabilities()); !missing.empty())
        return Error{"cannot load BPF programs: missing " + missing + "; " + kGrant};
    return first_missing({examine_perf_events, examine_tracefs});
}

Result<void> check_pids_are_the_hosts() {
    if (!is_in_another_pid_namespace()) return {};
    return Error{
        "cannot record a process by its pid, nor a COMMAND, from within a pid namespace; start the "
        "container with --pid host, or record by --comm, --cgroup or --env-match"};
}

}  // namespace httpprof::record
