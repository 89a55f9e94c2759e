#include "record/syscall_filter.h"

#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/descriptor.h"

namespace httpprof::record {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

// Below it seccomp cannot reach the threads that exist (Linux 3.17).
constexpr unsigned kApiWithThreads = 2;

// That the bits `mask` of an argument are `value`. Arguments that are an int to the kernel are
// compared by their lower 32 bits, which are all that it looks at.
scmp_arg_cmp has_bits(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

scmp_arg_cmp is_int(unsigned argument, std::uint32_t value) {
    return has_bits(argument, UINT32_MAX, value);
}

class Filter {
  public:
    // ENOSYS and not death for what is refused: a call that some C library makes in a rare case,
    // and has to do without on old kernels anyway, must not end a recording.
    Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), ::seccomp_release) {}

    void allow(std::initializer_list<int> calls) {
        for (const int call : calls)
            allow(call, {});
    }

    // Where all of `conditions` hold. A call that this architecture does not have is left out.
    void allow(int call, const std::vector<scmp_arg_cmp>& conditions) {
        note(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call,
                                      static_cast<unsigned>(conditions.size()), conditions.data()));
    }

    Result<void> load() {
        if (!context_) return format::system_error(kWhat, ENOMEM);
        note(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
        // Else kernels before 5.16 guard the filtered process against its own speculation, as if
        // it ran foreign code, and slow it down.
        note(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_SSB, 1));
        // The errno of the kernel and not the library's own.
        note(::seccomp_attr_set(context_.get(), SCMP_FLTATR_API_SYSRAWRC, 1));
        if (error_ == 0) note(::seccomp_load(context_.get()));
        if (error_ != 0) return format::system_error(kWhat, -error_);
        return {};
    }

  private:
    static constexpr const char* kWhat = "cannot restrict the system calls of the recorder";

    void note(int result) {
        if (result < 0 && error_ == 0) error_ = result;
    }

    std::unique_ptr<void, decltype(&::seccomp_release)> context_;
    int error_ = 0;  // the first, negative
};

// The C library's and the C++ library's own: memory, locks, time, the ends of threads and process.
void allow_runtime(Filter& filter) {
    filter.allow({SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise)});
    filter.allow(SCMP_SYS(mmap), {has_bits(2, PROT_EXEC, 0)});
    filter.allow(SCMP_SYS(mprotect), {has_bits(2, PROT_EXEC, 0)});
    filter.allow({SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity)});
    // A thread that was just started makes these first.
    filter.allow({SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(rt_sigprocmask)});
    // Where the vDSO has no clock to read, reading it is a call.
    filter.allow({SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(getrandom)});
    // How a wait goes on after SIGSTOP and SIGCONT, and anything after a signal handler.
    filter.allow({SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn)});
    filter.allow({SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getpid), SCMP_SYS(gettid)});
    // abort(3) signals the thread it is in.
    filter.allow(SCMP_SYS(tgkill), {is_int(0, static_cast<std::uint32_t>(::getpid()))});
}

// What is open is used and closed; files are opened to be read only. The C library's last words
// go through writev, and its streams look at what they read with fstat.
void allow_files(Filter& filter) {
    filter.allow({SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek),
                  SCMP_SYS(close), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait)});
    // format::write_all waits so for an output that does not block.
    filter.allow({SCMP_SYS(poll), SCMP_SYS(ppoll)});
    filter.allow({SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(sync_file_range), SCMP_SYS(fstat),
                  SCMP_SYS(newfstatat), SCMP_SYS(readlink), SCMP_SYS(readlinkat)});
    filter.allow(SCMP_SYS(openat), {has_bits(2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY)});
}

// New files, and never one that is there: O_EXCL.
void allow_new_files(Filter& filter) {
    constexpr std::uint64_t kNew = O_CREAT | O_EXCL | O_WRONLY;
    filter.allow(SCMP_SYS(openat), {has_bits(2, kNew | O_ACCMODE | O_TRUNC, kNew)});
    filter.allow({SCMP_SYS(flock)});
}

// New files to write and read, that lose their name at once.
void allow_temporary_files(Filter& filter) {
    constexpr std::uint64_t kNew = O_CREAT | O_EXCL | O_RDWR;
    filter.allow(SCMP_SYS(openat), {has_bits(2, kNew | O_ACCMODE | O_TRUNC, kNew)});
    filter.allow({SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(pread64)});
}

// What a reader in this process needs: temporary files, and the width of the terminal that it
// writes to.
void allow_reader(Filter& filter) {
    allow_temporary_files(filter);
    filter.allow(SCMP_SYS(ioctl), {is_int(1, TIOCGWINSZ)});
}

void allow_naming_the_output(Filter& filter) {
    filter.allow({SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link),
                  SCMP_SYS(linkat), SCMP_SYS(unlink), SCMP_SYS(unlinkat)});
}

// Asking what a program counted, and detaching it; nothing that makes or changes one.
void allow_bpf(Filter& filter) {
    filter.allow(SCMP_SYS(bpf), {is_int(0, BPF_OBJ_GET_INFO_BY_FD)});
    filter.allow(SCMP_SYS(ioctl), {is_int(1, PERF_EVENT_IOC_DISABLE)});
}

// A filter cannot see which map it is of; all that are open are our own.
void allow_selecting(Filter& filter) {
    filter.allow(SCMP_SYS(bpf), {is_int(0, BPF_MAP_UPDATE_ELEM)});
}

void allow_command(Filter& filter, pid_t command) {
    filter.allow(SCMP_SYS(kill), {is_int(0, static_cast<std::uint32_t>(command))});
    filter.allow(SCMP_SYS(wait4), {is_int(0, static_cast<std::uint32_t>(command))});
}

// LeakSanitizer stops the threads at exit by ptrace, from a process of its own; the checks of
// vtables find out by a pipe which memory is readable.
void allow_sanitizers(Filter& filter) {
    filter.allow({SCMP_SYS(clone), SCMP_SYS(ptrace), SCMP_SYS(wait4), SCMP_SYS(prctl),
                  SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(getppid),
                  SCMP_SYS(prlimit64), SCMP_SYS(pipe2), SCMP_SYS(open), SCMP_SYS(getdents),
                  SCMP_SYS(getdents64)});
}

}  // namespace

bool can_filter_syscalls() {
    return ::seccomp_api_get() >= kApiWithThreads;
}

Result<void> filter_syscalls(const SyscallNeeds& needs) {
    Filter filter;
    allow_runtime(filter);
    allow_files(filter);
    allow_bpf(filter);
    if (needs.names_output) allow_naming_the_output(filter);
    if (needs.creates_files) allow_new_files(filter);
    if (needs.selects_cgroups) allow_selecting(filter);
    if (needs.has_reader) allow_reader(filter);
    if (needs.command != 0) allow_command(filter, needs.command);
    if (kSanitized) allow_sanitizers(filter);
    return filter.load();
}

}  // namespace httpprof::record
