// Frames whose checksums and digests are right and whose content was made to hurt. Each costs
// itself and nothing else.
#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/descriptor.h"
#include "format/frame_header.h"
#include "format/info.h"
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

TEST(HostileLengths, AboveTheLimitsAreNoFrame) {
    const std::vector<void (*)(FrameHeader&)> changes = {
        [](FrameHeader& header) { header.raw_size = kMaxRawSize + 1; },
        [](FrameHeader& header) { header.raw_size = 0x80000000U; },
        [](FrameHeader& header) { header.raw_size = 0xFFFFFFFFU; },
        [](FrameHeader& header) { header.stored_size = kMaxStoredSize + 1; },
        [](FrameHeader& header) { header.stored_size = 0x80000000U; },
        [](FrameHeader& header) { header.stored_size = 0xFFFFFFFFU; },
        [](FrameHeader& header) { header.record_count = kMaxRecordCount + 1; },
        [](FrameHeader& header) { header.record_count = 0xFFFFFFFFU; },
    };
    for (const auto change : changes) {
        Forge forge;
        forge.add_header().add_clock(1, [&](FrameHeader& header, std::string&) { change(header); });
        EXPECT_EQ(damage_of(forge), "frame 1 is damaged: a frame over the limits stands here");
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
    EXPECT_THAT(damage_of_message(FrameType::records,
                                  words({one_segment(2), struct_pointer(0, 0, 1),
                                         list_pointer(0, kVoid, kMaxRecordCount)}),
                                  kMaxRecordCount),
                HasSubstr("not valid"));
    for (const std::uint64_t count : {100'000ULL, 0x1FFFFFFFULL}) {
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

TEST(HostileRecords, ManyMalformedOnesAreAllGiven) {
    const std::vector<std::string> records(5000, std::string(20, 'x'));
    const auto reading = test::read_all(Forge().add_header().add_records(records).bytes());
    const auto& batch = std::get<RecordBatch>(reading.frames.at(1).content);
    ASSERT_THAT(batch.records, SizeIs(5000));
    ASSERT_THAT(batch.bytes, SizeIs(5000));
    EXPECT_EQ(batch.bytes.back().fixed, records.back());
    EXPECT_EQ(std::get<MalformedRecord>(batch.records.back()).what, "unknown record type 30840");
}

TEST(HostileFrames, ManySmallOnesAreRead) {
    Forge forge;
    forge.add_header();
    constexpr std::size_t kCount = 20'000;
    for (std::size_t i = 0; i < kCount; ++i)
        forge.add(FrameType{200}, "");
    EXPECT_THAT(test::read_all(forge.bytes(), {.jobs = 4}).frames, SizeIs(kCount + 2));
}

TEST(HostileFrames, OfTypeZeroAreUnknown) {
    const auto bytes = Forge().add_header().add(FrameType{0}, "").add_clock(1).bytes();
    const auto reading = test::read_all(bytes);
    ASSERT_THAT(reading.frames, SizeIs(4));
    EXPECT_EQ(std::get<UnknownFrame>(reading.frames[1].content).type, 0);
}

// Nothing but headers, each of a frame that reaches far over those behind it and has no digest: to
// hash all of them would take hours.
TEST(HostileFrames, ThatOverlapAreNotAllHashed) {
    FrameHeader header{
        .type = 2, .stored_size = 1'000'001, .raw_size = 1'000'000, .number = 1, .tag = 5};
    std::string headers;
    for (; header.number < 40'000; ++header.number) {
        const auto bytes = encode_frame_header(header);
        headers.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    const std::string file = Forge({.tag = 5}).add_header().bytes() + headers;
    const std::clock_t started = std::clock();
    const auto reading = test::read_all(file);
    EXPECT_LT(static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC, 60.0);
    EXPECT_FALSE(reading.error.has_value());
    EXPECT_THAT(reading.frames, SizeIs(3)) << "Header, a frame without its digest, and the rest";
}

// Each reaches to the end of the file.
TEST(HostileFrames, ThatAllEndWithTheFileAreReadOnce) {
    constexpr std::uint32_t kCount = 40'000;
    FrameHeader header{.type = 2, .raw_size = 1'000'000, .tag = 5};
    std::string headers;
    for (std::uint32_t i = 1; i < kCount; ++i) {
        header.number = i;
        header.stored_size = static_cast<std::uint32_t>(kFrameHeaderSize) * (kCount - 1 - i);
        const auto bytes = encode_frame_header(header);
        headers.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    const std::string file =
        Forge({.tag = 5}).add_header().bytes() + "x" + headers + std::string(kDigestSize, 'd');
    const auto reading = test::read_all(file);
    EXPECT_FALSE(reading.error.has_value());
    EXPECT_THAT(reading.frames, SizeIs(4)) << "Header, garbage, a damaged frame, no End";
}

TEST(HostileLengths, FrameNumbersUpToTheGreatestAreReadAndTheirGapsReported) {
    for (const std::uint64_t number : {1ULL << 32, 1ULL << 63, ~0ULL - 1, ~0ULL}) {
        const auto reading = test::read_all(
            Forge()
                .add_header()
                .add_clock(1, [&](FrameHeader& header, std::string&) { header.number = number; })
                .bytes());
        EXPECT_FALSE(reading.error.has_value());
        const auto is_clock = [](const Frame& frame) {
            return std::holds_alternative<Clock>(frame.content);
        };
        EXPECT_EQ(std::ranges::count_if(reading.frames, is_clock), 1) << number;
        EXPECT_LE(reading.frames.size(), 5U);
    }
}

// What a record says of itself, in each of its fields of sizes and positions.
TEST(HostileRecords, SizesAndPositionsNearTheirLimitsAreRefusedOrHarmless) {
    const std::string good = test::data_record({.payload = "GET"});
    const std::vector<std::size_t> offsets = {
        offsetof(wire_header, size),        offsetof(wire_header, header_size),
        offsetof(wire_data, position),      offsetof(wire_data, position) + 4,
        offsetof(wire_data, original_size), offsetof(wire_data, captured_size)};
    std::vector<std::string> records;
    for (const std::size_t offset : offsets) {
        for (const char byte : {'\xFF', '\x80', '\x7F'}) {
            std::string record = good;
            record.replace(offset, 4, std::string(4, byte));
            records.push_back(record);
        }
    }
    const auto reading = test::read_all(Forge().add_header().add_records(records).bytes());
    const auto& batch = std::get<RecordBatch>(reading.frames.at(1).content);
    ASSERT_THAT(batch.records, SizeIs(records.size()));
    for (const Record& record : batch.records) {
        const auto* data = std::get_if<DataRecord>(&record);
        if (data == nullptr) continue;
        EXPECT_LE(data->payload.size(), 3U);
        EXPECT_GE(data->position + data->original_size, data->position);
    }
}

// A message of Records in columns, by hand: the counts of words, references, words, payloads.
std::string columns_message(const std::array<std::string, 4>& columns) {
    std::vector<std::uint64_t> pointers = {0};  // of the records that are not in columns
    std::string lists;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        pointers.push_back(
            list_pointer(columns.size() - 1 - i + lists.size() / 8, kByte, columns[i].size()));
        lists += columns[i];
        lists.resize((lists.size() + 7) / 8 * 8);
    }
    return words({one_segment(1 + pointers.size() + lists.size() / 8),
                  struct_pointer(0, 0, pointers.size())}) +
           words(pointers) + lists;
}

TEST(HostileRecords, InColumnsThatClaimMoreThanThereIsAreRefused) {
    constexpr std::size_t kPlanes = 16;  // of a record of two words
    std::string sizes(kPlanes, '\0');
    const auto damage = [](const std::array<std::string, 4>& columns) {
        return damage_of_message(FrameType::records, columns_message(columns),
                                 static_cast<std::uint32_t>(columns[0].size()));
    };
    const std::string two("\x02", 1);
    const std::string none(2, '\0');
    // z is folded: an even one is twice the size, as word 0 has it in its lower half.
    sizes[0] = 32;
    EXPECT_EQ(damage({two, none, sizes, ""}), "") << "one of 16 bytes, which is none";
    EXPECT_THAT(damage({two, none, sizes, "x"}), HasSubstr("belongs to no record"));
    for (std::size_t byte = 0; byte < 4; ++byte) {
        std::string large = sizes;
        large[byte] = '\xFE';
        EXPECT_THAT(damage({two, none, large, "payload"}), HasSubstr("is not there"));
    }
    EXPECT_THAT(damage({two, "\x01" + none.substr(1), sizes, ""}), HasSubstr("before the first"));
    EXPECT_THAT(damage({"\xFF", none, sizes, ""}), HasSubstr("not as long as its records"));
    EXPECT_THAT(damage({"\x01", none, sizes, ""}), HasSubstr("too short for a header"));
    EXPECT_THAT(damage({two, "", sizes, ""}), HasSubstr("number of references"));
}

// Structs in structs, deeper than any reader of the schema goes and than Cap'n Proto's own limit.
TEST(HostileMessage, DeepNestingIsNotFollowed) {
    constexpr std::uint64_t kDepth = 100'000;
    std::vector<std::uint64_t> message = {one_segment(1 + kDepth)};
    for (std::uint64_t i = 0; i < kDepth; ++i)
        message.push_back(struct_pointer(0, 0, 1));
    message.push_back(0);
    for (const FrameType type : {FrameType::header, FrameType::records, FrameType::snapshot,
                                 FrameType::stats, FrameType::signature}) {
        const auto reading =
            test::read_all(Forge().add_header().add(type, words(message)).add_clock(5).bytes());
        EXPECT_FALSE(reading.error.has_value());
        EXPECT_TRUE(std::holds_alternative<Clock>(reading.frames.at(2).content));
    }
}

TEST(HostileMessage, IndexEntriesMayClaimAnyPlace) {
    End end{.reason = "forged", .stats = {}};
    end.index = {{.offset = ~0ULL, .type = 255, .record_count = 0xFFFFFFFF, .first_time_ns = ~0ULL},
                 {.offset = 0, .type = 5}};
    end.totals = Totals{.frames = ~0ULL, .raw_bytes = ~0ULL, .connections = ~0ULL};
    const std::string bytes = Forge({.minor_version = 1, .tag = 3})
                                  .add_header()
                                  .add_clock(1)
                                  .add(FrameType::end, test::message(end))
                                  .bytes();
    const Descriptor file(test::descriptor_of(bytes));
    const auto info = read_info("/proc/self/fd/" + std::to_string(file.get()), {});
    ASSERT_TRUE(info.ok());
    EXPECT_FALSE(info->from_index);
    EXPECT_EQ(info->frames.at(5), 1U);
}

// The CPU time of reading `count` frames that hold nothing.
double seconds_for_tiny_frames(std::size_t count) {
    Forge forge;
    forge.add_header();
    for (std::size_t i = 0; i < count; ++i)
        forge.add(FrameType{200}, "");
    auto source = read_capture(test::descriptor_of(forge.bytes()), "tiny", {});
    EXPECT_TRUE(source.ok());
    const std::clock_t started = std::clock();
    std::size_t read = 0;
    while (true) {
        const auto frame = (*source)->next();
        EXPECT_TRUE(frame.ok());
        if (!frame || !*frame) break;
        ++read;
    }
    EXPECT_EQ(read, count + 2);
    return static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
}

// Quadratic time would be 16 times as much.
TEST(HostileFrames, ManyTinyOnesTakeLinearTime) {
#ifdef NDEBUG
    constexpr std::size_t kCount = 300'000;
#else
    constexpr std::size_t kCount = 100'000;  // sanitizers make it slow enough
#endif
    const double quarter = seconds_for_tiny_frames(kCount / 4);
    EXPECT_LT(seconds_for_tiny_frames(kCount), 10 * quarter);
}

}  // namespace
}  // namespace httpprof::format
