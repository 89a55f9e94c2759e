#include "replay/coding/decoding_stage.h"

#include <utility>

#include <gtest/gtest.h>

#include "replay/coding/brotli_decoder.h"
#include "replay/coding/zlib_decoder.h"
#include "replay/coding/zstd_decoder.h"
#include "tests/replay/coding/decoding.h"
#include "tests/replay/coding/encoders.h"

namespace httpprof::test {
namespace {

using replay::DecodingStage;
using replay::MemberDecoder;

class Pieces : public replay::PieceSource {
  public:
    Pieces(std::string body, std::size_t size) : body_(std::move(body)), size_(size) {}

    std::string_view next() override {
        const auto piece = std::string_view(body_).substr(read_, size_);
        read_ += piece.size();
        return piece;
    }

  private:
    std::string body_;
    std::size_t size_;
    std::size_t read_ = 0;
};

std::unique_ptr<MemberDecoder> decoder_of(std::string_view coding) {
    if (coding == "gzip") return replay::make_gzip_decoder();
    if (coding == "deflate") return replay::make_deflate_decoder();
    if (coding == "br") return replay::make_brotli_decoder();
    return replay::make_zstd_decoder();
}

DecodedBody decode_pieces(const std::string& body, const std::string& coding, std::size_t size) {
    Pieces pieces(body, size);
    DecodingStage stage(pieces, decoder_of(coding), std::uint64_t{1} << 20U);
    DecodedBody decoded;
    for (auto piece = stage.next(); !piece.empty(); piece = stage.next())
        decoded.content += piece;
    decoded.outcome = stage.outcome();
    decoded.trailing_data = stage.has_trailing_data();
    return decoded;
}

void expect_same_in_pieces(const std::string& body, const std::string& coding) {
    const auto whole = decode_pieces(body, coding, body.size());
    for (const std::size_t size : Sizes{1, 2, 3, 5, 300}) {
        SCOPED_TRACE("pieces of " + std::to_string(size));
        const auto split = decode_pieces(body, coding, size);
        EXPECT_EQ(split.outcome, whole.outcome);
        EXPECT_EQ(split.trailing_data, whole.trailing_data);
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
    Pieces pieces(gzip("text") + "more", 1000);
    DecodingStage stage(pieces, replay::make_gzip_decoder(), 1000);
    EXPECT_EQ(stage.next(), "text");
    EXPECT_EQ(stage.next(), "");
    EXPECT_EQ(stage.next(), "");
    EXPECT_TRUE(stage.has_trailing_data());
}

}  // namespace
}  // namespace httpprof::test
