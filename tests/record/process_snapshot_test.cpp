#include "record/process_snapshot.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/child_process.h"

namespace httpprof::record {
namespace {

// From /proc/self/stat: field 22, in clock ticks.
std::uint64_t start_of(pid_t pid) {
    const std::string stat = test::read_file("/proc/" + std::to_string(pid) + "/stat");
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= 22; ++i)
        fields >> field;
    return std::stoull(field) *
           (1'000'000'000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
}

TEST(ProcessSnapshot, OfARunningProcess) {
    test::ChildProcess child({.command = {"/bin/sleep", "100"},
                              .environment = std::vector<std::string>{"SNAPSHOT=yes"}});
    // Set last by execve(2): comm comes before the arguments are there.
    const std::string environ = "/proc/" + std::to_string(child.pid()) + "/environ";
    while (test::read_file(environ) != std::string("SNAPSHOT=yes\0", 13)) {
    }
    const format::Snapshot snapshot = read_snapshot({.pid = static_cast<std::uint32_t>(child.pid()),
                                                     .start_ns = start_of(child.pid()),
                                                     .arguments = true,
                                                     .environment = true});
    EXPECT_EQ(snapshot.error, "");
    EXPECT_TRUE(snapshot.has_arguments && snapshot.has_environment);
    EXPECT_EQ(snapshot.arguments, std::string("/bin/sleep\0"
                                              "100\0",
                                              15));
    EXPECT_EQ(snapshot.environment, std::string("SNAPSHOT=yes\0", 13));
    EXPECT_TRUE(snapshot.executable.find("sleep") != std::string::npos ||
                snapshot.executable.find("coreutils") != std::string::npos);
}

TEST(ProcessSnapshot, ReadsOnlyWhatIsAskedFor) {
    const auto pid = static_cast<std::uint32_t>(::getpid());
    const format::Snapshot snapshot = read_snapshot({.pid = pid, .start_ns = start_of(::getpid())});
    EXPECT_FALSE(snapshot.has_arguments || snapshot.has_environment);
    EXPECT_FALSE(snapshot.executable.empty());
}

TEST(ProcessSnapshot, AReusedPidIsAnotherProcess) {
    const format::Snapshot snapshot = read_snapshot({.pid = static_cast<std::uint32_t>(::getpid()),
                                                     .start_ns = 1,
                                                     .arguments = true,
                                                     .environment = true});
    EXPECT_FALSE(snapshot.has_arguments || snapshot.has_environment);
    EXPECT_TRUE(snapshot.executable.empty());
    EXPECT_NE(snapshot.error.find("has ended"), std::string::npos) << snapshot.error;
}

TEST(ProcessSnapshot, SaysWhyItCouldNotRead) {
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
