// Captures that were cut, flipped, overwritten, reordered or forged: one test for each kind of
// damage. Every frame that was not hit is given as in the intact capture, and the loss is reported
// with its place and size.
#include <ctime>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "format/frame_header.h"
#include "format/reader.h"
#include "tests/format/cut_capture.h"
#include "tests/format/describe.h"
#include "tests/format/forge.h"
#include "tests/format/sample_capture.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

using test::cut;
using test::CutCapture;
using test::flipped;
using test::Forge;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// What a reading gave, frame by frame, in words.
using Lines = std::vector<std::string>;

constexpr std::size_t kPreamble = 16;
constexpr std::size_t kFrames = 7;  // of the sample
const std::string kUnclosed = "; the capture was not closed cleanly";
const std::string kNoEnd = "the capture ends without an End frame: it was not closed cleanly";

Lines lines_of(const test::Reading& reading) {
    Lines lines;
    for (const Frame& frame : reading.frames) {
        const std::string text = test::describe(frame.content);
        const bool is_damage = std::holds_alternative<Damage>(frame.content);
        lines.push_back(is_damage ? text : std::to_string(frame.header.number) + ": " + text);
    }
    if (reading.error) lines.push_back("Error: " + reading.error->message);
    return lines;
}

Lines damage(std::size_t offset, std::size_t size, const std::string& what) {
    return {test::describe(FrameContent(Damage{offset, size, what}))};
}

Lines operator+(Lines lines, const Lines& more) {
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
}

// Both with threads and without. The sample has all its frames in view: of a type each.
class DamageTest : public ::testing::TestWithParam<unsigned> {
  protected:
    static Lines read(const std::string& bytes) {
        return lines_of(test::read_all(bytes, {.jobs = GetParam()}));
    }

    // Frames `first` to `end` - 1 of the sample.
    Lines good(std::size_t first, std::size_t end = kFrames) const {
        const auto begin = whole_.begin();
        return {begin + static_cast<std::ptrdiff_t>(first),
                begin + static_cast<std::ptrdiff_t>(end)};
    }

    // All frames but the Header, with its copy in its place.
    Lines good_without_header() const {
        Lines lines = good(1);
        lines[0] = "1" + whole_[0].substr(1);
        return lines;
    }

    std::size_t offset(std::size_t frame) const { return parts_.offset(frame); }
    std::size_t size(std::size_t frame) const { return parts_.frames[frame].size(); }

    std::string with_zeros(std::size_t begin, std::size_t end) const {
        std::string bytes = bytes_;
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                  bytes.begin() + static_cast<std::ptrdiff_t>(end), '\0');
        return bytes;
    }

    // Of the frames of the sample, in another order or some of them only.
    std::string rearranged(const std::vector<std::size_t>& frames) const {
        CutCapture parts{.preamble = parts_.preamble, .frames = {}};
        for (const std::size_t frame : frames)
            parts.frames.push_back(parts_.frames[frame]);
        return parts.joined();
    }

    const std::string bytes_ = test::sample_capture();
    const CutCapture parts_ = cut(bytes_);
    const Lines whole_ = lines_of(test::read_all(bytes_));
};

INSTANTIATE_TEST_SUITE_P(Jobs, DamageTest, ::testing::Values(1U, 4U));

TEST_P(DamageTest, NoneInTheIntactSample) {
    EXPECT_THAT(whole_, SizeIs(kFrames));
    EXPECT_EQ(read(bytes_), whole_);
    EXPECT_EQ(parts_.joined(), bytes_);
}

// ---- cuts

TEST_P(DamageTest, ACutAnywhereLeavesEveryFrameBeforeIt) {
    std::size_t intact = 0;
    for (std::size_t end = kPreamble; end < bytes_.size(); ++end) {
        SCOPED_TRACE("cut at " + std::to_string(end));
        while (offset(intact + 1) <= end)
            ++intact;
        const std::size_t rest = end - offset(intact);
        EXPECT_EQ(
            read(bytes_.substr(0, end)),
            good(0, intact) +
                damage(offset(intact), rest,
                       rest == 0 ? kNoEnd : "the file ends in the middle of a frame" + kUnclosed));
    }
}

TEST_P(DamageTest, ACutPreambleIsNotACapture) {
    for (std::size_t end = 0; end < kPreamble; ++end) {
        const Lines lines = read(bytes_.substr(0, end));
        ASSERT_THAT(lines, SizeIs(1)) << end;
        EXPECT_THAT(lines[0], HasSubstr("Error: test capture ")) << end;
    }
}

TEST_P(DamageTest, AMissingEnd) {
    EXPECT_EQ(read(bytes_.substr(0, offset(6))), good(0, 6) + damage(offset(6), 0, kNoEnd));
}

