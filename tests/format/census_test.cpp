#include "format/census.h"

#include <cstddef>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

#include "bpf/wire.h"
#include "format/bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

constexpr std::uint64_t kMaxRemembered = 262'144;  // README.md, "Totals"

class CensusTest : public ::testing::Test {
  protected:
    void add(const std::string& bytes) {
        auto record = decode_record(bytes);
        census_.add(record ? *record : Record(MalformedRecord{record_time_ns(bytes), {}}),
                    bytes.size());
    }

    void add_socket(std::uint64_t inode) {
        FinRecord record;
        record.time_ns = 1;
        record.socket.id.inode = inode;
        census_.add(record, 88);
    }

    void add_process(std::uint32_t pid) {
        IoUringRecord record;
        record.time_ns = 1;
        record.task.pid = pid;
        census_.add(record, 48);
    }

    std::uint64_t connections() const { return census_.totals().connections; }
    std::uint64_t processes() const { return census_.totals().processes; }

    Census census_;
};

TEST_F(CensusTest, OfNothingIsZero) {
    const Totals totals = census_.totals();
    EXPECT_EQ(census_.records(), 0U);
    EXPECT_EQ(census_.bytes(), 0U);
    EXPECT_EQ(totals.connections, 0U);
    EXPECT_EQ(totals.processes, 0U);
    EXPECT_EQ(totals.first_time_ns, 0U);
    EXPECT_EQ(totals.last_time_ns, 0U);
}

TEST_F(CensusTest, CountsRecordsAndTheirBytes) {
    const std::string one = test::data_record({.payload = "12345"});
    const std::string other = test::close_record();
    add(one);
    add(other);
    EXPECT_EQ(census_.records(), 2U);
    EXPECT_EQ(census_.bytes(), one.size() + other.size());
}

TEST_F(CensusTest, CountsEachSocketOnce) {
    add(test::data_record());
    add(test::data_record({.direction = WIRE_RECV}));
    add(test::fin_record());
    EXPECT_EQ(connections(), 1U);
    add(test::data_record({.socket = {.inode = 1}}));
    add(test::data_record({.socket = {.first_seen_ns = 1}}));
    add(test::data_record({.socket = {.netns = 1}}));
    add(test::data_record({.socket = {.local_port = 1}}));  // the same socket
    EXPECT_EQ(connections(), 4U);
}

TEST_F(CensusTest, CountsSocketsOfEveryTypeOfRecord) {
    add(test::data_record({.socket = {.inode = 1}}));
    add(test::fin_record({.socket = {.inode = 2}}));
    add(test::close_record({.socket = {.inode = 3}}));
    EXPECT_EQ(connections(), 3U);
}

TEST_F(CensusTest, ForgetsASocketThatWasClosed) {
    add(test::data_record());
    add(test::close_record());
    EXPECT_EQ(connections(), 1U);
    add(test::data_record());
    add(test::data_record());
    EXPECT_EQ(connections(), 2U);
    add(test::close_record({.socket = {.inode = 5}}));
    add(test::close_record({.socket = {.inode = 5}}));
    EXPECT_EQ(connections(), 4U) << "each of them is counted and then forgotten";
}

TEST_F(CensusTest, CountsEachProcessOnce) {
    add(test::data_record());
    add(test::process_record());
    add(test::io_uring_record());
    EXPECT_EQ(processes(), 1U);
    add(test::data_record({.task = {.tid = 101}}));
    EXPECT_EQ(processes(), 1U) << "another thread";
    add(test::data_record({.task = {.pid = 101}}));
    add(test::process_record({.task = {.start_ns = 501}}));
    add(test::io_uring_record({.task = {.pid = 102}}));
    EXPECT_EQ(processes(), 4U);
    add(test::fin_record());
    add(test::close_record());
    EXPECT_EQ(processes(), 4U) << "they name no process";
}

TEST_F(CensusTest, KeepsTheLeastAndTheGreatestTime) {
    add(test::data_record({.time_ns = 50}));
    EXPECT_EQ(census_.totals().first_time_ns, 50U);
    EXPECT_EQ(census_.totals().last_time_ns, 50U);
    add(test::fin_record({.time_ns = 70}));
    add(test::close_record({.time_ns = 30}));
    add(test::io_uring_record({.time_ns = 60}));
    EXPECT_EQ(census_.totals().first_time_ns, 30U);
    EXPECT_EQ(census_.totals().last_time_ns, 70U);
}

TEST_F(CensusTest, TakesOnlyTheTimeOfAMalformedRecord) {
    add(test::data_record({.time_ns = 50}));
    std::string malformed = test::data_record({.time_ns = 90, .socket = {.inode = 1}});
    malformed[4] = 77;
    add(malformed);
    EXPECT_EQ(connections(), 1U);
    EXPECT_EQ(census_.totals().last_time_ns, 90U);
    EXPECT_EQ(census_.records(), 2U);
}

