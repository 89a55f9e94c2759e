// What a capture says of itself, by its index and by reading all of it.
#include "format/info.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "format/encryption.h"
#include "format/frame_header.h"
#include "format/preamble.h"
#include "tests/format/cut_capture.h"
#include "tests/format/forge.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/valid_capture.h"

namespace httpprof::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBoot = 1'700'000'000'000'000'000;
constexpr std::int64_t kHour = 3600 * static_cast<std::int64_t>(kSecond);

class InfoTest : public ::testing::Test {
  protected:
    std::string file(const std::string& bytes) const {
        const std::string path = folder_.path() / "x.httpprof";
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }

    CaptureInfo info(const std::string& bytes, const ReadOptions& options = {}) const {
        auto info = read_info(file(bytes), options);
        EXPECT_TRUE(info.ok()) << info.error().message;
        return info.ok() ? *std::move(info) : CaptureInfo{};
    }

    // Of the same bytes through a pipe, which has no index to look for.
    static CaptureInfo info_of_pipe(const std::string& bytes) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        EXPECT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        ::close(ends[1]);
        auto info = read_info("/proc/self/fd/" + std::to_string(ends[0]), {});
        ::close(ends[0]);
        EXPECT_TRUE(info.ok()) << info.error().message;
        return info.ok() ? *std::move(info) : CaptureInfo{};
    }

    test::TemporaryDirectory folder_;
};

// Everything but how it was found out.
void expect_valid_capture(const CaptureInfo& info, std::size_t size) {
    EXPECT_EQ(info.minor_version, kMinorVersion);
    ASSERT_TRUE(info.header);
    EXPECT_EQ(*info.header, test::sample_header());
    EXPECT_FALSE(info.contents_hidden);
    EXPECT_THAT(info.frames, ElementsAre(Pair(1, 1), Pair(2, 2), Pair(4, 1), Pair(5, 2), Pair(6, 1),
                                         Pair(8, 1)));
    EXPECT_EQ(info.records, 5u);
    EXPECT_EQ(info.file_size, size);
    EXPECT_GT(info.raw_bytes, *info.record_bytes);
    EXPECT_EQ(info.connections, 2u);
    EXPECT_EQ(info.processes, 1u);
    ASSERT_TRUE(info.stats);
    EXPECT_EQ(info.stats->recorded, 5u);
    EXPECT_EQ(info.stats->produced, 7u);
    EXPECT_EQ(info.stats->recorded_bytes, info.record_bytes);
    EXPECT_EQ(info.stats->lost.at(0).cause, "ring-full");
    EXPECT_TRUE(info.has_end);
    EXPECT_EQ(info.end_reason, "duration");
    EXPECT_FALSE(info.signature);
    EXPECT_EQ(info.damages, 0u);
}

void expect_times(const CaptureInfo& info) {
    ASSERT_TRUE(info.span && info.record_span);
    // Begins with the first Clock: the process is older.
    EXPECT_EQ(info.span->first.boottime_ns, kSecond);
    EXPECT_EQ(info.span->first.realtime_ns, kBoot + 5);
    EXPECT_EQ(info.span->last.boottime_ns, 12 * kSecond);
    EXPECT_EQ(info.span->last.realtime_ns, kBoot - kHour + std::int64_t{kSecond});
    EXPECT_EQ(info.record_span->first.boottime_ns, kSecond / 2);
    EXPECT_EQ(info.record_span->first.realtime_ns, kBoot + 5 - std::int64_t{kSecond / 2});
    EXPECT_EQ(info.record_span->last.boottime_ns, 11 * kSecond + 8);
    EXPECT_EQ(info.record_span->last.realtime_ns, kBoot - kHour + 8);
}

TEST_F(InfoTest, ReadsTheIndexOfAFile) {
    const std::string bytes = test::valid_capture();
    const CaptureInfo by_index = info(bytes);
    EXPECT_TRUE(by_index.from_index);
    expect_valid_capture(by_index, bytes.size());
    expect_times(by_index);
}

