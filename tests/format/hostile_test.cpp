// Frames whose checksums and digests are right and whose content was made to hurt. Each costs
// itself and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/frame_header.h"
#include "format/reader.h"
#include "tests/format/forge.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

using test::Forge;
using test::words;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Frame 1 is `forged`, frame 2 a Clock. Expects one Damage for frame 1 and returns what it says.
std::string damage_of(Forge& forged) {
    const auto reading = test::read_all(forged.add_clock(5).bytes());
    EXPECT_FALSE(reading.error.has_value());
    EXPECT_THAT(reading.frames, SizeIs(4));  // the last is the missing End
    if (reading.frames.size() != 4) return {};
    EXPECT_TRUE(std::holds_alternative<Clock>(reading.frames[2].content));
    const auto* damage = std::get_if<Damage>(&reading.frames[1].content);
    return damage == nullptr ? "" : damage->what;
}

std::string damage_of_message(FrameType type, const std::string& raw,
                              std::uint32_t record_count = 0) {
    return damage_of(Forge().add_header().add(type, raw, record_count));
}

std::string damage_of_clock(const Forge::Change& change) {
    return damage_of(Forge().add_header().add_clock(1, change));
}

// A segment table for one segment of `count` words.
std::uint64_t one_segment(std::uint64_t count) {
    return count << 32;
}

// Pointers of the Cap'n Proto encoding, to what follows after `offset` words.
std::uint64_t struct_pointer(std::uint64_t offset, std::uint64_t data, std::uint64_t pointers) {
    return offset << 2 | data << 32 | pointers << 48;
}
std::uint64_t list_pointer(std::uint64_t offset, std::uint64_t element, std::uint64_t count) {
    return 1 | offset << 2 | element << 32 | count << 35;
}
constexpr std::uint64_t kVoid = 0;
constexpr std::uint64_t kByte = 2;
constexpr std::uint64_t kPointer = 6;
constexpr std::uint64_t kComposite = 7;

TEST(HostileZstd, SmallDeclaredSizeOfALargeContentIsRefused) {
    const std::string bomb = test::compressed(std::string(100'000'000, '\0'));
    EXPECT_THAT(damage_of_clock([&](FrameHeader&, std::string& stored) { stored = bomb; }),
                HasSubstr("does not decompress to the size that the frame header says"));
}

TEST(HostileZstd, LargeDeclaredSizeOfASmallContentIsRefused) {
    EXPECT_THAT(
        damage_of_clock([](FrameHeader& header, std::string&) { header.raw_size = kMaxRawSize; }),
        HasSubstr("does not decompress to the size"));
}

TEST(HostileZstd, DeclaredSizeZeroIsRefused) {
    EXPECT_THAT(damage_of_clock([](FrameHeader& header, std::string& stored) {
                    header.raw_size = 0;
                    stored.clear();
                }),
                HasSubstr("is damaged"));
    EXPECT_THAT(damage_of_clock([](FrameHeader& header, std::string& stored) {
                    header.raw_size = 0;
                    stored = test::compressed("");
                }),
                HasSubstr("its size is not that of a message"));
    // A skippable frame, which zstd counts as content of size 0.
    EXPECT_THAT(damage_of_clock([](FrameHeader& header, std::string& stored) {
                    header.raw_size = 0;
                    stored = std::string("\x50\x2A\x4D\x18\x04\0\0\0data", 12);
                }),
                HasSubstr("is damaged"));
}

TEST(HostileZstd, ConcatenatedFramesAreRefused) {
    EXPECT_THAT(damage_of_clock([](FrameHeader&, std::string& stored) { stored += stored; }),
                HasSubstr("not one zstd frame"));
    EXPECT_THAT(damage_of_clock([](FrameHeader&, std::string& stored) { stored += "rest"; }),
                HasSubstr("not one zstd frame"));
}

TEST(HostileZstd, OtherBytesAreRefused) {
    EXPECT_THAT(damage_of_clock([](FrameHeader&, std::string& stored) { stored = "gzip?"; }),
                HasSubstr("is damaged"));
    EXPECT_THAT(damage_of_clock([](FrameHeader&, std::string& stored) { stored.clear(); }),
                HasSubstr("is damaged"));
    EXPECT_THAT(damage_of_clock([](FrameHeader&, std::string& stored) { stored.pop_back(); }),
                HasSubstr("is damaged"));
}

