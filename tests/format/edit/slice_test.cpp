#include "format/edit/slice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/format/edit/capture_file.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using format::SinceFirstRecord;
using format::SliceFilter;
using format::WallTime;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two processes, each with a socket of its own.
const WireTask kShop{.pid = 100, .tid = 100, .start_ns = 500, .comm = "shop"};
const WireTask kBank{.pid = 200, .tid = 201, .start_ns = 600, .comm = "bank"};
const WireSocket kShopSocket{.inode = 1, .local_port = 1000, .remote_port = 80};
const WireSocket kBankSocket{.inode = 2, .local_port = 2000, .remote_port = 443};

std::string shop_data(std::uint64_t time_ns) {
    return data_record({.time_ns = time_ns, .task = kShop, .socket = kShopSocket});
}
std::string bank_data(std::uint64_t time_ns) {
    return data_record({.time_ns = time_ns, .task = kBank, .socket = kBankSocket});
}

const std::string kShopProcess = process_record({.time_ns = 1000, .task = kShop});
const std::string kBankProcess = process_record({.time_ns = 1001, .task = kBank});
const std::string kShopFin = fin_record({.time_ns = 1015, .socket = kShopSocket});
const std::string kShopClose = close_record({.time_ns = 1050, .socket = kShopSocket});
const std::string kBankClose = close_record({.time_ns = 1060, .socket = kBankSocket});
const std::string kShopIoUring = io_uring_record({.time_ns = 1002, .task = kShop});

class SliceTest : public ::testing::Test {
  protected:
    std::string source() {
        return folder_.capture_of(
            "source",
            {kShopProcess, kBankProcess, kShopIoUring, shop_data(1010), kShopFin, bank_data(1020),
             shop_data(1030), bank_data(1040), kShopClose, kBankClose},
            sample_header());
    }

    CaptureContent slice(const std::vector<std::string>& inputs, const SliceFilter& filter) {
        const auto outcome = format::slice_captures(
            inputs, {}, filter,
            {.output = out_, .overwrite = true, .command_line = {"httpprof", "slice"}});
        if (!outcome) throw std::runtime_error(outcome.error().message);
        CaptureContent made = read_content(out_);
        expect_consistent(made);
        expect_verifies(out_);
        return made;
    }

    std::vector<std::string> records(const SliceFilter& filter) {
        return slice({source()}, filter).records;
    }

    CaptureFolder folder_;
    const std::string out_ = folder_.path("out");
};

TEST_F(SliceTest, WithoutAFilterItKeepsAll) {
    EXPECT_THAT(records({}), ElementsAre(kShopProcess, kShopIoUring, shop_data(1010), kShopFin,
                                         kBankProcess, bank_data(1020), shop_data(1030),
                                         bank_data(1040), kShopClose, kBankClose));
}

TEST_F(SliceTest, ARangeBringsTheStateOfWhatIsInIt) {
    EXPECT_THAT(records({.from = SinceFirstRecord{30}, .to = SinceFirstRecord{40}}),
                ElementsAre(kShopProcess, kShopIoUring, kShopFin, shop_data(1030)));
    EXPECT_THAT(records({.from = SinceFirstRecord{20}, .to = SinceFirstRecord{30}}),
                ElementsAre(kBankProcess, bank_data(1020)));
    EXPECT_THAT(records({.from = SinceFirstRecord{1000}}), IsEmpty());
}

// What has no time that could be trusted.
TEST_F(SliceTest, TimeIsNotFromAMalformedRecordOn) {
    const std::string with_malformed = folder_.capture_of(
        "malformed", {"short", kShopProcess, shop_data(1010), shop_data(1030)}, sample_header());
    EXPECT_THAT(slice({with_malformed}, {.from = SinceFirstRecord{20}}).records,
                ElementsAre(kShopProcess, shop_data(1030)));
}

TEST_F(SliceTest, WallTimeIsByTheClock) {
    const std::int64_t at_boot = 1'700'000'000'000'000'000;
    EXPECT_THAT(records({.from = WallTime{at_boot + 1040}, .to = WallTime{at_boot + 1050}}),
                ElementsAre(kBankProcess, bank_data(1040)));
}

