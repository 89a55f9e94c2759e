#include "record/syscall_filter.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/rename.h"
#include "tests/record/in_child.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::record {
namespace {

class SyscallFilterTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!can_filter_syscalls()) GTEST_SKIP() << "this kernel has no seccomp";
    }

    const test::TemporaryDirectory folder_;
};

// That the call was stopped by the filter and not by what the kernel thinks of it.
void expect_refused(long result, const char* what) {
    EXPECT_EQ(result, -1) << what;
    EXPECT_EQ(errno, ENOSYS) << what;
}

void apply(const SyscallNeeds& needs = {}) {
    const Result<void> applied = filter_syscalls(needs);
    ASSERT_TRUE(applied.ok()) << applied.error().message;
}

TEST_F(SyscallFilterTest, NothingReachesOut) {
    EXPECT_TRUE(test::in_child([] {
        apply();
        expect_refused(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        expect_refused(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
        char* const none[] = {nullptr};
        expect_refused(::execve("/bin/true", none, none), "execve");
        expect_refused(::syscall(SYS_execveat, AT_FDCWD, "/bin/true", none, none, 0), "execveat");
        expect_refused(::syscall(SYS_clone3, nullptr, 0), "clone3");
        expect_refused(::syscall(SYS_process_vm_writev, 1, nullptr, 0, nullptr, 0, 0), "vm_writev");
        expect_refused(::kill(::getppid(), 0), "kill");
        expect_refused(::syscall(SYS_io_uring_setup, 1, nullptr), "io_uring_setup");
    }));
}

TEST_F(SyscallFilterTest, NoFileIsCreatedOrWritten) {
    const std::string existing = folder_.path() / "existing";
    const std::string fresh = folder_.path() / "fresh";
    EXPECT_TRUE(test::in_child([&] {
        std::ofstream(existing) << "x";
        apply();
        expect_refused(::open(existing.c_str(), O_WRONLY), "write");
        expect_refused(::open(existing.c_str(), O_RDWR), "read and write");
        expect_refused(::open(existing.c_str(), O_RDONLY | O_TRUNC), "truncate");
        expect_refused(::open(fresh.c_str(), O_RDONLY | O_CREAT, 0600), "create");
        expect_refused(::open(folder_.path().c_str(), O_TMPFILE | O_RDWR, 0600), "unnamed");
        expect_refused(::mkdir(fresh.c_str(), 0700), "mkdir");
        expect_refused(::chmod(existing.c_str(), 0777), "chmod");
        expect_refused(::rename(existing.c_str(), fresh.c_str()), "rename");
        expect_refused(::unlink(existing.c_str()), "unlink");
    }));
}

TEST_F(SyscallFilterTest, NoMemoryBecomesCode) {
    EXPECT_TRUE(test::in_child([] {
        constexpr std::size_t kSize = 4096;
        void* data =
            ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        apply();
        expect_refused(::mprotect(data, kSize, PROT_READ | PROT_EXEC), "mprotect");
        const void* code =
            ::mmap(nullptr, kSize, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        EXPECT_EQ(code, MAP_FAILED);
        EXPECT_EQ(errno, ENOSYS);
        EXPECT_EQ(::mprotect(data, kSize, PROT_READ), 0);
        EXPECT_EQ(::munmap(data, kSize), 0);
    }));
}

TEST_F(SyscallFilterTest, BpfAndPerfOnlyLookAndStop) {
    EXPECT_TRUE(test::in_child([] {
        apply();
        bpf_attr attributes{};
        for (const int command : {BPF_MAP_CREATE, BPF_PROG_LOAD, BPF_MAP_UPDATE_ELEM,
                                  BPF_LINK_CREATE, BPF_PROG_GET_FD_BY_ID})
            expect_refused(::syscall(SYS_bpf, command, &attributes, sizeof(attributes)), "bpf");
        expect_refused(::syscall(SYS_perf_event_open, nullptr, -1, 0, -1, 0), "perf_event_open");
        expect_refused(::ioctl(-1, PERF_EVENT_IOC_SET_BPF, 0), "ioctl");
        // These reach the kernel, which has no such descriptor.
        EXPECT_EQ(::syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes)), -1);
        EXPECT_NE(errno, ENOSYS);
        EXPECT_EQ(::ioctl(-1, PERF_EVENT_IOC_DISABLE, 0), -1);
        EXPECT_EQ(errno, EBADF);
    }));
}

TEST_F(SyscallFilterTest, ACgroupIsSelectedAgain) {
    EXPECT_TRUE(test::in_child([] {
        apply({.selects_cgroups = true});
        bpf_attr attributes{};
        EXPECT_EQ(::syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof(attributes)), -1);
        EXPECT_NE(errno, ENOSYS);
        for (const int command : {BPF_MAP_CREATE, BPF_MAP_GET_FD_BY_ID, BPF_PROG_LOAD})
            expect_refused(::syscall(SYS_bpf, command, &attributes, sizeof(attributes)), "bpf");
    }));
}