TEST_P(DamageTest, ACutBehindTheEndOfASignedCapture) {
    const std::string bytes = test::sample_capture({.sign_key = SecretKey::generate()});
    const CutCapture parts = cut(bytes);
    const Lines whole = read(bytes);
    const Lines unsigned_lines(whole.begin(), whole.end() - 1);
    EXPECT_EQ(read(bytes.substr(0, parts.offset(7))), unsigned_lines);
    EXPECT_EQ(read(bytes.substr(0, bytes.size() - 1)),
              unsigned_lines + damage(parts.offset(7), parts.frames[7].size() - 1,
                                      "there are bytes after the End frame"));
}

// ---- flipped bits

TEST_P(DamageTest, AFlipAnywhereCostsOneFrame) {
    for (std::size_t at = 0; at < kPreamble; ++at)
        EXPECT_EQ(read(flipped(bytes_, at)),
                  damage(0, kPreamble, "the preamble is damaged") + good(0))
            << at;
    for (std::size_t hit = 0; hit < kFrames; ++hit) {
        for (std::size_t at = 0; at < size(hit); ++at) {
            SCOPED_TRACE("byte " + std::to_string(at) + " of frame " + std::to_string(hit));
            std::string what = at < kSyncWordSize ? "no frame starts here"
                               : at < kFrameHeaderSize
                                   ? "the checksum of the frame header does not match"
                                   : "its digest does not match";
            // Nothing says which frame it was when no other stands behind it.
            if (hit + 1 == kFrames && at < kFrameHeaderSize)
                what += kUnclosed;
            else
                what = "frame " + std::to_string(hit) + " is damaged: " + what;
            const Lines behind = hit == 0 ? good_without_header() : good(hit + 1);
            EXPECT_EQ(read(flipped(bytes_, offset(hit) + at)),
                      good(0, hit) + damage(offset(hit), size(hit), what) + behind);
        }
    }
}

TEST_P(DamageTest, AFlippedPreambleIsNotAnotherVersion) {
    for (const std::size_t at : {0U, 8U, 9U, 10U, 11U, 12U, 15U}) {
        for (const int bit : {1, 2, 64}) {
            std::string bytes = bytes_;
            bytes[at] = static_cast<char>(bytes[at] ^ bit);
            EXPECT_EQ(read(bytes), damage(0, kPreamble, "the preamble is damaged") + good(0)) << at;
        }
    }
}

TEST_P(DamageTest, AnotherVersionIsNotAFlippedPreamble) {
    EXPECT_EQ(read(Forge({.major_version = 2}).add_header().add_end().bytes()),
              Lines{"Error: test capture is a capture of format version 2; this httpprof reads "
                    "version 1: use one that fits"});
    EXPECT_EQ(read(Forge({.features = 4}).add_header().add_end().bytes()),
              Lines{"Error: test capture uses features that this httpprof does not know; use a "
                    "newer one"});
    EXPECT_THAT(read(Forge({.minor_version = 200}).add_header().add_end().bytes()), SizeIs(2));
}

TEST_P(DamageTest, AFlippedHeaderAndAFlippedCopyLeaveTheRest) {
    const std::string bytes = flipped(flipped(bytes_, offset(0) + 100), offset(1) + 100);
    EXPECT_EQ(read(bytes),
              damage(offset(0), size(0), "frame 0 is damaged: its digest does not match") +
                  damage(offset(1), size(1), "frame 1 is damaged: its digest does not match") +
                  good(2));
}

TEST_P(DamageTest, TwoDamagedHeadersAroundAGoodFrame) {
    const std::string bytes = flipped(flipped(bytes_, offset(2) + 20), offset(4) + 20);
    const std::string what = " is damaged: the checksum of the frame header does not match";
    EXPECT_EQ(read(bytes), good(0, 2) + damage(offset(2), size(2), "frame 2" + what) + good(3, 4) +
                               damage(offset(4), size(4), "frame 4" + what) + good(5));
}

TEST_P(DamageTest, ADamagedHeaderRightBeforeTheEndOfTheFile) {
    const std::string bytes = flipped(bytes_.substr(0, offset(4)), offset(3) + 20);
    EXPECT_EQ(read(bytes),
              good(0, 3) + damage(offset(3), size(3),
                                  "the checksum of the frame header does not match" + kUnclosed));
}

TEST_P(DamageTest, ADamagedPayloadAndADamagedHeaderBehindIt) {
    const std::string bytes = flipped(flipped(bytes_, offset(3) + 120), offset(4) + 20);
    EXPECT_EQ(read(bytes),
              good(0, 3) +
                  damage(offset(3), size(3), "frame 3 is damaged: its digest does not match") +
                  damage(offset(4), size(4),
                         "frame 4 is damaged: the checksum of the frame header does not match") +
                  good(5));
}

