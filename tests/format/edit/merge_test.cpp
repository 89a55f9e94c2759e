#include "format/edit/merge.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/digest.h"
#include "format/edit/slice.h"
#include "tests/format/edit/capture_file.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using format::Header;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string data(std::uint64_t time_ns, std::uint64_t inode = 1) {
    return data_record({.time_ns = time_ns, .socket = {.inode = inode}});
}

// `before`: the file that it follows.
Header segment(std::uint32_t number, const std::string& before = {}) {
    Header header = sample_header();
    header.segment = number;
    if (number == 0) return header;
    const std::string bytes = before.empty() ? std::string(32, 'p') : read_file(before);
    header.previous_segment = bytes.substr(bytes.size() - 32);
    return header;
}

Header of_recording(char id) {
    Header header = sample_header();
    header.capture_id = std::string(16, id);
    return header;
}

class MergeTest : public ::testing::Test {
  protected:
    Result<format::EditOutcome> merge(const std::vector<std::string>& inputs) {
        return format::merge_captures(
            inputs, {}, {.output = out_, .overwrite = true, .command_line = {"httpprof", "merge"}});
    }

    CaptureContent merged(const std::vector<std::string>& inputs) {
        const auto outcome = merge(inputs);
        if (!outcome) throw std::runtime_error(outcome.error().message);
        CaptureContent made = read_content(out_);
        expect_consistent(made);
        expect_verifies(out_);
        return made;
    }

    std::string slice(const std::string& whole, const std::string& name,
                      const format::SliceFilter& filter) {
        const std::string path = folder_.path(name);
        const auto sliced = format::slice_captures(
            {whole}, {}, filter, {.output = path, .command_line = {"httpprof", "slice"}});
        EXPECT_TRUE(sliced.ok());
        return path;
    }

    CaptureFolder folder_;
    const std::string out_ = folder_.path("out");
};

TEST_F(MergeTest, SegmentsFollowEachOther) {
    const std::string process = process_record();
    const std::string first =
        folder_.capture_of("0", {process, data(2000), data(1990)}, segment(0));
    const std::string second = folder_.capture_of("1", {process, data(1995)}, segment(1, first));
    const CaptureContent made = merged({second, first});
    EXPECT_THAT(made.records, ElementsAre(process, data(2000), data(1990), data(1995)));
    EXPECT_EQ(counter(made.end->changes, "repeated").records, 1u);
    EXPECT_EQ(counter(made.end->changes, "repeated").bytes, process.size());
    EXPECT_EQ(made.header.capture_id, segment(0).capture_id);
    EXPECT_EQ(made.header.segment, 0u);
    EXPECT_EQ(made.header.previous_segment, "");
    EXPECT_EQ(made.end->sources.size(), 2u);
    EXPECT_EQ(counter(made.end->changes, "unreadable").records, 0u);
}

TEST_F(MergeTest, ASegmentThatDoesNotFollowIsDamage) {
    const std::string first = folder_.capture_of("0", {data(1)}, segment(0));
    const std::string second = folder_.capture_of("1", {data(2)}, segment(1));
    const std::string third = folder_.capture_of("2", {data(3)}, segment(2, second));
    const auto outcome = merge({first, second, third});
    ASSERT_TRUE(outcome.ok());
    EXPECT_FALSE(outcome->is_complete());
    ASSERT_EQ(outcome->sources[1].damage.size(), 1u);
    EXPECT_EQ(outcome->sources[1].damage[0].what,
              "segment 1 does not follow segment 0: it names another digest");
    EXPECT_TRUE(outcome->sources[2].damage.empty());
    EXPECT_EQ(read_content(out_).records.size(), 3u);
}

TEST_F(MergeTest, WhatIsBehindADamagedEndMayFollowIt) {
    const std::string first = folder_.capture_of("0", {data(1)}, segment(0));
    const std::string second = folder_.capture_of("1", {data(2)}, segment(1, first));
    const std::string bytes = read_file(first);
    const auto outcome = merge({folder_.file("cut", bytes.substr(0, bytes.size() - 3)), second});
    ASSERT_TRUE(outcome.ok());
    EXPECT_TRUE(outcome->sources[1].damage.empty());
}

TEST_F(MergeTest, SaysWhichSegmentsAreMissing) {
    const std::string first = folder_.capture_of("0", {data(1)}, segment(0));
    const std::string fourth = folder_.capture_of("3", {data(2)}, segment(3));
    const auto outcome = merge({first, fourth});
    ASSERT_TRUE(outcome.ok());
    ASSERT_EQ(outcome->notes.size(), 1u);
    EXPECT_THAT(outcome->notes[0], HasSubstr("segments 1 to 2"));
    EXPECT_FALSE(outcome->is_complete());
    const CaptureContent made = read_content(out_);
    EXPECT_EQ(counter(made.end->changes, "missing-segments").records, 2u);
}

TEST_F(MergeTest, WhatWasJoinedDoesNotSayItsLastSegment) {
    const std::string joined = folder_.path("joined");
    ASSERT_TRUE(format::merge_captures({folder_.capture_of("0", {data(1)}, segment(0)),
                                        folder_.capture_of("1", {data(2)}, segment(1))},
                                       {}, {.output = joined, .command_line = {"httpprof"}}));
    const auto outcome = merge({joined, folder_.capture_of("2", {data(3)}, segment(2))});
    ASSERT_TRUE(outcome.ok());
    EXPECT_TRUE(outcome->notes.empty());
    EXPECT_TRUE(outcome->is_complete());
}