TEST(HostileZstd, AFlippedBitAnywhereIsSurvived) {
    const std::string raw = test::records_message({test::data_record(), test::process_record()});
    const std::size_t size = test::compressed(raw).size();
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
        const auto reading = test::read_all(Forge()
                                                .add_header()
                                                .add(FrameType::records, raw, 2,
                                                     [&](FrameHeader&, std::string& stored) {
                                                         stored[bit / 8] = static_cast<char>(
                                                             stored[bit / 8] ^ (1 << bit % 8));
                                                     })
                                                .add_clock(5)
                                                .bytes());
        EXPECT_THAT(reading.frames, SizeIs(4));
        EXPECT_FALSE(reading.error.has_value());
    }
}

TEST(HostileLengths, AboveTheLimitsEndTheReading) {
    for (const std::uint32_t size : {kMaxRawSize + 1, 0x80000000U, 0xFFFFFFFFU}) {
        for (const bool raw : {true, false}) {
            if (!raw && size <= kMaxStoredSize) continue;
            const auto reading =
                test::read_all(Forge()
                                   .add_header()
                                   .add_clock(1,
                                              [&](FrameHeader& header, std::string&) {
                                                  (raw ? header.raw_size : header.stored_size) =
                                                      size;
                                              })
                                   .bytes());
            ASSERT_THAT(reading.frames, SizeIs(2));
            EXPECT_EQ(std::get<Damage>(reading.frames[1].content).what,
                      "frame 1 is over the size limit");
        }
    }
}

TEST(HostileLengths, OfAFrameThatIsNotThereCostNothing) {
    std::string bytes = Forge().add_header().bytes();
    const std::size_t offset = bytes.size();
    const std::string more = Forge()
                                 .add_header()
                                 .add_clock(1,
                                            [](FrameHeader& header, std::string& stored) {
                                                header.raw_size = kMaxRawSize;
                                                stored.resize(kMaxStoredSize);
                                            })
                                 .bytes();
    bytes += more.substr(offset, kFrameHeaderSize + 10);
    const auto reading = test::read_all(bytes);
    ASSERT_THAT(reading.frames, SizeIs(2));
    EXPECT_EQ(std::get<Damage>(reading.frames[1].content).size, kFrameHeaderSize + 10);
}

TEST(HostileMessage, OfMoreThanOneSegmentIsRefused) {
    EXPECT_THAT(damage_of_message(FrameType::clock, words({1ULL | 1ULL << 32, 0, 0, 0})),
                HasSubstr("more than one segment"));
    EXPECT_THAT(damage_of_message(FrameType::clock, words({0xFFFFFFFFULL, 0})),
                HasSubstr("more than one segment"));
}

TEST(HostileMessage, OfAnotherSizeThanItsTableSaysIsRefused) {
    EXPECT_THAT(damage_of_message(FrameType::clock, words({one_segment(2), 0})),
                HasSubstr("another size"));
    EXPECT_THAT(damage_of_message(FrameType::clock, words({one_segment(1), 0, 0})),
                HasSubstr("another size"));
    EXPECT_THAT(damage_of_message(FrameType::clock, words({one_segment(0xFFFFFFFF), 0})),
                HasSubstr("another size"));
    EXPECT_THAT(damage_of_message(FrameType::clock, words({one_segment(1), 0}) + "x"),
                HasSubstr("its size is not that of a message"));
    EXPECT_THAT(damage_of_message(FrameType::clock, "1234"),
                HasSubstr("its size is not that of a message"));
}

TEST(HostileMessage, PointersOutOfTheMessageAreRefused) {
    EXPECT_THAT(
        damage_of_message(FrameType::clock, words({one_segment(1), struct_pointer(100, 2, 0)})),
        HasSubstr("not valid"));
    EXPECT_THAT(
        damage_of_message(FrameType::records, words({one_segment(2), struct_pointer(0, 0, 1),
                                                     list_pointer(0, kPointer, 0x1FFFFFFF)})),
        HasSubstr("not valid"));
    // A far pointer to another segment.
    EXPECT_THAT(damage_of_message(FrameType::clock, words({one_segment(1), 2 | 1ULL << 32})),
                HasSubstr("not valid"));
}

