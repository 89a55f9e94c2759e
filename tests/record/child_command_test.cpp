#include "record/child_command.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_directory.h"

namespace httpprof::record {
namespace {

Result<ChildCommand> fork_command(const std::vector<std::string>& command,
                                  bool writes_to_errors = false) {
    sigset_t none;
    ::sigemptyset(&none);
    return ChildCommand::fork(command, writes_to_errors, none);
}

int wait_for_exit(ChildCommand& command) {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(command.pid()), &info, WEXITED | WNOWAIT);
    EXPECT_TRUE(command.has_exited());
    return command.exit_status().value_or(-1);
}

TEST(ChildCommand, DoesNothingBeforeItIsReleased) {
    const test::TemporaryDirectory folder;
    const std::string mark = folder.path() / "mark";
    auto command = fork_command({"/bin/sh", "-c", "echo > " + mark});
    ASSERT_TRUE(command.ok());
    EXPECT_FALSE(command->has_exited());
    EXPECT_FALSE(std::filesystem::exists(mark));
    ASSERT_TRUE(command->release().ok());
    EXPECT_EQ(wait_for_exit(*command), 0);
    EXPECT_TRUE(std::filesystem::exists(mark));
}

TEST(ChildCommand, ReturnsTheExitStatus) {
    auto command = fork_command({"/bin/sh", "-c", "exit 42"});
    ASSERT_TRUE(command.ok());
    ASSERT_TRUE(command->release().ok());
    EXPECT_EQ(wait_for_exit(*command), 42);
}

TEST(ChildCommand, ReturnsTheSignalAsAShellDoes) {
    auto command = fork_command({"/bin/sh", "-c", "kill -TERM $$"});
    ASSERT_TRUE(command.ok());
    ASSERT_TRUE(command->release().ok());
    EXPECT_EQ(wait_for_exit(*command), 128 + SIGTERM);
}

TEST(ChildCommand, WritesWhereItIsTold) {
    for (const bool to_errors : {false, true}) {
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        auto command = fork_command({"/bin/echo", "said"}, to_errors);
        ASSERT_TRUE(command.ok());
        ASSERT_TRUE(command->release().ok());
        EXPECT_EQ(wait_for_exit(*command), 0);
        EXPECT_EQ(::testing::internal::GetCapturedStdout(), to_errors ? "" : "said\n");
        EXPECT_EQ(::testing::internal::GetCapturedStderr(), to_errors ? "said\n" : "");
    }
}

TEST(ChildCommand, SaysThatItCannotBeExecuted) {
    auto command = fork_command({"/no/such/program"});
    ASSERT_TRUE(command.ok());
    const Result<void> released = command->release();
    ASSERT_FALSE(released.ok());
    EXPECT_NE(released.error().message.find("/no/such/program"), std::string::npos);
    wait_for_exit(*command);
}

TEST(ChildCommand, EndsWhenItIsNeverReleased) {
    pid_t pid = 0;
    {
        auto command = fork_command({"/bin/sh", "-c", "exit 1"});
        ASSERT_TRUE(command.ok());
        pid = command->pid();
    }
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace httpprof::record
