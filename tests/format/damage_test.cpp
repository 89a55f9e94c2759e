// Captures that were cut, flipped, reordered or written by something else: one test for each kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/frame_header.h"
#include "format/reader.h"
#include "tests/format/describe.h"
#include "tests/format/forge.h"
#include "tests/format/sample_capture.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::format {
namespace {

using test::describe;
using test::Forge;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::size_t kPreamble = 16;

// Both with threads and without.
class DamageTest : public ::testing::TestWithParam<unsigned> {
  protected:
    static test::Reading read(const std::string& bytes) {
        return test::read_all(bytes, GetParam());
    }

    // Expects `intact` frames as in `whole`, then one Damage, then the end.
    static Damage expect_damage_after(const std::string& bytes, const test::Reading& whole,
                                      std::size_t intact) {
        const auto reading = read(bytes);
        EXPECT_FALSE(reading.error.has_value());
        EXPECT_THAT(reading.frames, SizeIs(intact + 1));
        if (reading.frames.size() != intact + 1) return {};
        for (std::size_t i = 0; i < intact; ++i)
            EXPECT_EQ(describe(reading.frames[i]), describe(whole.frames[i]));
        const auto* damage = std::get_if<Damage>(&reading.frames.back().content);
        EXPECT_NE(damage, nullptr);
        return damage == nullptr ? Damage() : *damage;
    }
};

INSTANTIATE_TEST_SUITE_P(Jobs, DamageTest, ::testing::Values(1U, 4U));

// How many bytes frame `index` takes.
std::size_t size_of(const test::Reading& whole, std::size_t index, const std::string& bytes) {
    const std::size_t end =
        index + 1 < whole.frames.size() ? whole.frames[index + 1].offset : bytes.size();
    return end - whole.frames[index].offset;
}

TEST_P(DamageTest, ACutAnywhereLeavesEveryFrameBeforeIt) {
    const std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    std::size_t intact = 0;
    for (std::size_t cut = kPreamble; cut < bytes.size(); ++cut) {
        SCOPED_TRACE("cut at " + std::to_string(cut));
        while (whole.frames[intact].offset + size_of(whole, intact, bytes) <= cut)
            ++intact;
        const Damage damage = expect_damage_after(bytes.substr(0, cut), whole, intact);
        EXPECT_EQ(damage.offset, whole.frames[intact].offset);
        EXPECT_EQ(damage.size, cut - whole.frames[intact].offset);
        EXPECT_EQ(damage.what, damage.size == 0
                                   ? "the capture ends without an End frame; it was not closed "
                                     "cleanly"
                                   : "the capture ends in the middle of a frame; it was not "
                                     "closed cleanly");
    }
}

TEST_P(DamageTest, ACutPreambleIsNotACapture) {
    const std::string bytes = test::sample_capture();
    for (std::size_t cut = 0; cut < kPreamble; ++cut) {
        const auto reading = read(bytes.substr(0, cut));
        EXPECT_TRUE(reading.error.has_value()) << cut;
        EXPECT_THAT(reading.frames, SizeIs(0));
    }
}

// A flip in a frame's payload or digest costs that frame; in a header, or in a digest that the next
// frame names, what follows as well.
TEST_P(DamageTest, AFlippedBitAnywhereIsFound) {
    const std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    std::size_t hit = 0;
    for (std::size_t at = whole.frames[0].offset; at < bytes.size(); ++at) {
        while (whole.frames[hit].offset + size_of(whole, hit, bytes) <= at)
            ++hit;
        SCOPED_TRACE("flip at " + std::to_string(at));
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
        const auto reading = read(flipped);
        EXPECT_FALSE(reading.error.has_value());
        ASSERT_GT(reading.frames.size(), hit);
        for (std::size_t i = 0; i < hit; ++i)
            EXPECT_EQ(describe(reading.frames[i]), describe(whole.frames[i]));
        const auto* damage = std::get_if<Damage>(&reading.frames[hit].content);
        ASSERT_NE(damage, nullptr);
        EXPECT_EQ(damage->offset, whole.frames[hit].offset);
    }
}

TEST_P(DamageTest, AFlippedPayloadCostsThatFrameOnly) {
    std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    bytes[whole.frames[2].offset + kFrameHeaderSize + 5] ^= 1;
    const auto reading = read(bytes);
    ASSERT_THAT(reading.frames, SizeIs(6));
    for (const std::size_t i : {0U, 1U, 3U, 4U, 5U})
        EXPECT_EQ(describe(reading.frames[i]), describe(whole.frames[i]));
    const auto& damage = std::get<Damage>(reading.frames[2].content);
    EXPECT_EQ(damage.what, "frame 2 is damaged: its digest does not match");
    EXPECT_EQ(damage.offset, whole.frames[2].offset);
    EXPECT_EQ(damage.size, size_of(whole, 2, bytes));
    EXPECT_EQ(reading.frames[2].number, 2U);
}

TEST_P(DamageTest, AFlippedPreambleBreaksTheChain) {
    std::string bytes = test::sample_capture();
    bytes[10] = 5;  // a newer minor version is taken as such
    const Damage damage = expect_damage_after(bytes, {}, 0);
    EXPECT_EQ(damage.what, "frame 0 does not follow what stands before it");
    EXPECT_EQ(damage.offset, kPreamble);
}

TEST_P(DamageTest, AFlippedHeaderFrameEndsTheReading) {
    std::string bytes = test::sample_capture();
    bytes[kPreamble + kFrameHeaderSize + 20] ^= 1;
    EXPECT_EQ(expect_damage_after(bytes, {}, 0).what,
              "frame 0 is damaged: its digest does not match");
}

TEST_P(DamageTest, ZerosAfterAFrame) {
    const std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    const std::size_t end = whole.frames[3].offset;
    const Damage damage =
        expect_damage_after(bytes.substr(0, end) + std::string(5000, '\0'), whole, 3);
    EXPECT_EQ(damage.what, "no frame starts here");
    EXPECT_EQ(damage.offset, end);
    EXPECT_EQ(damage.size, 5000U);
}

TEST_P(DamageTest, AFrameThatIsGone) {
    std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    bytes.erase(whole.frames[2].offset, size_of(whole, 2, bytes));
    const Damage damage = expect_damage_after(bytes, whole, 2);
    EXPECT_EQ(damage.what, "frame 3 stands where frame 2 belongs");
    EXPECT_EQ(damage.size, bytes.size() - whole.frames[2].offset);
}

TEST_P(DamageTest, AFrameThatIsThereTwice) {
    std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    const std::size_t size = size_of(whole, 2, bytes);
    bytes.insert(whole.frames[3].offset, bytes.substr(whole.frames[2].offset, size));
    EXPECT_EQ(expect_damage_after(bytes, whole, 3).what, "frame 2 stands where frame 3 belongs");
}

TEST_P(DamageTest, FramesThatChangedPlaces) {
    const std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    const std::string swapped = bytes.substr(0, whole.frames[2].offset) +
                                bytes.substr(whole.frames[3].offset, size_of(whole, 3, bytes)) +
                                bytes.substr(whole.frames[2].offset, size_of(whole, 2, bytes)) +
                                bytes.substr(whole.frames[4].offset);
    EXPECT_EQ(expect_damage_after(swapped, whole, 2).what, "frame 3 stands where frame 2 belongs");
}

TEST_P(DamageTest, AFrameOfAnotherCapture) {
    const std::string bytes = Forge().add_header().add_clock(1).add_clock(2).bytes();
    const std::string other = Forge().add_header().add_clock(7).add_clock(2).bytes();
    const auto whole = test::read_all(bytes);
    const std::size_t offset = whole.frames[2].offset;
    EXPECT_EQ(expect_damage_after(bytes.substr(0, offset) + other.substr(offset), whole, 2).what,
              "frame 2 does not follow what stands before it");
}

TEST_P(DamageTest, AWrongPreviousDigest) {
    const auto bytes =
        Forge()
            .add_header()
            .add_clock(1, [](FrameHeader& header, std::string&) { header.previous[31] ^= 1; })
            .bytes();
    EXPECT_EQ(expect_damage_after(bytes, test::read_all(Forge().add_header().bytes()), 1).what,
              "frame 1 does not follow what stands before it");
}

TEST_P(DamageTest, AWrongNumber) {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{2}, ~std::uint64_t{0}}) {
        const auto bytes =
            Forge()
                .add_header()
                .add_clock(1, [&](FrameHeader& header, std::string&) { header.number = number; })
                .bytes();
        EXPECT_EQ(expect_damage_after(bytes, test::read_all(Forge().add_header().bytes()), 1).what,
                  "frame " + std::to_string(number) + " stands where frame 1 belongs");
    }
}

