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
    ProcessShelf shelf;
    Processes processes(shelf);
    const std::string arguments = "prog\0-v\0"s;
    const std::string environment = "A=1\0B=2\0"s;
    processes.add(record(arguments, environment));
    const Process& process = *processes.of(kOrigin).process;
    EXPECT_EQ(process.pid, 7u);
    EXPECT_EQ(process.start_ns, 100u);
    EXPECT_EQ(process.comm, "prog");
    EXPECT_EQ(process.arguments, arguments);
    EXPECT_EQ(process.environment, environment);
    EXPECT_EQ(process.error, "");
}

TEST(ProcessesTest, EmptyEnvironmentIsKnown) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("prog\0"sv, ""));
    EXPECT_EQ(processes.of(kOrigin).process->environment, "");
    EXPECT_EQ(processes.of(kOrigin).process->error, "");
}

TEST(ProcessesTest, ExecIsAnotherProgramFromThenOn) {
    ProcessShelf shelf;
    Processes processes(shelf);
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
    const Process& before = *processes.of({19, 7, 100, "prog"}).process;
    const Process& after = *processes.of({20, 7, 100, "prog"}).process;
    EXPECT_EQ(before.environment, first_environment);
    EXPECT_EQ(after.environment, second_environment);
    EXPECT_EQ(after.pid, 7u);
    EXPECT_EQ(after.start_ns, 100u);
}

TEST(ProcessesTest, SecondRecordOfTheSameProgramIsNoOtherProcess) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("prog\0"sv, ""));
    const std::size_t known = processes.of(kOrigin).number;
    format::ProcessRecord again = record("prog\0"sv, "");
    again.time_ns = 1000;
    processes.add(again);
    EXPECT_EQ(processes.of({2000, 7, 100, "prog"}).number, known);
}

TEST(ProcessesTest, RecordThatComesLateIsOfTheProcessThatWasMade) {
    ProcessShelf shelf;
    Processes processes(shelf);
    const std::size_t made = processes.of(kOrigin).number;
    format::ProcessRecord late = record("prog\0"sv, "");
    late.exec_id = 5;
    processes.add(late);
    EXPECT_EQ(processes.of(kOrigin).process->arguments, "prog\0"s);
    EXPECT_EQ(processes.of(kOrigin).number, made);
}

TEST(ProcessesTest, SnapshotCompletesTheProgramItIsOf) {
    ProcessShelf shelf;
    Processes processes(shelf);
    format::ProcessRecord first = record("first\0"sv, "");
    format::ProcessRecord second = record("second\0"sv, "");
    second.time_ns = 20;
    second.exec_id = 5;
    processes.add(first);
    processes.add(second);
    format::Snapshot late = snapshot();
    late.executable = "/bin/first";
    processes.add(late);
    EXPECT_EQ(processes.of({1, 7, 100, "prog"}).process->executable, "/bin/first");
    EXPECT_EQ(processes.of({30, 7, 100, "prog"}).process->executable, "");
}

TEST(ProcessesTest, SnapshotsMayStandBeforeTheirRecords) {
    ProcessShelf shelf;
    Processes processes(shelf);
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
    EXPECT_EQ(processes.of({42, 7, 100, "prog"}).process->arguments, "first\0"s);
    EXPECT_EQ(processes.of({50, 7, 100, "prog"}).process->arguments, "second\0"s);
}

TEST(ProcessesTest, CutSnapshotSaysSo) {
    ProcessShelf shelf;
    Processes processes(shelf);
    format::ProcessRecord cut = record("prog\0"sv, "");
    cut.environment_size = 200'000;
    processes.add(cut);
    format::Snapshot longest = snapshot();
    longest.has_environment = true;
    longest.environment = "A=1\0B=cut"s;
    longest.error = "cut at 131072 bytes";
    processes.add(longest);
    EXPECT_EQ(processes.of(kOrigin).process->environment, "A=1\0"s);
    EXPECT_EQ(processes.of(kOrigin).process->error, "cut at 131072 bytes");
}

TEST(ProcessesTest, EnvironmentLeftOutOnPurpose) {
    ProcessShelf shelf;
    Processes processes(shelf);
    format::ProcessRecord none = record("prog\0"sv, "");
    none.environment_kept = format::EnvironmentKept::none;
    processes.add(none);
    EXPECT_FALSE(processes.of(kOrigin).process->environment);
    EXPECT_NE(processes.of(kOrigin).process->error.find("--no-env"), std::string::npos);
}

