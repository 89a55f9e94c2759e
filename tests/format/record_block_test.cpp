#include "format/record_block.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bpf/wire.h"
#include "format/bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

std::string joined(const RecordBlock& block, std::size_t index) {
    std::string memory;
    return std::string(block.record(index).joined(memory));
}

TEST(RecordBlock, KeepsRecordsApart) {
    RecordBlock block;
    EXPECT_TRUE(block.empty());
    const std::vector<std::string> records{test::data_record({.payload = "one"}), "two", "",
                                           test::close_record(),
                                           test::data_record({.payload = "five"})};
    std::size_t size = 0;
    for (const std::string& record : records) {
        block.append(record);
        size += record.size();
    }
    EXPECT_EQ(block.count(), records.size());
    EXPECT_EQ(block.size(), size);
    for (std::size_t i = 0; i < records.size(); ++i)
        EXPECT_EQ(joined(block, i), records[i]);
    block.clear();
    EXPECT_TRUE(block.empty());
    EXPECT_EQ(block.size(), 0U);
    block.append(records[0]);
    EXPECT_EQ(joined(block, 0), records[0]);
}

TEST(RecordBlock, IsFullAtItsSize) {
    RecordBlock block;
    block.append(std::string(RecordBlock::kFullSize - 1, 'x'));
    EXPECT_FALSE(block.full());
    block.append("y");
    EXPECT_TRUE(block.full());
}

TEST(RecordBlock, TakesRecordsApart) {
    RecordBlock block;
    const std::string record = test::data_record({.payload = "0123456789"});
    const std::string_view bytes = record;
    block.append(record);
    block.append({bytes.substr(0, sizeof(wire_data)), bytes.substr(sizeof(wire_data))});
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(block.record(i).fixed, bytes.substr(0, sizeof(wire_data)));
        EXPECT_EQ(block.record(i).payload, "0123456789");
    }
    EXPECT_EQ(block.word_counts(), std::string(2, sizeof(wire_data) / 8));
    EXPECT_EQ(block.fixed_parts().size(), 2 * sizeof(wire_data));
    EXPECT_EQ(block.payloads_size(), 20U);
}

// Among records that can be.
void expect_no_word_counts(const std::string& record) {
    RecordBlock block;
    block.append(test::data_record());
    block.append(record);
    EXPECT_EQ(block.record(1).fixed, record);
    EXPECT_EQ(block.record(1).payload, "");
    block.append(test::data_record());
    EXPECT_EQ(block.word_counts(), "");
    EXPECT_EQ(joined(block, 2), test::data_record());
    block.clear();
    block.append(test::data_record());
    EXPECT_EQ(block.word_counts().size(), 1U) << "it was forgotten";
}

TEST(RecordBlock, WhatIsNoRecordIsNotTakenApart) {
    expect_no_word_counts("short");
    expect_no_word_counts(test::data_record() + "x");
    for (const int header_size : {0, 8, 137, 8 * 256, 0xFFF8}) {
        std::string odd = test::data_record();
        store_little_endian(odd.data() + offsetof(wire_header, header_size),
                            static_cast<std::uint16_t>(header_size));
        expect_no_word_counts(odd);
    }
}

TEST(RecordBlock, MessageMemoryHasThePayloadsBetweenZeros) {
    RecordBlock block;
    block.append(test::data_record({.payload = "abc"}));
    for (const std::size_t room : {5U, 3U}) {
        std::string& memory = block.message_memory(room);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 8, 0U);
        const std::string before(RecordBlock::kRoomBefore, '\0');
        EXPECT_EQ(memory, before + "abc" + std::string(room, '\0'));
        memory.assign(memory.size(), 'x');
        memory.replace(RecordBlock::kRoomBefore, 3, "abc");
    }
    block.append(test::data_record({.payload = "def"}));
    EXPECT_EQ(block.record(1).payload, "def");
}

}  // namespace
}  // namespace httpprof::format
