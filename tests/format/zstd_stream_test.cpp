#include "format/zstd_stream.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "format/compression.h"

namespace httpprof::format {
namespace {

using State = ZstdStream::State;

constexpr int kWindowLog = 23;

std::string compressed(std::string_view content) {
    std::string frame(Compressor::bound(content.size()), '\0');
    const auto size = Compressor(1).compress(std::as_bytes(std::span(content)),
                                             std::as_writable_bytes(std::span(frame)));
    frame.resize(size.value());
    return frame;
}

// Digits of no pattern that fill several blocks.
std::string long_content() {
    std::string content;
    for (std::uint32_t i = 0; content.size() < 300'000; ++i)
        content += std::to_string(i * i);
    return content;
}

struct Decoded {
    std::string content;
    std::size_t read = 0;
    State state = State::inside;
};

// Gives the stream at most `piece` bytes and as much room at a time, until a frame ends.
Decoded decode_frame(ZstdStream& stream, std::string_view from, std::size_t piece) {
    Decoded decoded;
    std::string room(piece, '\0');
    std::size_t written = 0;
    do {
        const auto step = stream.decode(std::as_bytes(std::span(from.substr(decoded.read, piece))),
                                        std::as_writable_bytes(std::span(room)));
        decoded.read += step.read;
        decoded.content.append(room, 0, step.written);
        decoded.state = step.state;
        written = step.written;
    } while (decoded.state == State::inside && (decoded.read < from.size() || written == piece));
    return decoded;
}

TEST(ZstdStream, DecodesAFrameInPiecesOfAnySize) {
    const auto content = long_content();
    const auto frame = compressed(content);
    for (const int piece : {1, 2, 3, 100, 100'000, 1'000'000}) {
        SCOPED_TRACE(piece);
        ZstdStream stream(kWindowLog);
        const auto decoded = decode_frame(stream, frame, static_cast<std::size_t>(piece));
        EXPECT_EQ(decoded.state, State::ended);
        EXPECT_EQ(decoded.read, frame.size());
        EXPECT_TRUE(decoded.content == content);
    }
}

TEST(ZstdStream, EndsBetweenFrames) {
    const auto first = compressed("first");
    const auto frames = first + compressed("second");
    ZstdStream stream(kWindowLog);
    auto decoded = decode_frame(stream, frames, 1000);
    EXPECT_EQ(decoded.content, "first");
    EXPECT_EQ(decoded.read, first.size());
    decoded = decode_frame(stream, std::string_view(frames).substr(first.size()), 1000);
    EXPECT_EQ(decoded.state, State::ended);
    EXPECT_EQ(decoded.content, "second");
}

TEST(ZstdStream, IsInsideAFrameThatIsCut) {
    const auto frame = compressed("some content");
    ZstdStream stream(kWindowLog);
    EXPECT_EQ(decode_frame(stream, frame.substr(0, frame.size() - 1), 1000).state, State::inside);
}

TEST(ZstdStream, GivesTheBlocksBeforeDamage) {
    const auto content = long_content();
    const auto frame = compressed(content);
    ZstdStream stream(kWindowLog);
    const auto damaged = frame.substr(0, frame.size() / 2) + std::string(frame.size() / 2, '\xff');
    const auto decoded = decode_frame(stream, damaged, 1'000'000);
    EXPECT_EQ(decoded.state, State::damaged);
    EXPECT_EQ(decoded.content.size(), std::size_t{128} * 1024);
    EXPECT_TRUE(content.starts_with(decoded.content));
}

TEST(ZstdStream, RefusesAWindowAboveItsLimit) {
    const auto content = long_content();  // its frame is one segment of just this size
    const auto frame = compressed(content);
    ZstdStream large(19);
    EXPECT_EQ(decode_frame(large, frame, 1'000'000).state, State::ended);
    ZstdStream small(18);
    const auto decoded = decode_frame(small, frame, 1'000'000);
    EXPECT_EQ(decoded.state, State::window_too_large);
    EXPECT_EQ(decoded.content, "");
}

}  // namespace
}  // namespace httpprof::format