TEST_F(MergeTest, RecordingsRunSideBySide) {
    const std::string process = process_record({.time_ns = 5});
    const std::string a = folder_.capture_of("a", {process, data(10), data(30), data(20), data(50)},
                                             of_recording('a'));
    const std::string b =
        folder_.capture_of("b", {process, data(15, 2), data(40, 2)}, of_recording('b'));
    const CaptureContent made = merged({a, b});
    EXPECT_THAT(made.records, ElementsAre(process, process, data(10), data(15, 2), data(30),
                                          data(20), data(40, 2), data(50)));
    // The same Clock.
    EXPECT_EQ(made.clocks.size(), 1u);

    std::string ids =
        std::string(16, 'a') + std::string(4, '\0') + std::string(16, 'b') + std::string(4, '\0');
    const auto digest = format::digest_of(std::as_bytes(std::span(ids)));
    EXPECT_EQ(made.header.capture_id, std::string(digest.begin(), digest.begin() + 16));
}

TEST_F(MergeTest, LossesAddUp) {
    const auto capture = [&](char id, std::uint64_t lost) {
        return folder_.capture(std::string(1, id), of_recording(id), [&](auto& writer) {
            write_records(writer, {data(5)});
            format::Stats stats;
            stats.lost = {{"ring-full", lost, 0}};
            return stats;
        });
    };
    EXPECT_EQ(merged({capture('a', 3), capture('b', 4)}).end->stats.produced, 9u);
}

TEST_F(MergeTest, PartsOfOneCaptureGiveItBack) {
    std::vector<std::string> records{process_record({.time_ns = 1000})};
    for (std::uint64_t time_ns = 1001; time_ns < 1100; ++time_ns)
        records.push_back(data(time_ns, time_ns % 3));
    const std::string whole = folder_.capture("whole", sample_header(), [&](auto& writer) {
        EXPECT_TRUE(writer.write(format::Clock{900, 77}).ok());
        write_records(writer, records);
        format::Stats stats;
        stats.lost = {{"ring-full", 5, 0}};
        return stats;
    });
    const format::TimeBound middle = format::SinceFirstRecord{40};
    const CaptureContent made =
        merged({slice(whole, "b", {.from = middle}), slice(whole, "a", {.to = middle})});
    EXPECT_EQ(made.records, records);
    EXPECT_EQ(made.clocks.size(), 1u);
    // They were lost once.
    EXPECT_EQ(counter(made.end->stats.lost, "ring-full").records, 5u);
}

TEST_F(MergeTest, WhatAllPartsLackIsCountedOnce) {
    const std::string whole = folder_.capture("whole", sample_header(), [&](auto& writer) {
        write_records(writer, {data(1000), data(1050)});
        return format::Stats{};
    });
    const std::string bytes = read_file(whole);
    const std::string recovered = folder_.path("recovered");
    ASSERT_TRUE(format::merge_captures({folder_.file("cut", bytes.substr(0, bytes.size() - 5))}, {},
                                       {.output = recovered})
                    .ok());
    const auto lost = counter(read_content(recovered).end->changes, "unreadable");
    ASSERT_GT(lost.bytes, 0u);
    const format::TimeBound middle = format::SinceFirstRecord{20};
    const auto changes =
        merged({slice(recovered, "b", {.from = middle}), slice(recovered, "a", {.to = middle})})
            .end->changes;
    EXPECT_EQ(counter(changes, "unreadable").records, lost.records);
    EXPECT_EQ(counter(changes, "unreadable").bytes, lost.bytes);
    EXPECT_EQ(counter(changes, "unclosed").records, 1u);
    // Of the parts, not of what was made of them.
    EXPECT_EQ(counter(changes, "not-selected").records, 0u);
}

TEST_F(MergeTest, PartsThatOverlapGiveEachRecordOnce) {
    std::vector<std::string> records;
    for (std::uint64_t time_ns = 1000; time_ns < 1100; ++time_ns)
        records.push_back(data(time_ns, time_ns % 3));
    records.push_back(data(1050, 5));  // late, as preempted threads are
    const std::string whole = folder_.capture_of("whole", records, sample_header());
    const auto part = [&](const std::string& name, std::uint64_t begin, std::uint64_t end) {
        return slice(
            whole, name,
            {.from = format::SinceFirstRecord{begin}, .to = format::SinceFirstRecord{end}});
    };
    const CaptureContent made = merged({part("a", 0, 60), part("b", 40, 100), part("c", 55, 70)});
    EXPECT_THAT(made.records, ::testing::UnorderedElementsAreArray(records));
    const auto repeated = counter(made.end->changes, "repeated");
    EXPECT_EQ(repeated.records, 20u + 1u + 15u);
    EXPECT_EQ(repeated.bytes, repeated.records * records[0].size());
}

TEST_F(MergeTest, RefusesWhatCannotBeCompared) {
    const std::string a = folder_.capture_of("a", {data(1)}, of_recording('a'));
    Header header = of_recording('b');
    header.boot_id = std::string(16, 'x');
    const std::string other_boot = folder_.capture_of("b", {data(1)}, header);
    EXPECT_THAT(merge({a, other_boot}).error().message, HasSubstr("not of the same boot"));
    EXPECT_THAT(merge({a, "-"}).error().message, HasSubstr("standard input"));
    const std::string copy = folder_.capture_of("copy", {data(1)}, of_recording('a'));
    EXPECT_THAT(merge({a, copy}).error().message, HasSubstr("are both segment 0 of one recording"));
    EXPECT_THAT(merge({a, out_}).error().message, HasSubstr("cannot open"));
}

}  // namespace
}  // namespace httpprof::test
