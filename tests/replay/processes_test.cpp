#include "replay/processes.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

format::ProcessRecord record(std::string_view arguments, std::string_view environment) {
    format::ProcessRecord record;
    record.task = {7, 7, 100, "prog"};
    record.arguments = arguments;
    record.environment = environment;
    record.arguments_size = static_cast<std::uint32_t>(arguments.size());
    record.environment_size = static_cast<std::uint32_t>(environment.size());
    return record;
}

format::Snapshot snapshot() {
    format::Snapshot snapshot;
    snapshot.pid = 7;
    snapshot.start_ns = 100;
    return snapshot;
}

const Origin kOrigin{1, 7, 100, "thread"};

TEST(ProcessesTest, KernelRecordIsTheProcess) {
    Processes processes;
    const std::string arguments = "prog\0-v\0"s;
    const std::string environment = "A=1\0B=2\0"s;
    processes.add(record(arguments, environment));
    const Process& process = *processes.of(kOrigin);
    EXPECT_EQ(process.pid, 7u);
    EXPECT_EQ(process.start_ns, 100u);
    EXPECT_EQ(process.comm, "prog");
    EXPECT_EQ(process.arguments, arguments);
    EXPECT_EQ(process.environment, environment);
    EXPECT_EQ(process.error, "");
}

TEST(ProcessesTest, EmptyEnvironmentIsKnown) {
    Processes processes;
    processes.add(record("prog\0"sv, ""));
    EXPECT_EQ(processes.of(kOrigin)->environment, "");
    EXPECT_EQ(processes.of(kOrigin)->error, "");
}

TEST(ProcessesTest, ExecIsAnotherProgramFromThenOn) {
    Processes processes;
    const std::string first_environment = "A=1\0"s;
    const std::string second_environment = "B=2\0"s;
    format::ProcessRecord first = record("first\0"sv, first_environment);
    format::ProcessRecord second = record("second\0"sv, second_environment);
    first.time_ns = 10;
    first.exec_id = 4;
    second.time_ns = 20;
    second.exec_id = 5;
    processes.add(first);
    processes.add(second);
    const Process& before = *processes.of({19, 7, 100, "prog"});
    const Process& after = *processes.of({20, 7, 100, "prog"});
    EXPECT_EQ(before.environment, first_environment);
    EXPECT_EQ(after.environment, second_environment);
    EXPECT_EQ(after.pid, 7u);
    EXPECT_EQ(after.start_ns, 100u);
}

TEST(ProcessesTest, SecondRecordOfTheSameProgramIsNoOtherProcess) {
    Processes processes;
    processes.add(record("prog\0"sv, ""));
    const auto& known = processes.of(kOrigin);
    format::ProcessRecord again = record("prog\0"sv, "");
    again.time_ns = 1000;
    processes.add(again);
    EXPECT_EQ(&processes.of({2000, 7, 100, "prog"}), &known);
}

TEST(ProcessesTest, RecordThatComesLateIsOfTheProcessThatWasMade) {
    Processes processes;
    const auto& made = processes.of(kOrigin);
    format::ProcessRecord late = record("prog\0"sv, "");
    late.exec_id = 5;
    processes.add(late);
    EXPECT_EQ(made->arguments, "prog\0"s);
    EXPECT_EQ(&processes.of(kOrigin), &made);
}

TEST(ProcessesTest, SnapshotCompletesTheProgramItIsOf) {
    Processes processes;
    format::ProcessRecord first = record("first\0"sv, "");
    format::ProcessRecord second = record("second\0"sv, "");
    second.time_ns = 20;
    second.exec_id = 5;
    processes.add(first);
    processes.add(second);
    format::Snapshot late = snapshot();
    late.executable = "/bin/first";
    processes.add(late);
    EXPECT_EQ(processes.of({1, 7, 100, "prog"})->executable, "/bin/first");
    EXPECT_EQ(processes.of({30, 7, 100, "prog"})->executable, "");
}

TEST(ProcessesTest, SnapshotsMayStandBeforeTheirRecords) {
    Processes processes;
    format::Snapshot early = snapshot();
    for (const std::uint64_t exec_id : {4u, 5u}) {
        early.exec_id = exec_id;
        early.time_ns = exec_id * 10 + 5;
        processes.add(early);
    }
    for (const std::uint64_t exec_id : {4u, 5u}) {
        format::ProcessRecord late = record(exec_id == 4 ? "first\0"sv : "second\0"sv, "");
        late.exec_id = exec_id;
        late.time_ns = exec_id * 10;
        processes.add(late);
    }
    EXPECT_EQ(processes.of({42, 7, 100, "prog"})->arguments, "first\0"s);
    EXPECT_EQ(processes.of({50, 7, 100, "prog"})->arguments, "second\0"s);
}