TEST_F(SliceTest, ByProcess) {
    const auto of_bank = ElementsAre(kBankProcess, bank_data(1020), bank_data(1040), kBankClose);
    EXPECT_THAT(records({.pids = {200}}), of_bank);
    EXPECT_THAT(records({.pids = {7, 200}}), of_bank);
    EXPECT_THAT(records({.comms = {"bank"}}), of_bank);
    EXPECT_THAT(records({.pids = {200}, .comms = {"shop"}}), IsEmpty());
    EXPECT_THAT(records({.pids = {100}}), ElementsAre(kShopProcess, kShopIoUring, shop_data(1010),
                                                      kShopFin, shop_data(1030), kShopClose));
}

TEST_F(SliceTest, ByPort) {
    const auto of_bank = ElementsAre(kBankProcess, bank_data(1020), bank_data(1040), kBankClose);
    EXPECT_THAT(records({.ports = {443}}), of_bank);
    EXPECT_THAT(records({.ports = {2000}}), of_bank);
    EXPECT_THAT(records({.ports = {80}}), ElementsAre(kShopProcess, kShopIoUring, shop_data(1010),
                                                      kShopFin, shop_data(1030), kShopClose));
    EXPECT_THAT(records({.ports = {8080}}), IsEmpty());
}

TEST_F(SliceTest, ByConnection) {
    const auto of_bank = ElementsAre(kBankProcess, bank_data(1020), bank_data(1040), kBankClose);
    EXPECT_THAT(records({.connections = {format::ConnectionNumber{2}}}), of_bank);
    EXPECT_THAT(
        records({.connections = {*format::parse_connection_name("127.0.0.1:2000-127.0.0.2:443")}}),
        of_bank);
    EXPECT_THAT(
        records({.connections = {*format::parse_connection_name("127.0.0.2:443-127.0.0.1:2000")}}),
        IsEmpty());
}

TEST_F(SliceTest, CountsWhatItLeavesOut) {
    const CaptureContent made = slice({source()}, {.pids = {200}});
    const std::vector<std::string> left_out = {kShopProcess, kShopIoUring,    shop_data(1010),
                                               kShopFin,     shop_data(1030), kShopClose};
    std::uint64_t bytes = 0;
    for (const std::string& record : left_out)
        bytes += record.size();
    EXPECT_EQ(counter(made.end->changes, "not-selected").records, left_out.size());
    EXPECT_EQ(counter(made.end->changes, "not-selected").bytes, bytes);
}

TEST_F(SliceTest, SnapshotsFollowTheirProcess) {
    format::Snapshot shop;
    shop.time_ns = 1012;
    shop.pid = kShop.pid;
    shop.start_ns = kShop.start_ns;
    shop.exec_id = 3;
    format::Snapshot bank = shop;
    bank.time_ns = 1099;
    bank.pid = kBank.pid;
    bank.start_ns = kBank.start_ns;
    format::Snapshot other_program = bank;
    other_program.exec_id = 4;
    const std::string source = folder_.capture("source", sample_header(), [&](auto& writer) {
        write_records(writer, {kShopProcess, kBankProcess, shop_data(1010)});
        EXPECT_TRUE(writer.write(shop).ok());
        write_records(writer, {shop_data(1020), bank_data(1021)});
        EXPECT_TRUE(writer.write(bank).ok());
        EXPECT_TRUE(writer.write(other_program).ok());
        return format::Stats{};
    });
    const SliceFilter range{.from = SinceFirstRecord{20}, .to = SinceFirstRecord{30}};
    EXPECT_THAT(slice({source}, range).snapshots, ElementsAre(shop, bank));
    SliceFilter of_shop = range;
    of_shop.pids = {kShop.pid};
    EXPECT_THAT(slice({source}, of_shop).snapshots, ElementsAre(shop));
}

