// What /proc says of processes and their descent, and where cgroups are.
#include <algorithm>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "record/cgroup.h"
#include "record/descendants.h"
#include "record/process_stat.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::record {
namespace {

TEST(ProcessStat, OfAChild) {
    const test::ChildProcess child({.command = {"/bin/sleep", "100"}});
    const auto stat = read_process_stat("/proc/" + std::to_string(child.pid()));
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->parent, static_cast<std::uint32_t>(::getpid()));
    EXPECT_GT(stat->start_ticks, 0u);
}

TEST(ProcessStat, OfNoProcess) {
    EXPECT_FALSE(read_process_stat("/proc/2147483647"));
}

// A file of /proc outlives its process; to read from it fails then.
TEST(ProcessStat, OfAProcessThatEndsBetweenOpeningAndReading) {
    std::optional<format::Descriptor> stat;
    {
        const test::ChildProcess child({.command = {"/bin/sleep", "100"}});
        const std::string path = "/proc/" + std::to_string(child.pid()) + "/stat";
        stat.emplace(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        ASSERT_TRUE(stat->open());
    }
    const test::TemporaryDirectory directory;
    std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(stat->get()),
                                    directory.path() / "stat");
    EXPECT_FALSE(read_process_stat(directory.path()));
}

TEST(Descendants, ChildrenAndTheirChildren) {
    // The shell's child is a grandchild of this process.
    test::ChildProcess shell(
        {.command = {"/bin/sh", "-c", "/bin/sleep 100 & echo ready >&2; wait"}});
    ASSERT_TRUE(shell.wait_for_error_text("ready"));
    const auto own = static_cast<std::uint32_t>(::getpid());
    const auto child = static_cast<std::uint32_t>(shell.pid());
    const auto below_shell = descendants_of({child});
    ASSERT_EQ(below_shell.size(), 1u);
    const auto below_own = descendants_of({own});
    EXPECT_EQ(std::ranges::count(below_own, child), 1);
    EXPECT_EQ(std::ranges::count(below_own, below_shell[0]), 1);
    EXPECT_EQ(std::ranges::count(below_own, own), 0);
    ::kill(static_cast<pid_t>(below_shell[0]), SIGKILL);
}

TEST(Cgroup, WhatIsNoneIsRefused) {
    const auto none = open_cgroup("/there/is/no/such/cgroup");
    ASSERT_FALSE(none.ok());
    EXPECT_NE(none.error().message.find("/there/is/no/such/cgroup"), std::string::npos);
}

}  // namespace
}  // namespace httpprof::record
