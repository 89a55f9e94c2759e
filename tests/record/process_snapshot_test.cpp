#include "record/process_snapshot.h"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/wire.h"
#include "record/process_stat.h"
#include "tests/record/in_child.h"
#include "tests/support/child_process.h"

namespace httpprof::record {
namespace {

// What names a process as it is now; nothing to read yet. `directory` is where /proc says what
// memory it has.
SnapshotRequest request_for(pid_t pid, const std::string& directory) {
    const ProcessStat process = read_process_stat("/proc/" + std::to_string(pid)).value();
    const ProcessStat stat = read_process_stat(directory).value();
    const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return {.pid = static_cast<std::uint32_t>(pid),
            .start_ns = process.start_ticks * (1'000'000'000 / ticks_per_second),
            .arguments_size = stat.arguments_size,
            .environment_size = stat.environment_size,
            .address_space_tag = wire_address_space_tag(stat.arguments_address)};
}

SnapshotRequest request_for(pid_t pid) {
    return request_for(pid, "/proc/" + std::to_string(pid));
}

// `directory` is "/proc/PID".
bool has_state(const std::string& directory, char state) {
    const std::string stat = test::read_file(directory + "/stat");
    return stat.find(std::string(") ") + state) != std::string::npos;
}

// Of a program that just waits. Not of the test itself: to a program under qemu-user /proc says of
// the program what qemu makes up.
class ProcessSnapshot : public ::testing::Test {
  protected:
    ProcessSnapshot() {
        // Set last by execve(2): comm comes before the arguments are there.
        const std::string environ = "/proc/" + std::to_string(child_.pid()) + "/environ";
        while (test::read_file(environ) != std::string("SNAPSHOT=yes\0", 13)) {
        }
    }

    test::ChildProcess child_{{.command = {"/bin/sleep", "100"},
                               .environment = std::vector<std::string>{"SNAPSHOT=yes"}}};
};

// The kernel takes what follows for more of a title (proc(5), setproctitle(3)).
TEST(ProcessSnapshotTest, ACommandLineShowsNothingOfAHiddenEnvironment) {
    if (HTTPPROF_IS_EMULATED) GTEST_SKIP() << "/proc/self is the emulator's";
    EXPECT_TRUE(test::in_child([] {
        const ProcessStat stat = read_process_stat("/proc/self").value();
        auto* const arguments = reinterpret_cast<char*>(stat.arguments_address);
        std::memset(arguments, 'T', stat.arguments_size);
        SnapshotRequest request = request_for(::getpid());
        request.arguments = true;
        const std::string shown = read_snapshot(request).arguments;
        ASSERT_GT(shown.size(), stat.arguments_size) << "nothing of the environment is shown";
        request.hides_environment = true;
        EXPECT_EQ(read_snapshot(request).arguments, std::string(stat.arguments_size, 'T'));
    }));
}

TEST_F(ProcessSnapshot, OfARunningProcess) {
    SnapshotRequest request = request_for(child_.pid());
    request.exec_id = 9;
    request.arguments = true;
    request.environment = true;
    const format::Snapshot snapshot = read_snapshot(request);
    EXPECT_EQ(snapshot.error, "");
    EXPECT_EQ(snapshot.exec_id, 9u);
    EXPECT_EQ(snapshot.cgroups, test::read_file("/proc/self/cgroup"));
    EXPECT_TRUE(snapshot.has_arguments && snapshot.has_environment);
    EXPECT_EQ(snapshot.arguments, std::string("/bin/sleep\0"
                                              "100\0",
                                              15));
    EXPECT_EQ(snapshot.environment, std::string("SNAPSHOT=yes\0", 13));
    EXPECT_TRUE(snapshot.executable.find("sleep") != std::string::npos ||
                snapshot.executable.find("coreutils") != std::string::npos);
}

TEST_F(ProcessSnapshot, ReadsOnlyWhatIsAskedFor) {
    const format::Snapshot snapshot = read_snapshot(request_for(child_.pid()));
    EXPECT_FALSE(snapshot.has_arguments || snapshot.has_environment);
    EXPECT_FALSE(snapshot.executable.empty());
}

TEST_F(ProcessSnapshot, AReusedPidIsAnotherProcess) {
    SnapshotRequest request = request_for(child_.pid());
    request.start_ns = 1;
    request.arguments = true;
    request.environment = true;
    const format::Snapshot snapshot = read_snapshot(request);
    EXPECT_FALSE(snapshot.has_arguments || snapshot.has_environment);
    EXPECT_TRUE(snapshot.executable.empty());
    EXPECT_NE(snapshot.error.find("has ended"), std::string::npos) << snapshot.error;
}

TEST_F(ProcessSnapshot, AnotherProgramInTheProcessIsNotTheOneAskedFor) {
    SnapshotRequest request = request_for(child_.pid());
    ++request.arguments_size;
    const format::Snapshot snapshot = read_snapshot(request);
    EXPECT_TRUE(snapshot.executable.empty());
    EXPECT_NE(snapshot.error.find("executed another program"), std::string::npos) << snapshot.error;
}

TEST_F(ProcessSnapshot, AnotherEnvironmentIsThatOfAnotherProgram) {
    SnapshotRequest request = request_for(child_.pid());
    EXPECT_EQ(request.environment_size, 13u);
    ++request.environment_size;
    EXPECT_NE(read_snapshot(request).error.find("executed another program"), std::string::npos);
}

// One with as long a command line and environment.
TEST_F(ProcessSnapshot, AnotherAddressSpaceIsThatOfAnotherProgram) {
    SnapshotRequest request = request_for(child_.pid());
    ++request.address_space_tag;
    EXPECT_NE(read_snapshot(request).error.find("executed another program"), std::string::npos);
}

TEST_F(ProcessSnapshot, AProcessThatNobodyWaitedForHasEnded) {
    const SnapshotRequest request = request_for(child_.pid());
    child_.signal(SIGKILL);
    const std::string directory = "/proc/" + std::to_string(child_.pid());
    while (!has_state(directory, 'Z')) {
    }
    EXPECT_NE(read_snapshot(request).error, "");
    EXPECT_EQ(read_snapshot(request).error.find("executed"), std::string::npos);
}

TEST(ProcessSnapshotOfAThread, WhereTheMainThreadHasEnded) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        std::thread([&ends] {
            const pid_t self = ::gettid();
            [[maybe_unused]] const ssize_t written = ::write(ends[1], &self, sizeof(self));
            for (;;)
                ::pause();
        }).detach();
        ::syscall(SYS_exit, 0);  // of the main thread alone
    }
    pid_t thread = 0;
    ASSERT_EQ(::read(ends[0], &thread, sizeof(thread)), ssize_t{sizeof(thread)});
    const std::string process = "/proc/" + std::to_string(child);
    while (!has_state(process, 'Z')) {
    }
    const std::string task = process + "/task/" + std::to_string(thread);
    SnapshotRequest request = request_for(child, task);
    request.tid = static_cast<std::uint32_t>(thread);
    request.arguments = true;
    const format::Snapshot snapshot = read_snapshot(request);
    EXPECT_EQ(snapshot.error, "");
    EXPECT_EQ(snapshot.executable, std::filesystem::read_symlink(task + "/exe"));
    EXPECT_EQ(snapshot.cgroups, test::read_file("/proc/self/cgroup"));
    EXPECT_EQ(snapshot.arguments, test::read_file(task + "/cmdline"));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (const int end : ends)
        ::close(end);
}

// /proc reads it from the memory of the process.
TEST(ProcessSnapshotOfItself, AnEnvironmentThatCannotBeReadIsNotEmpty) {
    if (HTTPPROF_IS_EMULATED) GTEST_SKIP() << "as above";
    EXPECT_TRUE(test::in_child([] {
        SnapshotRequest request = request_for(::getpid());
        request.environment = true;
        const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const auto first = reinterpret_cast<std::uintptr_t>(::environ[0]) / size * size;
        void* const page = reinterpret_cast<void*>(first);
        const auto snapshot = std::make_shared<format::Snapshot>();
        // The page may have the beginning of this thread's stack in it.
        std::thread([=] {
            ::mprotect(page, size, PROT_NONE);
            *snapshot = read_snapshot(request);
            ::mprotect(page, size, PROT_READ | PROT_WRITE);
        }).join();
        EXPECT_FALSE(snapshot->has_environment);
        EXPECT_NE(snapshot->error.find("environ: it cannot be read"), std::string::npos);
    }));
}

TEST_F(ProcessSnapshot, SaysWhyItCouldNotRead) {
    const format::Snapshot snapshot =
        read_snapshot({.pid = 0x7fffffff, .start_ns = 1, .environment = true});
    EXPECT_EQ(snapshot.error, "/proc/2147483647/environ: No such file or directory");
}

TEST(Snapshotter, TakesAllThatWait) {
    std::vector<format::Snapshot> taken;
    Snapshotter snapshotter(
        [&](format::Snapshot snapshot) { taken.push_back(std::move(snapshot)); });
    for (std::uint32_t i = 0; i < 100; ++i)
        ASSERT_TRUE(snapshotter.request({.pid = 0x7f000000 + i}));
    snapshotter.finish();
    ASSERT_EQ(taken.size(), 100u);
    EXPECT_EQ(taken[99].pid, 0x7f000000 + 99u);
}

}  // namespace
}  // namespace httpprof::record