TEST(ProcessesTest, CgroupOfTheKernelBeforeThatOfProc) {
    ProcessShelf shelf;
    Processes processes(shelf);
    format::ProcessRecord known = record("prog\0"sv, "");
    known.cgroup_names = "shop\0\0"sv;
    processes.add(known);
    format::Snapshot late = snapshot();
    late.cgroups = "4:memory:/other\n0::/\n";
    processes.add(late);
    EXPECT_EQ(processes.of(kOrigin).process->cgroup, "/shop");
}

TEST(ProcessesTest, CgroupOfOldHierarchies) {
    ProcessShelf shelf;
    Processes processes(shelf);
    format::ProcessRecord known = record("prog\0"sv, "");
    known.cgroup_names = "\0"sv;
    processes.add(known);
    EXPECT_EQ(processes.of(kOrigin).process->cgroup, "/");
    format::Snapshot late = snapshot();
    late.cgroups = "7:pids:/..\n6:misc:/../a\n5:cpu:/\n4:memory:/docker/1\n0::/\n";
    processes.add(late);
    EXPECT_EQ(processes.of(kOrigin).process->cgroup, "memory:/docker/1");
    // The same when the record comes behind, or once more.
    processes.add(known);
    EXPECT_EQ(processes.of(kOrigin).process->cgroup, "memory:/docker/1");
}

TEST(ProcessesTest, ReusedPidIsAnotherProcess) {
    ProcessShelf shelf;
    Processes processes(shelf);
    const std::string environment = "A=1\0"s;
    processes.add(record("prog\0"sv, environment));
    const Process& later = *processes.of({2, 7, 200, "other"}).process;
    EXPECT_NE(&later, processes.of(kOrigin).process.get());
    EXPECT_EQ(later.comm, "other");
    EXPECT_FALSE(later.environment);
    EXPECT_EQ(later.error, "the capture has no environment of this process");
}

TEST(ProcessesTest, TitleWrittenOverTheArgumentsRunsIntoTheEnvironment) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("nginx:", " worker process\0\0\0A=1\0"sv));
    EXPECT_EQ(processes.of(kOrigin).process->arguments, "nginx: worker process");
    EXPECT_NE(processes.of(kOrigin).process->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, ATitleLeavesNulsOfTheEnvironment) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("title\0\0"sv, "\0\0\0\0"sv));
    EXPECT_EQ(processes.of(kOrigin).process->arguments, "title\0\0"sv);
    EXPECT_NE(processes.of(kOrigin).process->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, APerlTitleLeavesSpacesOfTheEnvironment) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("title\0    "sv, "   \0"sv));
    EXPECT_EQ(processes.of(kOrigin).process->arguments, "title");
    EXPECT_NE(processes.of(kOrigin).process->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, ATitleThatEndsWhereTheEnvironmentBegins) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("title", "\0OME=/root\0"sv));
    EXPECT_EQ(processes.of(kOrigin).process->arguments, "title");
    EXPECT_NE(processes.of(kOrigin).process->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, APerlTitleThatEndsWithTheArguments) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("title\0"sv, "        \0"sv));
    EXPECT_NE(processes.of(kOrigin).process->error.find("setproctitle"), std::string::npos);
}

TEST(ProcessesTest, AnEmptyVariableOrASpaceIsNoTitle) {
    for (const std::string_view environment : {"\0A=1\0"sv, "\0"sv, " A=1\0B=2\0"sv}) {
        ProcessShelf shelf;
        Processes processes(shelf);
        processes.add(record("prog\0"sv, environment));
        EXPECT_EQ(processes.of(kOrigin).process->environment, environment);
        EXPECT_EQ(processes.of(kOrigin).process->error, "");
    }
}

TEST(ProcessesTest, TitleWithinTheArgumentsEndsAtItsNul) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("title\0rest"sv, "A=1\0"sv));
    EXPECT_EQ(processes.of(kOrigin).process->arguments, "title");
    EXPECT_EQ(processes.of(kOrigin).process->error, "");
}

TEST(ProcessesTest, TitleWithoutAnyNul) {
    ProcessShelf shelf;
    Processes processes(shelf);
    processes.add(record("title", ""));
    EXPECT_EQ(processes.of(kOrigin).process->arguments, "title");
}

