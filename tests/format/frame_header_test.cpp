#include "format/frame_header.h"

#include <gtest/gtest.h>

#include "format/bytes.h"
#include "format/crc32c.h"

namespace httpprof::format {
namespace {

FrameHeader sample() {
    FrameHeader header{.type = 0x02,
                       .codec = kCodecZstd,
                       .flags = 0x0403,
                       .stored_size = 0x08070605,
                       .raw_size = 0x0C0B0A09,
                       .number = 0x1716151413121110,
                       .record_count = 0x1B1A1918,
                       .tag = 0x1F1E1D1C,
                       .first_time_ns = 0x2726252423222120,
                       .last_time_ns = 0x2F2E2D2C2B2A2928,
                       .previous = {}};
    for (std::size_t i = 0; i < header.previous.size(); ++i)
        header.previous[i] = static_cast<std::uint8_t>(0x30 + i);
    return header;
}

TEST(FrameHeader, HasTheLayoutOfTheSpec) {
    const auto bytes = encode_frame_header(sample());
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_EQ(text.substr(0, 28), std::string_view("\xF5HP\xC1\x02\x01\x03\x04\x05\x06\x07\x08"
                                                   "\x09\x0A\x0B\x0C\x10\x11\x12\x13\x14\x15\x16"
                                                   "\x17\x18\x19\x1A\x1B",
                                                   28));
    EXPECT_EQ(text.substr(28, 4), "\x1C\x1D\x1E\x1F");
    EXPECT_EQ(text.substr(32, 8), "\x20\x21\x22\x23\x24\x25\x26\x27");
    EXPECT_EQ(text.substr(40, 8), "\x28\x29\x2A\x2B\x2C\x2D\x2E\x2F");
    EXPECT_EQ(text.substr(48, 32), "0123456789:;<=>?@ABCDEFGHIJKLMNO");
    EXPECT_EQ(text.substr(80, 4), std::string_view("\0\0\0\0", 4));
    EXPECT_EQ(load_little_endian<std::uint32_t>(&bytes[84]), crc32c(std::span(bytes).first(84)));
}

TEST(FrameHeader, ReadsBackAsItWas) {
    const auto decoded = decode_frame_header(encode_frame_header(sample()));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(encode_frame_header(*decoded), encode_frame_header(sample()));
    EXPECT_EQ(decoded->number, sample().number);
    EXPECT_EQ(decoded->tag, sample().tag);
    EXPECT_EQ(decoded->previous, sample().previous);
}

TEST(FrameHeader, WithAnyBitFlippedIsRefused) {
    const auto bytes = encode_frame_header(sample());
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        auto flipped = bytes;
        flipped[bit / 8] ^= std::byte{1} << (bit % 8);
        EXPECT_FALSE(decode_frame_header(flipped).ok()) << "bit " << bit;
    }
}

TEST(FindSyncWord, FindsTheFirst) {
    const auto find = [](std::string_view text) {
        return find_sync_word(std::as_bytes(std::span(text)));
    };
    EXPECT_EQ(find(""), 0U);
    EXPECT_EQ(find("\xF5HP"), 3U);
    EXPECT_EQ(find("\xF5HP\xC1"), 0U);
    EXPECT_EQ(find("\xF5\xF5HP\xF5HP\xC1 \xF5HP\xC1"), 4U);
    EXPECT_EQ(find("nothing here"), 12U);
}

}  // namespace
}  // namespace httpprof::format
