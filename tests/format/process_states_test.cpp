#include "format/process_states.h"

#include <gtest/gtest.h>

#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using format::ProcessStates;
using format::Snapshot;

constexpr std::uint32_t kPid = 100;
constexpr std::uint64_t kStart = 500;

class ProcessStatesTest : public ::testing::Test {
  protected:
    void add(const std::string& bytes, bool written) {
        const auto record = format::decode_record(bytes);
        ASSERT_TRUE(record.ok());
        states_.add(std::get<format::ProcessRecord>(*record), bytes, written);
    }

    // What is unwritten of a process: "record", "snapshot", both or neither.
    std::string unwritten(std::uint32_t pid = kPid, std::uint64_t start_ns = kStart) {
        const auto found = states_.take_unwritten(pid, start_ns);
        std::string text = found.record.empty() ? "" : "record";
        if (found.snapshot != nullptr) text += (text.empty() ? "" : ", ") + found.snapshot->error;
        return text;
    }

    static Snapshot snapshot(const std::string& name, std::uint64_t exec_id = 3) {
        Snapshot made;
        made.pid = kPid;
        made.start_ns = kStart;
        made.exec_id = exec_id;
        made.error = name;
        return made;
    }

    ProcessStates states_;
};

TEST_F(ProcessStatesTest, GivesWhatIsNotWrittenOnce) {
    const std::string record = process_record();
    add(record, false);
    states_.add(snapshot("snapshot"), false);
    const auto found = states_.take_unwritten(kPid, kStart);
    EXPECT_EQ(found.record, record);
    ASSERT_NE(found.snapshot, nullptr);
    EXPECT_EQ(*found.snapshot, snapshot("snapshot"));
    EXPECT_EQ(unwritten(), "");
}

TEST_F(ProcessStatesTest, GivesAgainWhatWasWrittenToAnEarlierFile) {
    add(process_record(), true);
    states_.add(snapshot("snapshot"), true);
    EXPECT_EQ(unwritten(), "");
    states_.start_file();
    EXPECT_EQ(unwritten(), "record, snapshot");
    EXPECT_EQ(unwritten(), "");
}

TEST_F(ProcessStatesTest, KnowsNothingOfOthers) {
    add(process_record(), false);
    EXPECT_EQ(unwritten(101, kStart), "");
    EXPECT_EQ(unwritten(kPid, 501), "");
    EXPECT_EQ(unwritten(), "record");
}

TEST_F(ProcessStatesTest, AnotherProgramTakesThePlace) {
    add(process_record({.exec_id = 3}), true);
    states_.add(snapshot("of 3", 3), true);
    add(process_record({.exec_id = 4}), true);
    states_.start_file();
    EXPECT_EQ(unwritten(), "record");
    states_.add(snapshot("of 4", 4), false);
    EXPECT_EQ(unwritten(), "of 4");
}

TEST_F(ProcessStatesTest, ASnapshotMayComeBeforeItsRecord) {
    add(process_record({.exec_id = 3}), true);
    states_.add(snapshot("of 3", 3), true);
    states_.add(snapshot("of 4", 4), true);
    states_.start_file();
    EXPECT_EQ(unwritten(), "record, of 3");
    add(process_record({.exec_id = 4}), false);
    EXPECT_EQ(unwritten(), "record, of 4");
}

TEST_F(ProcessStatesTest, TellsWhatItHas) {
    const std::string bytes = process_record();
    add(bytes, true);
    const auto record = *format::decode_record(bytes);
    EXPECT_TRUE(states_.has(std::get<format::ProcessRecord>(record), bytes));
    const std::string other = process_record({.time_ns = 5});
    EXPECT_FALSE(
        states_.has(std::get<format::ProcessRecord>(*format::decode_record(other)), other));
    states_.add(snapshot("a"), true);
    EXPECT_TRUE(states_.has(snapshot("a")));
    EXPECT_FALSE(states_.has(snapshot("b")));
}

TEST_F(ProcessStatesTest, ForgetsWhatWasNotUsedForLongestWhenItIsFull) {
    const std::string environment(100'000, 'e');
    const auto add_process = [&](std::uint32_t pid) {
        add(process_record({.task = {.pid = pid}, .environment = environment}), true);
    };
    add_process(1);
    add_process(2);
    // More than 16 MiB, while the first stays in use.
    for (std::uint32_t pid = 10; pid < 200; ++pid) {
        add_process(pid);
        EXPECT_EQ(unwritten(1), "");
    }
    states_.start_file();
    EXPECT_EQ(unwritten(1), "record");
    EXPECT_EQ(unwritten(2), "");
    EXPECT_EQ(unwritten(199), "record");
}

TEST_F(ProcessStatesTest, TakesWhatIsLargerThanAllItMayHold) {
    Snapshot large = snapshot("large");
    large.environment.assign(17 * 1024 * 1024, 'x');
    states_.add(large, false);
    EXPECT_EQ(unwritten(), "");
}

}  // namespace
}  // namespace httpprof::test