TEST_F(SyscallFilterTest, OpenFilesAreUsedAndProcIsRead) {
    EXPECT_TRUE(test::in_child([&] {
        const format::Descriptor file(
            ::open((folder_.path() / "x").c_str(), O_WRONLY | O_CREAT, 0600));
        const format::Descriptor events(::epoll_create1(EPOLL_CLOEXEC));
        apply();
        EXPECT_EQ(::write(file.get(), "x", 1), 1);
        EXPECT_EQ(::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE), 0);
        EXPECT_EQ(::fdatasync(file.get()), 0);
        EXPECT_EQ(::fsync(file.get()), 0);
        std::ifstream status("/proc/self/status");
        std::string line;
        EXPECT_TRUE(std::getline(status, line));
        std::array<char, 256> target{};
        EXPECT_GT(::readlink("/proc/self/exe", target.data(), target.size()), 0);
        epoll_event event{};
        EXPECT_EQ(::epoll_wait(events.get(), &event, 1, 1), 0);
        // How an output that does not block is waited for; refused, it would be a busy loop.
        pollfd writable{file.get(), POLLOUT, 0};
        EXPECT_EQ(::poll(&writable, 1, 0), 1);
        // More than the heap has: malloc's own calls.
        EXPECT_EQ(std::vector<char>(std::size_t{64} * 1024 * 1024, 'x').back(), 'x');
    }));
}

TEST_F(SyscallFilterTest, OutputIsNamedWhenItHasAName) {
    const std::string path = folder_.path() / "x";
    EXPECT_TRUE(test::in_child([&] {
        for (const char* suffix : {".1", ".2", ".3"})
            std::ofstream(path + suffix) << "x";
        apply({.names_output = true});
        EXPECT_EQ(format::rename_to_new(path + ".1", path), 0);
        EXPECT_EQ(format::rename_over(path + ".2", path), 0);
        EXPECT_EQ(format::link_to_new(path + ".3", path + ".4"), 0);
        const format::Descriptor folder(::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY));
        EXPECT_EQ(::fsync(folder.get()), 0);
    }));
}

TEST_F(SyscallFilterTest, AReaderMayAskForTheWidthOfItsTerminal) {
    EXPECT_TRUE(test::in_child([&] {
        const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
        apply({.has_reader = true});
        winsize size{};
        EXPECT_EQ(::ioctl(terminal, TIOCGWINSZ, &size), 0);
        expect_refused(::ioctl(terminal, TIOCSWINSZ, &size), "ioctl that changes it");
    }));
}

TEST_F(SyscallFilterTest, OnlyTheCommandIsSignalled) {
    EXPECT_TRUE(test::in_child([] {
        const pid_t command = ::fork();
        if (command == 0) {
            ::pause();
            ::_exit(0);
        }
        apply({.command = command});
        expect_refused(::kill(::getppid(), 0), "kill");
        EXPECT_EQ(::kill(command, SIGTERM), 0);
        int status = 0;
        EXPECT_EQ(::waitpid(command, &status, 0), command);
        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    }));
}

TEST_F(SyscallFilterTest, HoldsForThreadsThatExist) {
    EXPECT_TRUE(test::in_child([] {
        std::atomic<bool> applied = false;
        std::thread other([&] {
            applied.wait(false);
            expect_refused(::socket(AF_INET, SOCK_STREAM, 0), "socket");
        });
        apply();
        applied = true;
        applied.notify_one();
        other.join();
    }));
}

TEST_F(SyscallFilterTest, AbortStillEndsTheProcess) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGABRT, SIG_DFL);
        if (!filter_syscalls({})) ::_exit(1);
        std::abort();
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

}  // namespace
}  // namespace httpprof::record