TEST(ProcessesTest, TitleThatGoesOnInAnEnvironmentThatWasLeftOut) {
    for (const auto kept : {format::EnvironmentKept::none, format::EnvironmentKept::by_prefix}) {
        ProcessShelf shelf;
        Processes processes(shelf);
        format::ProcessRecord titled = record("nginx:", "");
        titled.environment_kept = kept;
        processes.add(titled);
        const Process& process = *processes.of(kOrigin).process;
        EXPECT_EQ(process.arguments, "nginx:");
        EXPECT_NE(process.error.find("command line cut"), std::string::npos);
        const bool tells_of_title = process.error.find("setproctitle") != std::string::npos;
        EXPECT_EQ(tells_of_title, kept == format::EnvironmentKept::by_prefix) << process.error;
    }
}

TEST(ProcessesTest, SnapshotFillsWhatTheKernelCouldNotRead) {
    ProcessShelf shelf;
    Processes processes(shelf);
    auto kernel = record("", "");
    kernel.arguments_size = 9;
    kernel.environment_size = 400;
    processes.add(kernel);
    EXPECT_EQ(processes.of(kOrigin).process->error, "environment of 400 bytes could not be read");

    auto user = snapshot();
    user.executable = "/bin/prog";
    user.has_environment = true;
    user.environment = "A=1\0"s;
    user.has_arguments = true;
    user.arguments = "prog\0"s;
    processes.add(user);
    const Process& process = *processes.of(kOrigin).process;
    EXPECT_EQ(process.environment, "A=1\0"sv);
    EXPECT_EQ(process.arguments, "prog\0"sv);
    EXPECT_EQ(process.executable, "/bin/prog");
    EXPECT_EQ(process.error, "");
}

TEST(ProcessesTest, KernelRecordIsPreferredWhateverComesFirst) {
    for (const bool kernel_first : {true, false}) {
        ProcessShelf shelf;
        Processes processes(shelf);
        auto user = snapshot();
        user.has_environment = true;
        user.environment = "USER=1\0"s;
        const std::string environment = "KERNEL=1\0"s;
        if (kernel_first) processes.add(record("prog\0"sv, environment));
        processes.add(user);
        if (!kernel_first) processes.add(record("prog\0"sv, environment));
        EXPECT_EQ(processes.of(kOrigin).process->environment, environment);
    }
}

TEST(ProcessesTest, CutEnvironmentKeepsWholeEntriesAndSaysSo) {
    ProcessShelf shelf;
    Processes processes(shelf);
    auto kernel = record("prog\0"sv, "A=1\0B=incompl"sv);
    kernel.environment_size = 900;
    processes.add(kernel);
    EXPECT_EQ(processes.of(kOrigin).process->environment, "A=1\0"sv);
    EXPECT_EQ(processes.of(kOrigin).process->error, "environment cut: 4 of 900 bytes were read");

    auto user = snapshot();
    user.has_environment = true;
    user.environment = "A=1\0B=incomplete?\0"s;
    processes.add(user);
    EXPECT_EQ(processes.of(kOrigin).process->environment, user.environment);
    EXPECT_EQ(processes.of(kOrigin).process->error, "");
}

TEST(ProcessesTest, EnvironmentThatIsCutBehindWhatWasLeftOut) {
    for (const std::string_view kept : {""sv, "A=1\0"sv}) {
        ProcessShelf shelf;
        Processes processes(shelf);
        auto kernel = record("prog\0"sv, kept);
        kernel.environment_kept = format::EnvironmentKept::by_prefix;
        kernel.environment_size = static_cast<std::uint32_t>(kept.size()) + 900;
        processes.add(kernel);
        EXPECT_EQ(processes.of(kOrigin).process->error,
                  "environment cut: its last 900 bytes were not read");
    }
}

TEST(ProcessesTest, CutCommandLineSaysSo) {
    ProcessShelf shelf;
    Processes processes(shelf);
    auto kernel = record("prog\0-lon"sv, "A=1\0"sv);
    kernel.arguments_size = 5000;
    processes.add(kernel);
    EXPECT_EQ(processes.of(kOrigin).process->arguments, "prog\0-lon"sv);
    EXPECT_EQ(processes.of(kOrigin).process->error, "command line cut: 9 of 5000 bytes were read");
}

TEST(ProcessesTest, ErrorOfTheFallbackIsToldWithWhatIsMissing) {
    ProcessShelf shelf;
    Processes processes(shelf);
    auto kernel = record("prog\0"sv, "");
    kernel.environment_size = 400;
    processes.add(kernel);
    auto user = snapshot();
    user.error = "/proc/7/environ: No such process";
    processes.add(user);
    EXPECT_FALSE(processes.of(kOrigin).process->environment);
    EXPECT_EQ(processes.of(kOrigin).process->error,
              "environment of 400 bytes could not be read; /proc/7/environ: No such process");
}

}  // namespace
}  // namespace httpprof::replay
