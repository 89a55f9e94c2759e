// Where recording cannot work: one clear line, exit status 1.
#include <algorithm>
#include <future>
#include <thread>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/e2e/live_recording.h"

namespace httpprof::test {
namespace {

constexpr unsigned kNobody = 65534;

bool is_one_line(const std::string& text) {
    return text.starts_with("httpprof: ") && std::count(text.begin(), text.end(), '\n') == 1 &&
           text.ends_with('\n');
}

TEST(RefusalTest, WithoutPrivilege) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give it up";
    // The binary may lie in a folder that others cannot enter; a copy can be executed by all.
    ChildProcess copy({.command = {"/bin/sh", "-c",
                                   std::string("d=$(mktemp -d) && chmod 755 $d && cp ") +
                                       HTTPPROF_BINARY + " $d/httpprof && echo $d"}});
    ASSERT_EQ(copy.wait(), 0);
    std::string folder = copy.output();
    folder.pop_back();
    for (const char* command : {"record", "live"}) {
        ChildProcess refused(
            {.command = {folder + "/httpprof", command, "-o", "/root/never"}, .uid = kNobody});
        EXPECT_EQ(refused.wait(), 1);
        EXPECT_TRUE(is_one_line(refused.errors())) << refused.errors();
        EXPECT_NE(refused.errors().find("CAP_BPF"), std::string::npos) << refused.errors();
    }
    run({"/bin/rm", "-r", folder});
}

TEST(RefusalTest, WithoutBtf) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to hide /sys/kernel/btf";
    const auto unshare = find_program("unshare");
    if (!unshare) GTEST_SKIP() << "unshare is not installed";
    // As container runtimes hide a file, too.
    for (const std::string mount :
         {"-t tmpfs none /sys/kernel/btf", "--bind /dev/null /sys/kernel/btf/vmlinux"}) {
        // Only /sys is made private: in a chroot, / need not be a mount point.
        const std::string hidden = "mount --make-rprivate /sys && mount " + mount + " && exec ";
        const Finished refused = run({*unshare, "--mount", "--propagation", "unchanged", "/bin/sh",
                                      "-c", hidden + HTTPPROF_BINARY + " record -o /dev/null/x"});
        EXPECT_EQ(refused.status, 1) << mount;
        EXPECT_TRUE(is_one_line(refused.errors)) << refused.errors;
        EXPECT_NE(refused.errors.find("BTF"), std::string::npos) << refused.errors;
        const Finished checked = run({*unshare, "--mount", "--propagation", "unchanged", "/bin/sh",
                                      "-c", hidden + HTTPPROF_BINARY + " record --check"});
        EXPECT_EQ(checked.status, 1) << mount;
    }
}

// Where it has all capabilities, of no use.
TEST(RefusalTest, InAUserNamespace) {
    const auto unshare = find_program("unshare");
    if (!unshare || run({*unshare, "--user", "--map-root-user", "true"}).status != 0)
        GTEST_SKIP() << "no user namespace can be made";
    for (const std::string command : {"record", "live"}) {
        const Finished refused = run(
            {*unshare, "--user", "--map-root-user", HTTPPROF_BINARY, command, "-o", "/dev/null/x"});
        EXPECT_EQ(refused.status, 1);
        EXPECT_TRUE(is_one_line(refused.errors)) << refused.errors;
        EXPECT_NE(refused.errors.find("user namespace"), std::string::npos) << refused.errors;
    }
}

using LiveRefusalTest = LiveTest;

TEST_F(LiveRefusalTest, OutputThatCannotBeCreated) {
    const Finished refused = run({HTTPPROF_BINARY, "record", "-o", "/proc/nowhere/capture"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(is_one_line(refused.errors)) << refused.errors;
    EXPECT_NE(refused.errors.find("/proc/nowhere/capture"), std::string::npos) << refused.errors;
}

// The recorder opens descriptors of its own.
TEST_F(LiveRefusalTest, OutputToADescriptorThatIsNotOpen) {
    for (int number = 5; number < 20; ++number) {
        const std::string name = "/dev/fd/" + std::to_string(number);
        const Finished refused = run({HTTPPROF_BINARY, "record", "-o", name});
        EXPECT_EQ(refused.status, 1);
        EXPECT_EQ(refused.errors, "httpprof: cannot write " + name + ": Bad file descriptor\n");
    }
}

// What it takes for the command's pid is another process's, or nobody's.
TEST_F(LiveRefusalTest, CommandInAPidNamespace) {
    const auto unshare = find_program("unshare");
    if (!unshare) GTEST_SKIP() << "unshare is not installed";
    for (const std::vector<std::string>& target :
         {std::vector<std::string>{"--", "true"}, std::vector<std::string>{"--pid", "1"}}) {
        std::vector<std::string> command{*unshare,        "--pid",  "--fork", "--mount-proc",
                                         HTTPPROF_BINARY, "record", "-o",     file("never")};
        command.insert(command.end(), target.begin(), target.end());
        const Finished refused = run(command);
        EXPECT_EQ(refused.status, 1);
        EXPECT_TRUE(is_one_line(refused.errors)) << refused.errors;
        EXPECT_NE(refused.errors.find("pid namespace"), std::string::npos) << refused.errors;
    }
}

TEST_F(LiveRefusalTest, ProcessThatDoesNotExist) {
    const Finished refused =
        run({HTTPPROF_BINARY, "record", "-o", file("x"), "--pid", "2147483647"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(is_one_line(refused.errors)) << refused.errors;
    EXPECT_NE(refused.errors.find("2147483647"), std::string::npos) << refused.errors;
}

TEST_F(LiveRefusalTest, ThreadOfAProcess) {
    std::promise<pid_t> thread_id;
    std::promise<void> over;
    std::thread thread([&] {
        thread_id.set_value(::gettid());
        over.get_future().wait();
    });
    const Finished refused = run({HTTPPROF_BINARY, "record", "-o", file("x"), "--pid",
                                  std::to_string(thread_id.get_future().get())});
    over.set_value();
    thread.join();
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(is_one_line(refused.errors)) << refused.errors;
    EXPECT_NE(refused.errors.find("thread"), std::string::npos) << refused.errors;
}

TEST_F(LiveRefusalTest, CommandThatDoesNotExist) {
    const Finished refused =
        run({HTTPPROF_BINARY, "record", "-o", file("x"), "--", "/no/such/command"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.errors.find("/no/such/command"), std::string::npos) << refused.errors;
}

}  // namespace
}  // namespace httpprof::test