TEST(HostileMessage, ManyPointersToOneObjectAreRefused) {
    // 1000 records, each the same 4096 bytes: 4 MB out of 12 kB.
    constexpr std::uint64_t kCount = 1000;
    std::vector<std::uint64_t> message = {one_segment(2 + kCount + 512), struct_pointer(0, 0, 1),
                                          list_pointer(0, kPointer, kCount)};
    for (std::uint64_t i = 0; i < kCount; ++i)
        message.push_back(list_pointer(kCount - 1 - i, kByte, 4096));
    message.resize(message.size() + 512);
    EXPECT_THAT(damage_of_message(FrameType::records, words(message), kCount),
                HasSubstr("not valid"));
}

TEST(HostileMessage, ListsOfNothingAreRefused) {
    for (const std::uint64_t count : {100'000ULL, 0x1FFFFFFFULL}) {
        EXPECT_THAT(damage_of_message(FrameType::records,
                                      words({one_segment(2), struct_pointer(0, 0, 1),
                                             list_pointer(0, kVoid, count)}),
                                      static_cast<std::uint32_t>(count)),
                    HasSubstr("not valid"));
        // Of structs without a word in them; the index of an End.
        EXPECT_THAT(damage_of_message(FrameType::stats,
                                      words({one_segment(9), struct_pointer(0, 4, 3), 0, 0, 0, 0,
                                             list_pointer(2, kComposite, 0), 0, 0, count << 2})),
                    HasSubstr("not valid"));
    }
}

TEST(HostileMessage, BytesThatPassForStructsAreRefused) {
    // Cap'n Proto reads a list of bytes as one of structs, each 48 bytes in memory.
    std::vector<std::uint64_t> message = {one_segment(8 + 10'000),
                                          struct_pointer(0, 4, 3),
                                          0,
                                          0,
                                          0,
                                          0,
                                          list_pointer(2, kByte, 80'000),
                                          0,
                                          0};
    message.resize(message.size() + 10'000);
    EXPECT_THAT(damage_of_message(FrameType::stats, words(message)), HasSubstr("not valid"));
}

TEST(HostileMessage, MoreRecordsThanTheyHaveRoomForAreRefused) {
    constexpr std::uint64_t kCount = 100'000;  // null pointers
    std::vector<std::uint64_t> message = {one_segment(2 + kCount), struct_pointer(0, 0, 1),
                                          list_pointer(0, kPointer, kCount)};
    message.resize(message.size() + kCount);
    EXPECT_THAT(damage_of_message(FrameType::records, words(message), kCount),
                HasSubstr("not valid"));
}

TEST(HostileMessage, AnotherNumberOfRecordsThanTheHeaderSaysIsRefused) {
    const std::string raw = test::records_message({test::data_record()});
    EXPECT_THAT(damage_of_message(FrameType::records, raw, 0), HasSubstr("another number"));
    EXPECT_THAT(damage_of_message(FrameType::records, raw, 2), HasSubstr("another number"));
}

TEST(HostileMessage, OfAnotherTypeGivesValuesAtMost) {
    const std::string clock = test::message(Clock{.boottime_ns = 1, .realtime_ns = 2});
    for (const FrameType type : {FrameType::snapshot, FrameType::stats}) {
        const auto reading = test::read_all(Forge().add_header().add(type, clock).bytes());
        EXPECT_THAT(reading.frames, SizeIs(3));
        EXPECT_FALSE(reading.error.has_value());
    }
}

TEST(HostileRecords, ManyMalformedOnesAreSummedUp) {
    const std::vector<std::string> records(5000, std::string(20, 'x'));
    const auto reading = test::read_all(Forge().add_header().add_records(records).bytes());
    const auto& batch = std::get<RecordBatch>(reading.frames.at(1).content);
    ASSERT_THAT(batch.malformed, SizeIs(1000));
    EXPECT_EQ(batch.malformed[0].size, 20U);
    EXPECT_EQ(batch.malformed.back().offset, 999U);
    EXPECT_EQ(batch.malformed.back().size, 4001U * 20U);
    EXPECT_THAT(batch.malformed.back().what, HasSubstr("others after it"));
}

TEST(HostileFrames, ManySmallOnesAreRead) {
    Forge forge;
    forge.add_header();
    constexpr std::size_t kCount = 20'000;
    for (std::size_t i = 0; i < kCount; ++i)
        forge.add(FrameType{200}, "");
    auto source = read_capture(test::descriptor_of(forge.bytes()), "x", 4);
    ASSERT_TRUE(source.ok());
    EXPECT_THAT(test::read_all(**source).frames, SizeIs(kCount + 2));
}

}  // namespace
}  // namespace httpprof::format
