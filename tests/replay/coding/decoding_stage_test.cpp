#include "replay/coding/decoding_stage.h"

#include <string>

#include <gtest/gtest.h>

#include "replay/coding/zlib_decoder.h"
#include "tests/replay/coding/decoding.h"
#include "tests/replay/coding/encoders.h"
#include "tests/replay/coding/pieces.h"

namespace httpprof::test {
namespace {

using replay::DecodingStage;

void expect_same_in_pieces(const std::string& body, const std::string& coding) {
    const auto whole = decode_pieces(body, coding, body.size());
    for (const std::size_t size : Sizes{1, 2, 3, 5, 300}) {
        SCOPED_TRACE("pieces of " + std::to_string(size));
        const auto split = decode_pieces(body, coding, size);
        EXPECT_EQ(split.outcome, whole.outcome);
        EXPECT_EQ(split.trailing_data, whole.trailing_data);
        EXPECT_EQ(split.trailing_begin, whole.trailing_begin);
        expect_content(split, whole.content);
    }
}

TEST(DecodingStage, DoesNotDependOnThePieces) {
    for (const auto& encoder : encoders()) {
        SCOPED_TRACE(encoder.name);
        const auto body = encoder.encode(some_text(200'000));
        expect_same_in_pieces(body, encoder.coding);
        expect_same_in_pieces(body + body, encoder.coding);
        expect_same_in_pieces(body + "\x1f\x1f", encoder.coding);
        expect_same_in_pieces(body.substr(0, body.size() - 1), encoder.coding);
        expect_same_in_pieces(body.substr(0, body.size() / 2), encoder.coding);
        expect_same_in_pieces("\x28\x1f\x5a", encoder.coding);
    }
}

TEST(DecodingStage, FindsTheSameDamageInPieces) {
    for (const auto& encoder : encoders()) {
        if (encoder.coding == "br") continue;  // how much comes before it depends on the pieces
        auto body = encoder.encode(some_text(2'000));
        for (std::size_t byte = 0; byte < body.size(); byte += 3) {
            SCOPED_TRACE(encoder.name + " at " + std::to_string(byte));
            body[byte] = static_cast<char>(~body[byte]);
            expect_same_in_pieces(body, encoder.coding);
            body[byte] = static_cast<char>(~body[byte]);
        }
    }
}

TEST(DecodingStage, StaysAtItsEnd) {
    const std::string body = gzip("text") + "more";
    Pieces pieces(body, 1000);
    DecodingStage stage(pieces, replay::make_gzip_decoder(), 1000);
    EXPECT_EQ(stage.next(), "text");
    EXPECT_EQ(stage.next(), "");
    EXPECT_EQ(stage.next(), "");
    EXPECT_EQ(stage.trailing_size(), 4U);
}

}  // namespace
}  // namespace httpprof::test