TEST_F(SliceTest, KeepsTheClocksOfTheRangeAndTheOneBefore) {
    const std::string source = folder_.capture("source", sample_header(), [&](auto& writer) {
        for (const std::uint64_t time_ns : {1000u, 1010u, 1020u, 1030u, 1040u}) {
            EXPECT_TRUE(writer.write(format::Clock{time_ns, 5}).ok());
            EXPECT_TRUE(writer.write(format::Stats{.time_ns = time_ns}).ok());
            write_records(writer, {shop_data(time_ns)});
        }
        return format::Stats{};
    });
    const CaptureContent made =
        slice({source}, {.from = SinceFirstRecord{15}, .to = SinceFirstRecord{35}});
    EXPECT_THAT(made.clocks, ElementsAre(format::Clock{1010, 5}, format::Clock{1020, 5},
                                         format::Clock{1030, 5}));
    EXPECT_EQ(made.stats.size(), 2u);
}

// Records may stand behind a Clock that is newer.
TEST_F(SliceTest, KeepsTheClockOfRecordsBeforeTheWallClockWasSetBack) {
    const format::Clock first{1000, 100'000};
    const format::Clock set_back{1020, 50'000};
    const std::string source = folder_.capture("source", sample_header(), [&](auto& writer) {
        EXPECT_TRUE(writer.write(format::Clock{900, 99'900}).ok());
        EXPECT_TRUE(writer.write(first).ok());
        EXPECT_TRUE(writer.write(set_back).ok());
        write_records(writer, {shop_data(1005), shop_data(1010), shop_data(1030)});
        return format::Stats{};
    });
    const CaptureContent made = slice({source}, {.from = WallTime{100'010}});
    EXPECT_THAT(made.records, ElementsAre(shop_data(1010)));
    EXPECT_THAT(made.clocks, ElementsAre(first, set_back));
}

TEST_F(SliceTest, SegmentsAreReadInTheirOrder) {
    format::Header header = sample_header();
    const std::string first = folder_.capture_of(
        "first", {kShopProcess, shop_data(1010), kBankProcess, bank_data(1020)}, header);
    header.segment = 1;
    header.previous_segment = read_file(first).substr(read_file(first).size() - 32);
    const std::string second = folder_.capture_of(
        "second", {kBankProcess, bank_data(1040), kShopProcess, shop_data(1045)}, header);
    const CaptureContent made = slice({second, first}, {.from = SinceFirstRecord{20}});
    EXPECT_THAT(made.records, ElementsAre(kBankProcess, bank_data(1020), bank_data(1040),
                                          kShopProcess, shop_data(1045)));
    EXPECT_EQ(made.header.capture_id, header.capture_id);
    EXPECT_EQ(made.header.segment, 0u);
    EXPECT_EQ(made.end->sources.size(), 2u);
    EXPECT_EQ(made.end->sources[1].segment, 1u);
    EXPECT_EQ(counter(made.end->changes, "unreadable").records, 0u);
}

TEST_F(SliceTest, RefusesCapturesOfDifferentRecordings) {
    format::Header other = sample_header();
    other.capture_id = std::string(16, 'o');
    const std::string first = folder_.capture_of("first", {shop_data(1010)}, sample_header());
    const std::string second = folder_.capture_of("second", {bank_data(1010)}, other);
    const auto outcome = format::slice_captures({first, second}, {}, {}, {.output = out_});
    ASSERT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.error().message, HasSubstr("not segments of one recording"));
}

TEST_F(SliceTest, WallTimeNeedsAClock) {
    const std::string source = folder_.capture("source", sample_header(), [&](auto& writer) {
        write_records(writer, {shop_data(1010)});
        return format::Stats{};
    });
    const auto outcome =
        format::slice_captures({source}, {}, {.from = WallTime{5}}, {.output = out_});
    ASSERT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.error().message, HasSubstr("+SECONDS"));
}

TEST_F(SliceTest, ALaterClockTellsTheWallTimeAsWell) {
    const std::string source = folder_.capture("source", sample_header(), [&](auto& writer) {
        write_records(writer, {shop_data(1010), shop_data(1020)});
        EXPECT_TRUE(writer.write(format::Clock{2000, 2'000'000}).ok());
        return format::Stats{};
    });
    EXPECT_THAT(slice({source}, {.from = WallTime{1'999'020}}).records,
                ElementsAre(shop_data(1020)));
}

}  // namespace
}  // namespace httpprof::test