TEST_P(DamageTest, ARightChecksumWithAWrongDigest) {
    CutCapture parts = parts_;
    parts.frames[3] =
        test::with_header(parts.frames[3], [](FrameHeader& header) { ++header.first_time_ns; });
    EXPECT_EQ(read(parts.joined()),
              good(0, 3) +
                  damage(offset(3), size(3), "frame 3 is damaged: its digest does not match") +
                  good(4));
}

// ---- zeroed blocks

TEST_P(DamageTest, ZerosInAPayload) {
    EXPECT_EQ(read(with_zeros(offset(3) + 100, offset(3) + 130)),
              good(0, 3) +
                  damage(offset(3), size(3), "frame 3 is damaged: its digest does not match") +
                  good(4));
}

TEST_P(DamageTest, ZerosOverAHeader) {
    EXPECT_EQ(read(with_zeros(offset(3), offset(3) + kFrameHeaderSize)),
              good(0, 3) + damage(offset(3), size(3), "frame 3 is damaged: no frame starts here") +
                  good(4));
}

TEST_P(DamageTest, ZerosOverTheEndOfAFrameAndTheNextHeader) {
    EXPECT_EQ(read(with_zeros(offset(3) - 5, offset(3) + 50)),
              good(0, 2) +
                  damage(offset(2), size(2), "frame 2 is damaged: its digest does not match") +
                  damage(offset(3), size(3), "frame 3 is damaged: no frame starts here") + good(4));
}

TEST_P(DamageTest, ZerosOverSeveralFrames) {
    EXPECT_EQ(read(with_zeros(offset(2), offset(4) + 95)),
              good(0, 2) +
                  damage(offset(2), size(2) + size(3) + size(4),
                         "frames 2 to 4 are damaged: no frame starts here") +
                  good(5));
}

TEST_P(DamageTest, ZerosOverThePreamble) {
    EXPECT_EQ(read(with_zeros(0, kPreamble)),
              damage(0, kPreamble, "the preamble is damaged") + good(0));
}

TEST_P(DamageTest, ZerosOverPreambleAndHeader) {
    EXPECT_EQ(
        read(with_zeros(0, offset(0) + 30)),
        damage(0, offset(1), "frame 0 is damaged: no frame starts here") + good_without_header());
    EXPECT_EQ(
        read(with_zeros(0, offset(1))),
        damage(0, offset(1), "frame 0 is damaged: no frame starts here") + good_without_header());
}

TEST_P(DamageTest, ZerosOverPreambleHeaderAndItsCopy) {
    EXPECT_EQ(read(with_zeros(0, offset(2) - 1)),
              damage(0, offset(2), "frames 0 to 1 are damaged: no frame starts here") + good(2));
}

TEST_P(DamageTest, ZerosAtTheEnd) {
    constexpr std::size_t kTail = 8;  // of a digest, one of whose bytes may be 0 already
    EXPECT_EQ(read(with_zeros(offset(6), bytes_.size())),
              good(0, 6) + damage(offset(6), size(6), "no frame starts here" + kUnclosed));
    EXPECT_EQ(read(with_zeros(offset(6) - kTail, bytes_.size())),
              good(0, 5) +
                  damage(offset(5), size(5), "frame 5 is damaged: its digest does not match") +
                  damage(offset(6), size(6), "no frame starts here" + kUnclosed));
    EXPECT_EQ(read(bytes_.substr(0, offset(4)) + std::string(5000, '\0')),
              good(0, 4) + damage(offset(4), 5000, "no frame starts here" + kUnclosed));
}

TEST_P(DamageTest, ALargeHole) {
    constexpr std::size_t kHole = 5'000'000;
    CutCapture parts = parts_;
    parts.frames[3] = std::string(kHole, '\0');
    EXPECT_EQ(read(parts.joined()),
              good(0, 3) + damage(offset(3), kHole, "frame 3 is damaged: no frame starts here") +
                  good(4));
}

// ---- bytes that are gone

TEST_P(DamageTest, BytesRemovedWithinAFrame) {
    for (std::size_t hit = 1; hit + 1 < kFrames; ++hit) {
        for (const std::size_t count : {1U, 9U, 20U}) {
            SCOPED_TRACE(std::to_string(count) + " bytes of frame " + std::to_string(hit));
            std::string bytes = bytes_;
            bytes.erase(offset(hit) + kFrameHeaderSize + 2, count);
            EXPECT_EQ(read(bytes), good(0, hit) +
                                       damage(offset(hit), size(hit),
                                              "frame " + std::to_string(hit) +
                                                  " is damaged: its digest does not match") +
                                       good(hit + 1));
        }
    }
}

