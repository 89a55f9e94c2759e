#include "record/preflight.h"

#include <set>
#include <string>

#include <gmock/gmock.h>

#include "record/capabilities.h"
#include "record/hooks.h"
#include "tests/record/in_child.h"

namespace httpprof::record {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

FindingState state_of(const std::vector<Finding>& findings, const std::string& what) {
    for (const Finding& finding : findings) {
        if (finding.what == what) return finding.state;
    }
    ADD_FAILURE() << "no finding about " << what;
    return FindingState::kUnknown;
}

TEST(Preflight, SaysEverythingOnceAndInOneLine) {
    std::set<std::string> about;
    for (const Finding& finding : examine_host()) {
        EXPECT_TRUE(about.insert(finding.what).second) << finding.what;
        EXPECT_THAT(finding.detail, Not(HasSubstr("\n")));
    }
    EXPECT_THAT(
        about, IsSupersetOf({"kernel", "BTF", "CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE",
                             "perf events", "tracefs", "BPF programs", "user namespace",
                             "pid namespace", "time namespace", "cgroup2", "seccomp", "io_uring"}));
    for (const Hook& hook : all_hooks())
        EXPECT_EQ(about.count("tracepoint " + std::string(hook.tracepoint)), 1u) << hook.tracepoint;
}

TEST(Preflight, AgreesWithTheCheckBeforeRecording) {
    const std::vector<Finding> findings = examine_host();
    bool complete = true;
    for (const char* what : {"kernel", "BTF", "user namespace", "CAP_BPF", "CAP_PERFMON",
                             "perf events", "tracefs", "time namespace"})
        complete = complete && state_of(findings, what) != FindingState::kMissing;
    EXPECT_EQ(check_host().ok(), complete);
}

TEST(Preflight, WithoutCapabilitiesNothingIsTried) {
    EXPECT_TRUE(test::in_child([] {
        ASSERT_TRUE(set_capabilities({}).ok());
        const std::vector<Finding> findings = examine_host();
        EXPECT_EQ(state_of(findings, "CAP_BPF"), FindingState::kMissing);
        EXPECT_EQ(state_of(findings, "CAP_PERFMON"), FindingState::kMissing);
        EXPECT_EQ(state_of(findings, "CAP_SYS_PTRACE"), FindingState::kLimited);
        EXPECT_EQ(state_of(findings, "BPF programs"), FindingState::kUnknown);
        const Result<void> checked = check_host();
        ASSERT_FALSE(checked.ok());
        EXPECT_THAT(checked.error().message,
                    AnyOf(HasSubstr("CAP_BPF and CAP_PERFMON"), HasSubstr("cannot record: ")));
    }));
}

}  // namespace
}  // namespace httpprof::record