TEST_F(CensusTest, CountsWhatRecordsDoNotCarryByCause) {
    const auto add_cut = [this](std::uint32_t original_size, std::uint8_t missing) {
        add(test::data_record(
            {.payload = "1234", .original_size = original_size, .missing = missing}));
    };
    add_cut(4, WIRE_MISSING_SNAPLEN);  // all of it
    EXPECT_TRUE(census_.missing().empty());
    add_cut(5, WIRE_MISSING_URGENT);
    add_cut(10, WIRE_MISSING_SNAPLEN);
    add_cut(0xFFFFFFFF, WIRE_MISSING_SNAPLEN);
    add_cut(10, WIRE_MISSING_NOTHING);  // malformed
    const std::vector<Counter> missing = census_.missing();
    ASSERT_EQ(missing.size(), 2U);
    EXPECT_EQ(missing[0].cause, "snaplen");
    EXPECT_EQ(missing[0].records, 2U);
    EXPECT_EQ(missing[0].bytes, 6 + std::uint64_t{0xFFFFFFFB});
    EXPECT_EQ(missing[1].cause, "urgent");
    EXPECT_EQ(missing[1].records, 1U);
    EXPECT_EQ(missing[1].bytes, 1U);
}

TEST_F(CensusTest, RemembersNoMoreThanItsBoundOfSockets) {
    for (std::uint64_t inode = 0; inode < kMaxRemembered; ++inode)
        add_socket(inode);
    EXPECT_EQ(connections(), kMaxRemembered);
    for (const std::uint64_t inode : {std::uint64_t{0}, kMaxRemembered / 2, kMaxRemembered - 1})
        add_socket(inode);
    EXPECT_EQ(connections(), kMaxRemembered) << "all are known";
    // One more, and all the others are forgotten.
    add_socket(kMaxRemembered);
    EXPECT_EQ(connections(), kMaxRemembered + 1);
    add_socket(kMaxRemembered);
    EXPECT_EQ(connections(), kMaxRemembered + 1);
    add_socket(0);
    add_socket(kMaxRemembered - 1);
    EXPECT_EQ(connections(), kMaxRemembered + 3);
}

TEST_F(CensusTest, RemembersNoMoreThanItsBoundOfProcesses) {
    for (std::uint32_t pid = 0; pid < kMaxRemembered; ++pid)
        add_process(pid);
    add_process(5);
    EXPECT_EQ(processes(), kMaxRemembered);
    add_process(kMaxRemembered);
    add_process(kMaxRemembered);
    EXPECT_EQ(processes(), kMaxRemembered + 1);
    add_process(5);
    add_process(kMaxRemembered - 1);
    EXPECT_EQ(processes(), kMaxRemembered + 3);
}

TEST_F(CensusTest, ClosedSocketsMakeRoom) {
    for (std::uint64_t inode = 0; inode < kMaxRemembered; ++inode)
        add_socket(inode);
    CloseRecord close;
    close.socket.id.inode = 7;
    census_.add(close, 72);
    add_socket(kMaxRemembered);
    add_socket(0);
    EXPECT_EQ(connections(), kMaxRemembered + 1) << "none was forgotten";
}

// Some are not decoded for it.
TEST_F(CensusTest, OfWireRecordsIsThatOfDecodedOnes) {
    std::mt19937 random(3);
    Census of_wire;
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t time_ns = 1000 + random() % 100'000;
        const test::WireSocket socket{.inode = random() % 600, .first_seen_ns = random() % 3};
        std::string record = test::data_record({.time_ns = time_ns, .socket = socket});
        const auto pid = static_cast<std::uint32_t>(random() % 300);
        store_little_endian(record.data() + offsetof(wire_data, task.pid), pid);
        switch (random() % 8) {
            case 6:
                store_little_endian(record.data() + offsetof(wire_data, original_size),
                                    static_cast<std::uint32_t>(random() % 20));
                record[offsetof(wire_data, missing)] = static_cast<char>(random() % 9);
                break;
            case 0:
                record = test::close_record({.time_ns = time_ns, .socket = socket});
                break;
            case 1:
                record[offsetof(wire_data, direction)] = 9;  // malformed
                break;
            case 2:
                record.resize(random() % record.size());
                break;
        }
        add(record);
        of_wire.add(WireRecord{record});
        ASSERT_EQ(of_wire.totals(), census_.totals()) << i;
    }
    EXPECT_EQ(of_wire.records(), census_.records());
    EXPECT_EQ(of_wire.bytes(), census_.bytes());
    EXPECT_EQ(of_wire.missing().size(), 7U);
    EXPECT_EQ(of_wire.missing(), census_.missing());
    EXPECT_GT(connections(), 1800U) << "sockets were closed and came again";
}

}  // namespace
}  // namespace httpprof::format
