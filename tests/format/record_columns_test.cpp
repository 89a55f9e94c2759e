#include "format/record_columns.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "format/bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

RecordBlock block_of(const std::vector<std::string>& records) {
    RecordBlock block;
    for (const std::string& record : records)
        block.append(record);
    return block;
}

struct AllColumns {
    std::string word_counts;
    std::string references;
    std::string words;
    std::string payloads;
};

AllColumns split_all(const std::vector<std::string>& records) {
    const RecordBlock block = block_of(records);
    AllColumns columns{.word_counts = std::string(block.word_counts()),
                       .references = std::string(2 * block.count(), '\0'),
                       .words = std::string(block.fixed_parts().size(), '\0'),
                       .payloads = {}};
    write_columns(block, columns.references, columns.words);
    for (std::size_t i = 0; i < block.count(); ++i)
        columns.payloads += block.record(i).payload;
    return columns;
}

RecordColumnViews views(const AllColumns& columns) {
    return {columns.word_counts, columns.references, columns.words, columns.payloads};
}

std::vector<std::string> split(const JoinedRecords& joined) {
    std::vector<std::string> records;
    std::string memory;
    for (const WireRecord& record : joined.records)
        records.emplace_back(record.joined(memory));
    return records;
}

void expect_round_trip(const std::vector<std::string>& records) {
    const AllColumns columns = split_all(records);
    const Result<JoinedRecords> joined = join_columns(views(columns));
    ASSERT_TRUE(joined.ok()) << joined.error().message;
    EXPECT_EQ(split(*joined), records);
}

// Records of some connections, in an order and with fields that a seed decides.
std::vector<std::string> random_records(std::uint32_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::string> records;
    const std::size_t count = 1 + random() % 300;
    while (records.size() < count) {
        const std::uint64_t time_ns = random() >> random() % 64;
        const test::WireSocket socket{.inode = random() % 5};
        switch (random() % 5) {
            case 0:
                records.push_back(test::process_record({.time_ns = time_ns}));
                break;
            case 1:
                records.push_back(test::fin_record({.time_ns = time_ns, .socket = socket}));
                break;
            default:
                records.push_back(test::data_record(
                    {.time_ns = time_ns,
                     .socket = socket,
                     .direction = static_cast<std::uint8_t>(1 + random() % 2),
                     .position = random(),
                     .payload = std::string(random() % 40, static_cast<char>(random()))}));
        }
    }
    return records;
}

TEST(RecordColumns, EveryTypeComesBackByteForByte) {
    expect_round_trip({test::data_record(), test::process_record(), test::fin_record(),
                       test::close_record(), test::io_uring_record(), test::data_record()});
}

TEST(RecordColumns, NothingIsNothing) {
    expect_round_trip({});
}

TEST(RecordColumns, AnyOrderAndAnyFieldsComeBack) {
    for (std::uint32_t seed = 0; seed < 200; ++seed)
        expect_round_trip(random_records(seed));
}

TEST(RecordColumns, ASteadyConnectionBecomesZeros) {
    std::vector<std::string> records;
    for (std::uint64_t i = 0; i < 100; ++i)
        records.push_back(test::data_record({.time_ns = 1000, .position = 500, .payload = ""}));
    const AllColumns columns = split_all(records);
    std::size_t zeros = 0;
    for (const char byte : columns.words)
        zeros += byte == 0;
    EXPECT_GE(zeros, columns.words.size() - sizeof(wire_data)) << "all but the first record";
}

class HostileColumns : public ::testing::Test {
  protected:
    std::string refusal() const {
        const Result<JoinedRecords> joined = join_columns(views(columns_));
        return joined.ok() ? "" : joined.error().message;
    }

    AllColumns columns_ = split_all({test::data_record(), test::data_record()});
};

TEST_F(HostileColumns, TooFewOrTooManyBytesOfColumns) {
    columns_.words.pop_back();
    EXPECT_EQ(refusal(), "its columns are not as long as its records");
    columns_.words += "xx";
    EXPECT_EQ(refusal(), "its columns are not as long as its records");
}

TEST_F(HostileColumns, RecordTooShortForAHeader) {
    columns_.word_counts[1] = 1;
    EXPECT_EQ(refusal(), "a record in columns is too short for a header");
}

TEST_F(HostileColumns, ReferenceBeforeTheFirst) {
    columns_.references[0] = 1;
    EXPECT_EQ(refusal(), "a record refers to one before the first");
    columns_.references.pop_back();
    EXPECT_EQ(refusal(), "it has another number of references than of records");
}

TEST_F(HostileColumns, PayloadThatIsNotThere) {
    columns_.payloads.pop_back();
    EXPECT_EQ(refusal(), "the payload of a record in columns is not there");
    columns_.payloads += "xyz";
    EXPECT_EQ(refusal(), "it has payload that belongs to no record");
}

// Another writer may have put a part of the header into the payloads, or the other way round.
TEST(RecordColumns, HeaderOfAnotherSizeThanInColumnsComesBackInOnePiece) {
    for (const char words : {char{2}, char{sizeof(wire_data) / 8 + 1}}) {
        const std::string record = test::data_record({.payload = "0123456789abcdef"});
        AllColumns columns = split_all({record});
        const std::size_t fixed_size = 8 * static_cast<std::size_t>(words);
        columns.word_counts[0] = words;
        columns.words.resize(fixed_size);
        for (std::size_t i = 0; i < fixed_size; i += 8) {
            const auto word = load_little_endian<std::uint64_t>(record.data() + i);
            store_little_endian(columns.words.data() + i,
                                word << 1 ^ (word >> 63 == 0 ? 0 : ~std::uint64_t{0}));
        }
        columns.payloads = record.substr(fixed_size);
        const Result<JoinedRecords> joined = join_columns(views(columns));
        ASSERT_TRUE(joined.ok()) << joined.error().message;
        EXPECT_EQ(split(*joined), std::vector{record});
        const auto decoded = decode_record(joined->records[0]);
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        EXPECT_EQ(std::get<DataRecord>(*decoded).payload, "0123456789abcdef");
    }
}

// Whatever the bytes are, the records are no larger than they.
TEST_F(HostileColumns, AnyBytesStayWithinTheirSize) {
    std::mt19937 random(7);
    for (int i = 0; i < 20'000; ++i) {
        AllColumns any = columns_;
        for (std::string* column : {&any.word_counts, &any.references, &any.words, &any.payloads}) {
            for (int change = 0; change < 2 && !column->empty(); ++change)
                (*column)[random() % column->size()] = static_cast<char>(random());
        }
        const Result<JoinedRecords> joined = join_columns(views(any));
        if (joined) {
            std::size_t size = 0;
            for (const WireRecord& record : joined->records)
                size += record.size();
            EXPECT_EQ(size, any.words.size() + any.payloads.size());
        }
    }
}

}  // namespace
}  // namespace httpprof::format