TEST(ProcessesTest, CutSnapshotSaysSo) {
    Processes processes;
    format::ProcessRecord cut = record("prog\0"sv, "");
    cut.environment_size = 200'000;
    processes.add(cut);
    format::Snapshot longest = snapshot();
    longest.has_environment = true;
    longest.environment = "A=1\0B=cut"s;
    longest.error = "cut at 131072 bytes";
    processes.add(longest);
    EXPECT_EQ(processes.of(kOrigin)->environment, "A=1\0"s);
    EXPECT_EQ(processes.of(kOrigin)->error, "cut at 131072 bytes");
}

TEST(ProcessesTest, EnvironmentLeftOutOnPurpose) {
    Processes processes;
    format::ProcessRecord none = record("prog\0"sv, "");
    none.environment_kept = format::EnvironmentKept::none;
    processes.add(none);
    EXPECT_FALSE(processes.of(kOrigin)->environment);
    EXPECT_NE(processes.of(kOrigin)->error.find("--no-env"), std::string::npos);
}

TEST(ProcessesTest, CgroupOfTheKernelBeforeThatOfProc) {
    Processes processes;
    format::ProcessRecord known = record("prog\0"sv, "");
    known.cgroup_names = "shop\0\0"sv;
    processes.add(known);
    format::Snapshot late = snapshot();
    late.cgroups = "4:memory:/other\n0::/\n";
    processes.add(late);
    EXPECT_EQ(processes.of(kOrigin)->cgroup, "/shop");
}

TEST(ProcessesTest, CgroupOfOldHierarchies) {
    Processes processes;
    format::ProcessRecord known = record("prog\0"sv, "");
    known.cgroup_names = "\0"sv;
    processes.add(known);
    EXPECT_EQ(processes.of(kOrigin)->cgroup, "/");
    format::Snapshot late = snapshot();
    late.cgroups = "5:cpu:/\n4:memory:/docker/1\n0::/\n";
    processes.add(late);
    EXPECT_EQ(processes.of(kOrigin)->cgroup, "memory:/docker/1");
    // The same when the record comes behind, or once more.
    processes.add(known);
    EXPECT_EQ(processes.of(kOrigin)->cgroup, "memory:/docker/1");
}

TEST(ProcessesTest, ReusedPidIsAnotherProcess) {
    Processes processes;
    const std::string environment = "A=1\0"s;
    processes.add(record("prog\0"sv, environment));
    const Process& later = *processes.of({2, 7, 200, "other"});
    EXPECT_NE(&later, processes.of(kOrigin).get());
    EXPECT_EQ(later.comm, "other");
    EXPECT_FALSE(later.environment);
    EXPECT_EQ(later.error, "the capture has no environment of this process");
}