TEST_P(DamageTest, BytesRemovedWithinTheHeaderFrame) {
    std::string bytes = bytes_;
    bytes.erase(offset(0) + kFrameHeaderSize + 2, 9);
    EXPECT_EQ(read(bytes),
              damage(offset(0), size(0), "frame 0 is damaged: its digest does not match") +
                  good_without_header());
}

TEST_P(DamageTest, BytesRemovedWithinTheLastFrame) {
    std::string bytes = bytes_;
    bytes.erase(offset(6) + kFrameHeaderSize + 2, 9);
    EXPECT_EQ(read(bytes),
              good(0, 6) + damage(offset(6), size(6) - 9,
                                  "the file ends in the middle of a frame" + kUnclosed));
}

TEST_P(DamageTest, BytesRemovedWithinAFrameHeader) {
    std::string bytes = bytes_;
    bytes.erase(offset(3) + 40, 9);
    EXPECT_EQ(read(bytes),
              good(0, 3) +
                  damage(offset(3), size(3) - 9,
                         "frame 3 is damaged: the checksum of the frame header does not match") +
                  good(4));
}

TEST_P(DamageTest, BytesRemovedAcrossFrames) {
    std::string bytes = bytes_;
    bytes.erase(offset(3) - 10, size(3) + 20);
    // Of frame 4 there is left what does not lie where frame 2 should still be.
    EXPECT_EQ(
        read(bytes),
        good(0, 2) + damage(offset(2), size(2), "frame 2 is damaged: its digest does not match") +
            damage(offset(3), size(4) - 20, "frames 3 to 4 are damaged: no frame starts here") +
            good(5));
}

TEST_P(DamageTest, BytesRemovedAtTheStart) {
    EXPECT_EQ(read(bytes_.substr(5)), damage(0, kPreamble - 5, "no frame starts here") + good(0));
    EXPECT_EQ(read(bytes_.substr(kPreamble)), damage(0, 0, "the preamble is missing") + good(0));
    EXPECT_EQ(
        read(bytes_.substr(kPreamble + 5)),
        damage(0, size(0) - 5, "frame 0 is damaged: no frame starts here") + good_without_header());
}

TEST_P(DamageTest, ARemovedFrame) {
    EXPECT_EQ(read(rearranged({0, 1, 2, 4, 5, 6})),
              good(0, 3) + damage(offset(3), 0, "frame 3 is missing") + good(4));
}

TEST_P(DamageTest, SeveralRemovedFrames) {
    EXPECT_EQ(read(rearranged({0, 1, 5, 6})),
              good(0, 2) + damage(offset(2), 0, "frames 2 to 4 are missing") + good(5));
    EXPECT_EQ(read(rearranged({0, 1, 3, 5, 6})),
              good(0, 2) + damage(offset(2), 0, "frame 2 is missing") + good(3, 4) +
                  damage(offset(2) + size(3), 0, "frame 4 is missing") + good(5));
}

TEST_P(DamageTest, ARemovedHeaderFrame) {
    EXPECT_EQ(read(rearranged({1, 2, 3, 4, 5, 6})),
              damage(kPreamble, 0, "frame 0 is missing") + good_without_header());
    EXPECT_EQ(read(rearranged({2, 3, 4, 5, 6})),
              damage(kPreamble, 0, "frames 0 to 1 are missing") + good(2));
}

// ---- bytes and frames too many

