#include "record/privileges.h"

#include <cerrno>
#include <fstream>
#include <string>

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/rename.h"
#include "record/capabilities.h"
#include "tests/record/in_child.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::record {
namespace {

constexpr uid_t kNobody = 65534;
constexpr uid_t kSomebody = 4321;

class PrivilegesTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0 || (read_capabilities().effective & capability_bit(CAP_CHOWN)) == 0)
            GTEST_SKIP() << "needs root, to give it up";
    }

    // A folder of somebody else's.
    std::string foreign_folder(mode_t mode) const {
        std::string path = folder_.path() / "foreign";
        EXPECT_EQ(::mkdir(path.c_str(), 0700), 0);
        EXPECT_EQ(::chown(path.c_str(), kSomebody, kSomebody), 0);
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        return path;
    }

    const test::TemporaryDirectory folder_;
};

void create(const std::string& path, uid_t owner) {
    std::ofstream(path) << "x";
    EXPECT_EQ(::chown(path.c_str(), owner, owner), 0);
}

// What is kept beside CAP_BPF, which older kernels want for every recording.
CapabilitySet drop(const PrivilegeNeeds& needs) {
    EXPECT_TRUE(drop_privileges(needs).ok());
    const Capabilities kept = read_capabilities();
    return (kept.effective | kept.permitted | kept.inheritable) & ~capability_bit(CAP_BPF);
}

TEST_F(PrivilegesTest, NothingIsKeptForNothing) {
    EXPECT_TRUE(test::in_child([] {
        EXPECT_EQ(drop({}), 0u);
        EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
        for (unsigned long number = 0; number <= CAP_LAST_CAP; ++number) {
            EXPECT_LE(::prctl(PR_CAPBSET_READ, number, 0, 0, 0), 0) << number;
            EXPECT_LE(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0), 0) << number;
        }
    }));
}

TEST_F(PrivilegesTest, WhatWasGivenUpDoesNotComeBack) {
    EXPECT_TRUE(test::in_child([] {
        const Capabilities before = read_capabilities();
        drop({});
        EXPECT_FALSE(set_capabilities(before).ok());
    }));
}

TEST_F(PrivilegesTest, ProgramsCanStillBeAskedWhatTheyCount) {
    EXPECT_TRUE(test::in_child([] {
        drop({});
        char info[16] = {};
        __u32 size = sizeof(info);
        // That there is no such descriptor is found out only after permission.
        EXPECT_NE(::bpf_obj_get_info_by_fd(-1, info, &size), -EPERM);
    }));
}

TEST_F(PrivilegesTest, OtherProcessesTakeSysPtrace) {
    EXPECT_TRUE(test::in_child(
        [] { EXPECT_EQ(drop({.other_processes = true}), capability_bit(CAP_SYS_PTRACE)); }));
}

TEST_F(PrivilegesTest, CommandTakesKill) {
    EXPECT_TRUE(
        test::in_child([] { EXPECT_EQ(drop({.command = true}), capability_bit(CAP_KILL)); }));
}

TEST_F(PrivilegesTest, OutputInOwnFolderTakesNothing) {
    const std::string path = folder_.path() / "x";
    EXPECT_TRUE(test::in_child([&] {
        create(path + ".part", 0);
        EXPECT_EQ(drop({.output = path}), 0u);
        EXPECT_EQ(format::rename_to_new(path + ".part", path), 0);
    }));
}

TEST_F(PrivilegesTest, OutputInFolderOfAnotherTakesDacOverride) {
    const std::string path = foreign_folder(0700) + "/x";
    EXPECT_TRUE(test::in_child([&] {
        create(path + ".part", 0);
        EXPECT_EQ(drop({.output = path}), capability_bit(CAP_DAC_OVERRIDE));
        EXPECT_EQ(format::rename_to_new(path + ".part", path), 0);
    }));
}

TEST_F(PrivilegesTest, OutputBelowFolderThatOthersCannotEnterTakesDacReadSearch) {
    const std::string path = foreign_folder(0700) + "/x";
    EXPECT_TRUE(test::in_child([&] {
        ASSERT_EQ(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), 0);
        ASSERT_EQ(::setresuid(kSomebody, kSomebody, kSomebody), 0);
        Capabilities kept = read_capabilities();
        kept.effective = kept.permitted;
        ASSERT_TRUE(set_capabilities(kept).ok());
        std::ofstream(path + ".part") << "x";
        EXPECT_EQ(drop({.output = path}), capability_bit(CAP_DAC_READ_SEARCH));
        EXPECT_EQ(format::rename_to_new(path + ".part", path), 0);
    }));
}

TEST_F(PrivilegesTest, ReplacingInStickyFolderOfAnotherTakesFowner) {
    const std::string path = foreign_folder(01777) + "/x";
    EXPECT_TRUE(test::in_child([&] {
        create(path, kNobody);
        create(path + ".part", 0);
        EXPECT_EQ(drop({.output = path}), capability_bit(CAP_FOWNER));
        EXPECT_EQ(format::rename_over(path + ".part", path), 0);
    }));
}

TEST_F(PrivilegesTest, WithoutAnyItStillWorks) {
    EXPECT_TRUE(test::in_child([] {
        ASSERT_EQ(::setresuid(kNobody, kNobody, kNobody), 0);
        EXPECT_EQ(drop({.other_processes = true, .command = true, .output = "/etc/x"}), 0u);
        EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    }));
}

}  // namespace
}  // namespace httpprof::record