TEST(ProcessesTest, TitleWrittenOverTheArgumentsRunsIntoTheEnvironment) {
    Processes processes;
    processes.add(record("nginx:", " worker process\0\0\0A=1\0"sv));
    EXPECT_EQ(processes.of(kOrigin)->arguments, "nginx: worker process");
    EXPECT_NE(processes.of(kOrigin)->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, ATitleLeavesNulsOfTheEnvironment) {
    Processes processes;
    processes.add(record("title\0\0"sv, "\0\0\0\0"sv));
    EXPECT_EQ(processes.of(kOrigin)->arguments, "title\0\0"sv);
    EXPECT_NE(processes.of(kOrigin)->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, APerlTitleLeavesSpacesOfTheEnvironment) {
    Processes processes;
    processes.add(record("title\0    "sv, "   \0"sv));
    EXPECT_EQ(processes.of(kOrigin)->arguments, "title");
    EXPECT_NE(processes.of(kOrigin)->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, ATitleThatEndsWhereTheEnvironmentBegins) {
    Processes processes;
    processes.add(record("title", "\0OME=/root\0"sv));
    EXPECT_EQ(processes.of(kOrigin)->arguments, "title");
    EXPECT_NE(processes.of(kOrigin)->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, APerlTitleThatEndsWithTheArguments) {
    Processes processes;
    processes.add(record("title\0"sv, "        \0"sv));
    EXPECT_NE(processes.of(kOrigin)->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, AnEmptyVariableOrASpaceIsNoTitle) {
    for (const std::string_view environment : {"\0A=1\0"sv, "\0"sv, " A=1\0B=2\0"sv}) {
        Processes processes;
        processes.add(record("prog\0"sv, environment));
        EXPECT_EQ(processes.of(kOrigin)->environment, environment);
        EXPECT_EQ(processes.of(kOrigin)->error, "");
    }
}

TEST(ProcessesTest, TitleWithinTheArgumentsEndsAtItsNul) {
    Processes processes;
    processes.add(record("title\0rest"sv, "A=1\0"sv));
    EXPECT_EQ(processes.of(kOrigin)->arguments, "title");
    EXPECT_EQ(processes.of(kOrigin)->error, "");
}

TEST(ProcessesTest, TitleWithoutAnyNul) {
    Processes processes;
    processes.add(record("title", ""));
    EXPECT_EQ(processes.of(kOrigin)->arguments, "title");
}

TEST(ProcessesTest, SnapshotFillsWhatTheKernelCouldNotRead) {
    Processes processes;
    auto kernel = record("", "");
    kernel.arguments_size = 9;
    kernel.environment_size = 400;
    processes.add(kernel);
    EXPECT_EQ(processes.of(kOrigin)->error, "environment of 400 bytes could not be read");

    auto user = snapshot();
    user.executable = "/bin/prog";
    user.has_environment = true;
    user.environment = "A=1\0"s;
    user.has_arguments = true;
    user.arguments = "prog\0"s;
    processes.add(user);
    const Process& process = *processes.of(kOrigin);
    EXPECT_EQ(process.environment, "A=1\0"sv);
    EXPECT_EQ(process.arguments, "prog\0"sv);
    EXPECT_EQ(process.executable, "/bin/prog");
    EXPECT_EQ(process.error, "");
}

TEST(ProcessesTest, KernelRecordIsPreferredWhateverComesFirst) {
    for (const bool kernel_first : {true, false}) {
        Processes processes;
        auto user = snapshot();
        user.has_environment = true;
        user.environment = "USER=1\0"s;
        const std::string environment = "KERNEL=1\0"s;
        if (kernel_first) processes.add(record("prog\0"sv, environment));
        processes.add(user);
        if (!kernel_first) processes.add(record("prog\0"sv, environment));
        EXPECT_EQ(processes.of(kOrigin)->environment, environment);
    }
}

TEST(ProcessesTest, CutEnvironmentKeepsWholeEntriesAndSaysSo) {
    Processes processes;
    auto kernel = record("prog\0"sv, "A=1\0B=incompl"sv);
    kernel.environment_size = 900;
    processes.add(kernel);
    EXPECT_EQ(processes.of(kOrigin)->environment, "A=1\0"sv);
    EXPECT_EQ(processes.of(kOrigin)->error, "environment cut: 4 of 900 bytes were read");

    auto user = snapshot();
    user.has_environment = true;
    user.environment = "A=1\0B=incomplete?\0"s;
    processes.add(user);
    EXPECT_EQ(processes.of(kOrigin)->environment, user.environment);
    EXPECT_EQ(processes.of(kOrigin)->error, "");
}

TEST(ProcessesTest, CutCommandLineSaysSo) {
    Processes processes;
    auto kernel = record("prog\0-lon"sv, "A=1\0"sv);
    kernel.arguments_size = 5000;
    processes.add(kernel);
    EXPECT_EQ(processes.of(kOrigin)->arguments, "prog\0-lon"sv);
    EXPECT_EQ(processes.of(kOrigin)->error, "command line cut: 9 of 5000 bytes were read");
}

TEST(ProcessesTest, ErrorOfTheFallbackIsToldWithWhatIsMissing) {
    Processes processes;
    auto kernel = record("prog\0"sv, "");
    kernel.environment_size = 400;
    processes.add(kernel);
    auto user = snapshot();
    user.error = "/proc/7/environ: No such process";
    processes.add(user);
    EXPECT_FALSE(processes.of(kOrigin)->environment);
    EXPECT_EQ(processes.of(kOrigin)->error,
              "environment of 400 bytes could not be read; /proc/7/environ: No such process");
}

}  // namespace
}  // namespace httpprof::replay