TEST_P(DamageTest, GarbageBetweenFrames) {
    const std::string sync = parts_.frames[3].substr(0, kSyncWordSize);
    const std::string not_a_frame = "no frame starts here";
    const std::vector<std::pair<std::string, std::string>> garbage = {
        {"x", not_a_frame},
        {sync, "the checksum of the frame header does not match"},
        {"\xF5\xF5HP", not_a_frame},
        {std::string(100, 'x') + sync, not_a_frame},
        {std::string(200'000, '\xF5'), not_a_frame},
        {parts_.frames[3].substr(0, 60), "the checksum of the frame header does not match"}};
    for (const auto& [bytes, what] : garbage) {
        for (std::size_t at = 0; at < kFrames; ++at) {
            CutCapture parts = parts_;
            parts.frames.insert(parts.frames.begin() + static_cast<std::ptrdiff_t>(at), bytes);
            EXPECT_EQ(read(parts.joined()),
                      good(0, at) + damage(offset(at), bytes.size(), what) + good(at));
        }
    }
}

TEST_P(DamageTest, GarbageWithinAPayload) {
    std::string bytes = bytes_;
    bytes.insert(offset(3) + 120, "garbage");
    EXPECT_EQ(read(bytes),
              good(0, 3) +
                  damage(offset(3), size(3), "frame 3 is damaged: its digest does not match") +
                  damage(offset(4), 7, "no frame starts here") + good(4));
}

TEST_P(DamageTest, ADoubledFrame) {
    for (std::size_t twice = 0; twice < kFrames; ++twice) {
        CutCapture parts = parts_;
        parts.frames.insert(parts.frames.begin() + static_cast<std::ptrdiff_t>(twice),
                            parts.frames[twice]);
        EXPECT_EQ(read(parts.joined()),
                  good(0, twice + 1) +
                      damage(offset(twice + 1), size(twice),
                             "frame " + std::to_string(twice) + " stands here as well") +
                      good(twice + 1));
    }
}

TEST_P(DamageTest, AFrameAgainLater) {
    EXPECT_EQ(read(rearranged({0, 1, 2, 3, 4, 2, 5, 6})),
              good(0, 5) + damage(offset(5), size(2), "frame 2 stands here as well") + good(5));
    // While others are waited for.
    EXPECT_EQ(read(rearranged({0, 1, 3, 4, 3, 5, 6})),
              good(0, 2) +
                  damage(offset(2) + size(3) + size(4), size(3), "frame 3 stands here as well") +
                  damage(offset(2), 0, "frame 2 is missing") + good(3));
}

TEST_P(DamageTest, ADoubledFrameOfWhichOneIsDamaged) {
    CutCapture parts = parts_;
    parts.frames.insert(parts.frames.begin() + 3, flipped(parts.frames[3], 120));
    EXPECT_EQ(read(parts.joined()),
              good(0, 3) +
                  damage(offset(3), size(3), "frame 3 is damaged: its digest does not match") +
                  good(3));
    std::swap(parts.frames[3], parts.frames[4]);
    EXPECT_EQ(read(parts.joined()),
              good(0, 4) + damage(offset(4), size(3), "frame 3 stands here as well") + good(4));
}

TEST_P(DamageTest, ADoubledFrameOfWhichOneIsDamagedWhileOthersAreWaitedFor) {
    CutCapture parts = cut(rearranged({0, 1, 3, 3, 4, 5, 6}));
    parts.frames[2] = flipped(parts.frames[2], 120);
    EXPECT_EQ(read(parts.joined()),
              good(0, 2) + damage(offset(2), size(3), "frame 3 stands here as well") +
                  damage(offset(2) + size(3), 0, "frame 2 is missing") + good(3));
}

TEST_P(DamageTest, BytesAfterTheEnd) {
    for (const std::string& more : {std::string("more"), std::string(1000, '\0')})
        EXPECT_EQ(read(bytes_ + more), good(0) + damage(bytes_.size(), more.size(),
                                                        "there are bytes after the End frame"));
}

TEST_P(DamageTest, TheCaptureOnceMoreAfterTheEnd) {
    Lines expected = good(0) + damage(bytes_.size(), kPreamble, "no frame starts here");
    for (std::size_t i = 0; i < kFrames; ++i)
        expected = expected + damage(bytes_.size() + offset(i), size(i),
                                     "frame " + std::to_string(i) + " stands here as well");
    EXPECT_EQ(read(bytes_ + bytes_), expected);
}

TEST_P(DamageTest, AnotherCaptureAfterTheEnd) {
    const std::string other = test::sample_capture();
    EXPECT_EQ(read(bytes_ + other),
              good(0) + damage(bytes_.size(), other.size(), "there are bytes after the End frame"));
}

// ---- frames in another order

TEST_P(DamageTest, NeighboursThatChangedPlaces) {
    EXPECT_EQ(
        read(rearranged({0, 1, 3, 2, 4, 5, 6})),
        good(0, 2) + damage(offset(2) + size(3), 0, "frame 2 stands behind frame 3") + good(2));
    EXPECT_EQ(read(rearranged({1, 0, 2, 3, 4, 5, 6})),
              damage(kPreamble + size(1), 0, "frame 0 stands behind frame 1") + good(0));
    EXPECT_EQ(
        read(rearranged({0, 1, 2, 3, 4, 6, 5})),
        good(0, 5) + damage(offset(5) + size(6), 0, "frame 5 stands behind frame 6") + good(5));
}

TEST_P(DamageTest, AFrameThatMovedFar) {
    EXPECT_EQ(
        read(rearranged({0, 1, 3, 4, 5, 6, 2})),
        good(0, 2) + damage(bytes_.size() - size(2), 0, "frame 2 stands behind frame 6") + good(2));
}

TEST_P(DamageTest, AllFramesInReverseOrder) {
    const std::string bytes = rearranged({6, 5, 4, 3, 2, 1, 0});
    Lines expected;
    std::size_t at = kPreamble;
    for (std::size_t frame = kFrames; frame-- > 0;) {
        if (frame + 1 < kFrames)
            expected = expected + damage(at, 0,
                                         "frame " + std::to_string(frame) +
                                             " stands behind frame " + std::to_string(frame + 1));
        at += size(frame);
    }
    EXPECT_EQ(read(bytes), expected + good(0));
}

TEST_P(DamageTest, AFrameThatMovedBehindDamage) {
    CutCapture parts = cut(rearranged({0, 1, 3, 4, 2, 5, 6}));
    parts.frames[3] = flipped(parts.frames[3], 20);  // frame 4
    EXPECT_EQ(read(parts.joined()),
              good(0, 2) + damage(offset(2), 0, "frame 2 is missing") + good(3, 4) +
                  damage(offset(2) + size(3), size(4),
                         "the checksum of the frame header does not match") +
                  damage(offset(5) - size(2), 0, "frame 2 stands behind frame 3") + good(2, 3) +
                  damage(offset(5), 0, "frame 4 is missing") + good(5));
}

// ---- frames of another hand

TEST_P(DamageTest, AFrameOfAnotherCapture) {
    const CutCapture other = cut(test::sample_capture());
    CutCapture parts = parts_;
    parts.frames[3] = other.frames[3];
    EXPECT_EQ(read(parts.joined()),
              good(0, 3) +
                  damage(offset(3), size(3),
                         "frame 3 is damaged: a frame of another capture stands here") +
                  good(4));
    parts = parts_;
    parts.frames.insert(parts.frames.begin() + 3, other.frames[3]);
    EXPECT_EQ(read(parts.joined()),
              good(0, 3) + damage(offset(3), size(3), "a frame of another capture stands here") +
                  good(3));
}

TEST_P(DamageTest, TheRestOfAnotherCapture) {
    const std::string other = test::sample_capture();
    EXPECT_EQ(read(bytes_.substr(0, offset(3)) + other.substr(offset(3))),
              good(0, 3) + damage(offset(3), bytes_.size() - offset(3),
                                  "a frame of another capture stands here" + kUnclosed));
}

// Without tags only the chain tells.
TEST_P(DamageTest, TheRestOfAnotherCaptureOfVersion10) {
    const std::string bytes = Forge().add_header().add_clock(1).add_clock(2).add_end().bytes();
    const std::string other = Forge().add_header().add_clock(7).add_clock(3).add_end().bytes();
    const std::size_t at = cut(bytes).offset(2);
    const std::string mixed = bytes.substr(0, at) + other.substr(at);
    const Lines of_bytes = read(bytes);
    const Lines of_other = read(other);
    EXPECT_EQ(read(mixed), Lines({of_bytes[0], of_bytes[1]}) +
                               damage(at, 0,
                                      "frame 2 does not follow frame 1: it names another "
                                      "digest") +
                               Lines({of_other[2], of_other[3]}));
}

TEST_P(DamageTest, ABrokenChain) {
    const std::string bytes =
        Forge({.tag = 5})
            .add_header()
            .add_clock(1)
            .add_clock(2, [](FrameHeader& header, std::string&) { header.previous[31] ^= 1; })
            .add_end()
            .bytes();
    const std::size_t at = cut(bytes).offset(2);
    const Lines lines = read(bytes);
    ASSERT_THAT(lines, SizeIs(5));
    EXPECT_EQ(Lines{lines[2]},
              damage(at, 0, "frame 2 does not follow frame 1: it names another digest"));
    EXPECT_EQ(lines[3], "2: Clock 2 0");
}

// A payload that cannot be compressed stands in the file as it is. It may be a capture, or made to
// look like one; it cannot have the tag.
TEST_P(DamageTest, FramesWithinThePayloadOfADamagedFrame) {
    const std::string inner =
        Forge({.tag = 6}).add_header().add_clock(66).add_clock(67).add_end().bytes();
    const std::string bytes =
        Forge({.tag = 5})
            .add_header()
            .add(FrameType{200}, "", 0,
                 [&](FrameHeader&, std::string& stored) { stored = test::stored_plainly(inner); })
            .add_clock(1)
            .add_end()
            .bytes();
    ASSERT_NE(bytes.find(inner), std::string::npos);
    const CutCapture parts = cut(bytes);
    const Lines whole = read(bytes);
    ASSERT_THAT(whole, SizeIs(4));
    const Lines behind(whole.begin() + 2, whole.end());
    // The search begins at the damaged header.
    EXPECT_EQ(read(flipped(bytes, parts.offset(1) + 20)),
              Lines{whole[0]} +
                  damage(parts.offset(1), parts.frames[1].size(),
                         "frame 1 is damaged: the checksum of the frame header does not match") +
                  behind);
    // The search begins within the damaged payload.
    const std::string both = flipped(flipped(bytes, parts.offset(1) + 90), parts.offset(2) + 20);
    EXPECT_EQ(read(both),
              Lines{whole[0]} +
                  damage(parts.offset(1), parts.frames[1].size(),
                         "frame 1 is damaged: its digest does not match") +
                  damage(parts.offset(2), parts.frames[2].size(),
                         "frame 2 is damaged: the checksum of the frame header does not match") +
                  Lines{whole[3]});
}

TEST_P(DamageTest, ASecondHeader) {
    const std::string bytes = Forge().add_header().add_header().add_end().bytes();
    const CutCapture parts = cut(bytes);
    const Lines lines = read(bytes);
    ASSERT_THAT(lines, SizeIs(3));
    EXPECT_EQ(Lines{lines[1]}, damage(parts.offset(1), parts.frames[1].size(), "a second Header"));
}

TEST_P(DamageTest, NoHeaderFirst) {
    const std::string bytes = Forge().add_clock(1).add_clock(2).add_end().bytes();
    const Lines lines = read(bytes);
    ASSERT_THAT(lines, SizeIs(3));
    EXPECT_EQ(Lines{lines[0]},
              damage(kPreamble, cut(bytes).frames[0].size(), "the first frame is not a Header"));
    EXPECT_EQ(lines[1], "1: Clock 2 0");
}

TEST_P(DamageTest, AHeaderWithoutItsIds) {
    for (const auto& change : std::vector<void (*)(Header&)>{
             [](Header& header) { header.boot_id.clear(); },
             [](Header& header) { header.capture_id += 'x'; },
             [](Header& header) { header.previous_segment = "short"; },
         }) {
        Header header = test::sample_header();
        change(header);
        const Lines lines =
            read(Forge().add(FrameType::header, test::message(header)).add_clock(1).bytes());
        ASSERT_THAT(lines, SizeIs(3));
        EXPECT_THAT(lines[0], HasSubstr("frame 0 is damaged: its "));
        EXPECT_EQ(lines[1], "1: Clock 1 0");
    }
}

TEST_P(DamageTest, AFrameAfterTheEnd) {
    const std::string bytes =
        Forge().add_header().add_end().add_clock(1).add(FrameType{200}, "").bytes();
    const CutCapture parts = cut(bytes);
    const Lines lines = read(bytes);
    ASSERT_THAT(lines, SizeIs(4));
    EXPECT_EQ(Lines{lines[2]}, damage(parts.offset(2), parts.frames[2].size(),
                                      "frame 2 stands after the End frame"));
    EXPECT_EQ(lines[3], "3: Unknown 200") << "something that a later version puts there";
}

constexpr std::uint64_t kFarAway = std::uint64_t{1} << 63;

void move_far_away(FrameHeader& header, std::string&) {
    header.number = kFarAway;
}

TEST_P(DamageTest, ANumberThatJumps) {
    const std::string bytes = Forge({.tag = 5})
                                  .add_header()
                                  .add_clock(1)
                                  .add_clock(2, move_far_away)
                                  .add_clock(3)
                                  .add_clock(4)
                                  .add_end()
                                  .bytes();
    const CutCapture parts = cut(bytes);
    const Lines lines = read(bytes);
    const Lines expected =
        Lines{lines.at(0), "1: Clock 1 0"} +
        damage(parts.offset(3), 0, "frame 3 stands behind frame 9223372036854775808") +
        damage(parts.offset(3), 0, "frame 2 is missing") +
        Lines{"3: Clock 3 0", "4: Clock 4 0", lines.at(6)} +
        damage(parts.offset(2), 0, "frames 6 to 9223372036854775807 are missing") +
        damage(parts.offset(2), parts.frames[2].size(),
               "frame 9223372036854775808 stands after the End frame");
    EXPECT_EQ(lines, expected);
    EXPECT_THAT(lines[6], HasSubstr("5: End"));
}

TEST_P(DamageTest, ANumberThatJumpsBehindDamage) {
    CutCapture parts = cut(Forge({.tag = 5})
                               .add_header()
                               .add_clock(1)
                               .add_clock(2, move_far_away)
                               .add_clock(3)
                               .add_clock(4)
                               .add_end()
                               .bytes());
    parts.frames[1] = flipped(parts.frames[1], 20);
    const Lines lines = read(parts.joined());
    const Lines expected =
        Lines{lines.at(0)} +
        damage(parts.offset(1), parts.frames[1].size(),
               "frames 1 to 9223372036854775807 are damaged: the checksum of the frame header does "
               "not match") +
        Lines{"9223372036854775808: Clock 2 0"} +
        damage(parts.offset(3), 0, "frame 3 stands behind frame 9223372036854775808") +
        Lines{"3: Clock 3 0", "4: Clock 4 0", lines.back()};
    EXPECT_EQ(lines, expected);
    EXPECT_THAT(lines.back(), HasSubstr("5: End"));
}

TEST_P(DamageTest, TheGreatestNumber) {
    const std::string bytes =
        Forge({.tag = 5})
            .add_header()
            .add_clock(1,
                       [](FrameHeader& header, std::string&) { header.number = ~std::uint64_t{0}; })
            .add_clock(2)
            .bytes();
    const Lines lines = read(bytes);
    const Lines expected =
        Lines{lines.at(0)} +
        damage(cut(bytes).offset(2), 0, "frame 2 stands behind frame 18446744073709551615") +
        damage(cut(bytes).offset(2), 0, "frame 1 is missing") + Lines{"2: Clock 2 0"} +
        damage(cut(bytes).offset(1), 0, "frames 3 to 18446744073709551614 are missing") +
        Lines{"18446744073709551615: Clock 1 0"} + damage(bytes.size(), 0, kNoEnd);
    EXPECT_EQ(lines, expected);
}

// ---- much of it

std::string capture_with_gaps(std::uint64_t frames) {
    Forge forge({.tag = 5});
    forge.add_header();
    for (std::uint64_t i = 1; i <= frames; ++i)
        forge.add(FrameType{200}, "", 0,
                  [&](FrameHeader& header, std::string&) { header.number = 2 * i; });
    return forge.bytes();
}

TEST_P(DamageTest, ManyGapsAreReadInLinearTime) {
    constexpr std::uint64_t kCount = 100'000;
    const std::string bytes = capture_with_gaps(kCount);
    auto source = read_capture(test::descriptor_of(bytes), "x", {.jobs = GetParam()});
    ASSERT_TRUE(source.ok());
    std::uint64_t gaps = 0;
    std::uint64_t frames = 0;
    const std::clock_t started = std::clock();
    for (auto frame = (*source)->next(); frame && *frame; frame = (*source)->next()) {
        if (std::holds_alternative<UnknownFrame>((*frame)->content)) ++frames;
        if (std::holds_alternative<Damage>((*frame)->content)) ++gaps;
    }
    EXPECT_EQ(frames, kCount);
    EXPECT_EQ(gaps, kCount + 1) << "and the missing End";
    // A hundred times what it takes, and a small part of what quadratic time would take.
    EXPECT_LT(static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC, 60.0);
}

TEST_P(DamageTest, FramesThatWaitAreGivenBeforeTheyAreTooMany) {
    constexpr std::uint64_t kBound = 4096;
    const std::string bytes = capture_with_gaps(3 * kBound);
    const std::size_t frame_size = cut(bytes).frames[1].size();
    std::array<int, 2> ends;
    ASSERT_EQ(::pipe(ends.data()), 0);
    std::thread writer([&] {
        // What is written stays in the pipe, so that the reader waits for more and not for the end.
        const std::size_t size = bytes.size() - kBound * frame_size;
        for (std::size_t at = 0; at < size;)
            at += static_cast<std::size_t>(::write(ends[1], bytes.data() + at, size - at));
    });
    auto source = read_capture(ends[0], "pipe", {.jobs = GetParam()});
    ASSERT_TRUE(source.ok());
    for (std::uint64_t i = 0; i < 1 + 2 * (kBound - 100); ++i)
        ASSERT_TRUE((*source)->next().ok());
    writer.join();
    ::close(ends[1]);
}

TEST_P(DamageTest, ReversedFramesBeyondWhatCanWaitAreGivenLate) {
    constexpr std::size_t kCount = 10'000;
    Forge forge({.tag = 5});
    forge.add_header();
    for (std::size_t i = 1; i < kCount; ++i)
        forge.add(FrameType{200}, "");
    CutCapture parts = cut(forge.add_end().bytes());
    std::reverse(parts.frames.begin(), parts.frames.end());
    const auto reading = test::read_all(parts.joined(), {.jobs = GetParam()});
    std::vector<int> seen(kCount + 1);
    for (const Frame& frame : reading.frames)
        if (!std::holds_alternative<Damage>(frame.content)) ++seen[frame.header.number];
    EXPECT_EQ(seen, std::vector<int>(kCount + 1, 1)) << "each frame once";
}

TEST_P(DamageTest, APipeGivesTheSame) {
    const std::string bytes = with_zeros(offset(2) + 100, offset(3) + 20);
    std::array<int, 2> ends;
    ASSERT_EQ(::pipe(ends.data()), 0);
    std::thread writer([&] {
        for (const char byte : bytes)
            EXPECT_EQ(::write(ends[1], &byte, 1), 1);
        ::close(ends[1]);
    });
    auto source = read_capture(ends[0], "pipe", {.jobs = GetParam()});
    ASSERT_TRUE(source.ok());
    EXPECT_EQ(lines_of(test::read_all(**source)), read(bytes));
    writer.join();
}

}  // namespace
}  // namespace httpprof::format