TEST_F(InfoTest, ReadsAllOfAPipe) {
    const std::string bytes = test::valid_capture();
    const CaptureInfo scanned = info_of_pipe(bytes);
    EXPECT_FALSE(scanned.from_index);
    expect_valid_capture(scanned, bytes.size());
    expect_times(scanned);
    EXPECT_EQ(scanned.raw_bytes, info(bytes).raw_bytes);
}

TEST_F(InfoTest, OnlyWhatTheIndexNeedsIsLookedAt) {
    test::CutCapture capture = test::cut(test::valid_capture());
    capture.frames[3] = test::flipped(capture.frames[3], kFrameHeaderSize);
    EXPECT_TRUE(info(capture.joined()).from_index);
    EXPECT_EQ(info_of_pipe(capture.joined()).damages, 1u);
}

TEST_F(InfoTest, ASignatureBehindTheEndIsNamed) {
    const SecretKey key = SecretKey::generate();
    const std::string bytes = test::valid_capture({.write = {.sign_key = key}});
    for (const CaptureInfo& signed_info : {info(bytes), info_of_pipe(bytes)}) {
        ASSERT_TRUE(signed_info.signature);
        EXPECT_TRUE(std::ranges::equal(
            signed_info.signature->public_key, key.public_key().signing,
            [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
        EXPECT_EQ(signed_info.frames.at(7), 1u);
        EXPECT_EQ(signed_info.file_size, bytes.size());
    }
    EXPECT_TRUE(info(bytes).from_index);
}

TEST_F(InfoTest, AnEncryptedCaptureGivesWhatIsInPlainSight) {
    const SecretKey key = SecretKey::generate();
    const std::string bytes = test::valid_capture({.write = {.encrypt_to = {key.public_key()}}});
    const CaptureInfo hidden = info(bytes);
    EXPECT_TRUE(hidden.contents_hidden);
    EXPECT_EQ(hidden.header->recipients.size(), 1u);
    EXPECT_EQ(hidden.records, 5u);
    EXPECT_EQ(hidden.frames.at(2), 2u);
    EXPECT_EQ(hidden.span->last.boottime_ns, 12 * kSecond);
    EXPECT_FALSE(hidden.span->last.realtime_ns);
    EXPECT_FALSE(hidden.connections);
    EXPECT_FALSE(hidden.record_bytes);
    EXPECT_FALSE(hidden.stats);
    EXPECT_TRUE(hidden.has_end);
}

TEST_F(InfoTest, AKeyOpensAnEncryptedCapture) {
    const SecretKey key = SecretKey::generate();
    const std::string bytes = test::valid_capture({.write = {.encrypt_to = {key.public_key()}}});
    const CaptureInfo opened = info(bytes, {.key = std::make_shared<const SecretKey>(key)});
    EXPECT_TRUE(opened.from_index);
    EXPECT_FALSE(opened.contents_hidden);
    EXPECT_EQ(opened.connections, 2u);
    expect_times(opened);
    const auto other =
        read_info(file(bytes), {.key = std::make_shared<const SecretKey>(SecretKey::generate())});
    ASSERT_FALSE(other.ok());
    EXPECT_THAT(other.error().message, HasSubstr("is not encrypted for"));
}

TEST_F(InfoTest, AnUncleanEndLeavesTheLastStats) {
    const std::string bytes = test::valid_capture({.with_end = false});
    const CaptureInfo unclean = info(bytes);
    EXPECT_FALSE(unclean.from_index);
    EXPECT_FALSE(unclean.has_end);
    EXPECT_THAT(unclean.end_reason, HasSubstr("without an End frame"));
    EXPECT_EQ(unclean.stats->time_ns, 3 * kSecond);
    EXPECT_EQ(unclean.records, 5u);
    EXPECT_EQ(unclean.damages, 1u);
    EXPECT_EQ(unclean.span->last.boottime_ns, 11 * kSecond + 8);
}

TEST_F(InfoTest, BytesBehindTheEndAreFoundByReadingAll) {
    const std::string bytes = test::valid_capture() + "more";
    const CaptureInfo damaged = info(bytes);
    EXPECT_FALSE(damaged.from_index);
    EXPECT_EQ(damaged.damages, 1u);
    EXPECT_EQ(damaged.file_size, bytes.size());
    EXPECT_TRUE(damaged.has_end);
}

// Whichever byte is wrong, it is found, or was not needed.
TEST_F(InfoTest, AnyDamagedByteIsSurvived) {
    constexpr std::size_t kStep = 7;  // for speed; no field is longer but digests
    const std::string bytes = test::valid_capture();
    for (std::size_t i = 0; i < bytes.size(); i += kStep) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        const auto result = read_info(file(damaged), {});
        if (!result) continue;
        if (result->from_index) expect_times(*result);
        EXPECT_TRUE(result->from_index || result->damages > 0) << "byte " << i;
    }
}

// A capture of which all is right as far as the index tells, with a frame of this type.
std::string indexed_capture(const Header& header, int other_type, std::uint16_t flags = 0) {
    test::Forge forge({.minor_version = 1, .tag = 7});
    End end;
    const auto add = [&](int type, const std::string& message) {
        end.index.push_back(
            {.offset = forge.bytes().size(), .type = static_cast<std::uint8_t>(type)});
        forge.add(static_cast<FrameType>(type), message, 0,
                  [&](FrameHeader& frame, std::string&) { frame.flags = flags; });
    };
    add(1, test::message(header));
    add(8, test::message(header));
    add(other_type, test::message(Clock{}));
    end.totals = Totals{.frames = end.index.size()};
    add(6, test::message(end));
    return forge.bytes();
}

TEST_F(InfoTest, AFrameThatMustBeUnderstoodIsRefused) {
    const Header header = test::sample_header();
    EXPECT_EQ(info(indexed_capture(header, 99)).frames.at(99), 1u);
    const auto refused = read_info(file(indexed_capture(header, 99, kFlagMustUnderstand)), {});
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("must be understood"));
}

TEST_F(InfoTest, PlainFramesOfAnEncryptedCaptureAreDamage) {
    const auto key = std::make_shared<const SecretKey>(SecretKey::generate());
    Header header = test::sample_header();
    header.recipients = {seal(generate_file_key(), key->public_key())};
    const CaptureInfo forged = info(indexed_capture(header, 5), {.key = key});
    EXPECT_FALSE(forged.from_index);
    EXPECT_FALSE(forged.has_end);
    EXPECT_EQ(forged.damages, 2u);
    EXPECT_TRUE(info(indexed_capture(test::sample_header(), 5)).from_index);
}

TEST_F(InfoTest, ACaptureOfVersion1_0HasNoTotals) {
    const auto old = read_info("testdata/captures/v1.0/go.httpprof", {});
    ASSERT_TRUE(old.ok()) << old.error().message;
    EXPECT_EQ(old->minor_version, 0u);
    EXPECT_FALSE(old->from_index);
    EXPECT_EQ(old->connections, 2u);
    EXPECT_EQ(old->processes, 2u);
    EXPECT_EQ(old->records, 39u);
}

TEST_F(InfoTest, WhatIsNoCaptureIsAnError) {
    EXPECT_FALSE(read_info(file("no capture"), {}).ok());
    EXPECT_FALSE(read_info(file(""), {}).ok());
    EXPECT_FALSE(read_info(folder_.path() / "none", {}).ok());
    EXPECT_FALSE(read_info(folder_.path(), {}).ok());
}

TEST_F(InfoTest, NamesTheMinorVersionThatTheFirstFrameNames) {
    auto preamble = encode_preamble();
    preamble[10] = std::byte{0x34};
    preamble[11] = std::byte{0x12};
    EXPECT_EQ(minor_version_of(digest_of(preamble)), 0x1234);
    EXPECT_EQ(minor_version_of(Digest{}), std::nullopt);
}

}  // namespace
}  // namespace httpprof::format