TEST_P(DamageTest, NoHeaderFirst) {
    EXPECT_EQ(expect_damage_after(Forge().add_clock(1).bytes(), {}, 0).what,
              "the first frame is not a Header");
}

TEST_P(DamageTest, ASecondHeader) {
    const auto bytes = Forge().add_header().add_header().bytes();
    EXPECT_EQ(expect_damage_after(bytes, test::read_all(Forge().add_header().bytes()), 1).what,
              "a second Header");
}

TEST_P(DamageTest, BytesAfterTheEnd) {
    const std::string bytes = test::sample_capture();
    const auto whole = test::read_all(bytes);
    const Damage damage = expect_damage_after(bytes + "more", whole, 6);
    EXPECT_EQ(damage.what, "there are bytes after the End frame");
    EXPECT_EQ(damage.offset, bytes.size());
    EXPECT_EQ(damage.size, 4U);
    EXPECT_EQ(expect_damage_after(bytes + bytes, whole, 6).size, bytes.size());
}

TEST_P(DamageTest, AHeaderWithoutItsIds) {
    for (const auto& change : std::vector<void (*)(Header&)>{
             [](Header& header) { header.boot_id.clear(); },
             [](Header& header) { header.capture_id += 'x'; },
             [](Header& header) { header.previous_segment = "short"; },
         }) {
        Header header = test::sample_header();
        change(header);
        const auto bytes =
            Forge().add(FrameType::header, test::message(header)).add_clock(1).bytes();
        EXPECT_THAT(expect_damage_after(bytes, {}, 0).what, HasSubstr("frame 0 is damaged: its "));
    }
}

}  // namespace
}  // namespace httpprof::format
