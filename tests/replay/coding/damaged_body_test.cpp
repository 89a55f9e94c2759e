#include <gtest/gtest.h>

#include "tests/replay/coding/decoding.h"
#include "tests/replay/coding/encoders.h"

namespace httpprof::test {
namespace {

std::string with_bit_flipped(std::string body, std::size_t bit) {
    body[bit / 8] = static_cast<char>(static_cast<unsigned char>(body[bit / 8]) ^ (1U << bit % 8));
    return body;
}

void expect_prefix(const DecodedBody& body, std::string_view content) {
    EXPECT_TRUE(content.starts_with(body.content));
}

TEST(DamagedBody, CutAnywhereIsTruncatedAndGivesAPrefix) {
    const auto content = some_text(600);
    for (const auto& encoder : encoders()) {
        const auto body = encoder.encode(content);
        for (std::size_t size = 1; size < body.size(); ++size) {
            SCOPED_TRACE(encoder.name + " cut at " + std::to_string(size));
            const auto decoded = decode(body.substr(0, size), {encoder.coding});
            EXPECT_EQ(decoded.outcome, DecodingOutcome::truncated);
            expect_prefix(decoded, content);
        }
    }
}

TEST(DamagedBody, CutGivesAllThatCameBefore) {
    const auto content = some_text(1'000'000);
    for (const auto& encoder : encoders()) {
        SCOPED_TRACE(encoder.name);
        const auto body = encoder.encode(content);
        const auto decoded = decode(body.substr(0, body.size() / 2), {encoder.coding});
        expect_prefix(decoded, content);
        constexpr std::size_t kZstdBlock = 128 * 1024;
        EXPECT_GT(decoded.content.size(), content.size() / 2 - kZstdBlock);
    }
}

TEST(DamagedBody, CutInTheChecksumGivesAllOfTheContent) {
    for (const auto& encoder : encoders()) {
        if (!encoder.has_checksum) continue;
        SCOPED_TRACE(encoder.name);
        auto body = encoder.encode("text");
        body.pop_back();
        const auto decoded = decode(body, {encoder.coding});
        EXPECT_EQ(decoded.outcome, DecodingOutcome::truncated);
        EXPECT_EQ(decoded.content, "text");
    }
}

TEST(DamagedBody, CutBetweenMembersIsWhole) {
    expect_decoded(decode(gzip("first"), {"gzip"}), "first");
    const auto cut = decode(gzip("first") + gzip("second").substr(0, 1), {"gzip"});
    EXPECT_EQ(cut.outcome, DecodingOutcome::truncated);
    EXPECT_EQ(cut.content, "first");
    const auto skippable = skippable_frame("a note");
    for (std::size_t size = 1; size < skippable.size(); ++size) {
        const auto body = decode(zstd("first") + skippable.substr(0, size), {"zstd"});
        EXPECT_EQ(body.outcome, DecodingOutcome::truncated) << size;
        EXPECT_EQ(body.content, "first");
    }
}

TEST(DamagedBody, CutAnywhereInTwoCodingsIsTruncated) {
    const auto content = some_text(600);
    for (const auto& first : encoders()) {
        for (const auto& second : encoders()) {
            const auto body = second.encode(first.encode(content));
            for (std::size_t size = 1; size < body.size(); size += 7) {
                SCOPED_TRACE(first.name + ", " + second.name + " cut at " + std::to_string(size));
                const auto cut = decode(body.substr(0, size), {first.coding, second.coding});
                EXPECT_EQ(cut.outcome, DecodingOutcome::truncated);
                expect_prefix(cut, content);
            }
        }
    }
}

TEST(DamagedBody, WithAChecksumIsNeverTakenForWholeWithOtherContent) {
    const auto content = some_text(600);
    for (const auto& encoder : encoders()) {
        if (!encoder.has_checksum) continue;
        const auto body = encoder.encode(content);
        std::size_t noticed = 0;
        for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
            SCOPED_TRACE(encoder.name + " bit " + std::to_string(bit));
            const auto decoded = decode(with_bit_flipped(body, bit), {encoder.coding});
            if (decoded.outcome == DecodingOutcome::decoded) {
                expect_content(decoded, content);
            } else {
                ++noticed;
            }
        }
        EXPECT_GT(noticed, body.size() * 7) << encoder.name;
    }
}

TEST(DamagedBody, WithoutAChecksumEndsEveryTime) {
    const auto content = some_text(600);
    for (const auto& encoder : encoders()) {
        if (encoder.has_checksum) continue;
        const auto body = encoder.encode(content);
        for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
            const auto decoded = decode(with_bit_flipped(body, bit), {encoder.coding});
            EXPECT_LE(decoded.content.size(), DecodingLimits().small_output);
        }
    }
}

TEST(DamagedBody, WithAWrongChecksumGivesItsContentButNotAsDecoded) {
    for (const auto& encoder : encoders()) {
        if (!encoder.has_checksum) continue;
        SCOPED_TRACE(encoder.name);
        // The checksum of gzip is followed by the size.
        const auto body = encoder.encode("text");
        for (const std::size_t byte : {std::size_t{1}, std::size_t{4}}) {
            const auto decoded =
                decode(with_bit_flipped(body, (body.size() - byte) * 8), {encoder.coding});
            EXPECT_EQ(decoded.outcome, DecodingOutcome::not_decodable);
            EXPECT_EQ(decoded.content, "text");
        }
    }
}

TEST(DamagedBody, GivesWhatCameBeforeTheDamage) {
    const auto content = some_text(1'000'000);
    const auto check = [&content](std::string body, const char* coding, std::size_t at_least) {
        SCOPED_TRACE(coding);
        const auto middle = body.size() / 2;
        body.replace(middle, 200, std::string(200, '\xff'));
        const auto decoded = decode(body, {coding});
        EXPECT_EQ(decoded.outcome, DecodingOutcome::not_decodable);
        EXPECT_GT(decoded.content.size(), at_least);
        EXPECT_TRUE(content.starts_with(decoded.content.substr(0, at_least)));
    };
    check(gzip(content), "gzip", 480'000);
    check(brotli(content), "br", 440'000);
    check(zstd(content), "zstd", 3 * 128 * 1024 - 1);
}

TEST(DamagedBody, OfTwoMembersGivesTheFirst) {
    auto second = gzip("second");
    second[2] = 7;  // no such method
    const auto decoded = decode(gzip("first") + second, {"gzip"});
    EXPECT_EQ(decoded.outcome, DecodingOutcome::not_decodable);
    EXPECT_EQ(decoded.content, "first");
}

TEST(DamagedBody, InAnotherCodingGivesNothing) {
    for (const char* coding : {"gzip", "zstd", "deflate"}) {
        SCOPED_TRACE(coding);
        const auto decoded = decode("<html>not compressed at all</html>", {coding});
        EXPECT_EQ(decoded.outcome, DecodingOutcome::not_decodable);
        EXPECT_EQ(decoded.content, "");
    }
    for (const auto& encoder : encoders()) {
        for (const auto& other : encoders()) {
            if (encoder.coding == other.coding) continue;
            SCOPED_TRACE(encoder.name + " as " + other.name);
            const auto decoded = decode(encoder.encode("text text text"), {other.coding});
            EXPECT_NE(decoded.outcome, DecodingOutcome::decoded);
        }
    }
}

TEST(DamagedBody, OfAnOldZstdFormatIsNotZstd) {
    for (const char version : {'\x22', '\x23', '\x24', '\x25', '\x26', '\x27'}) {
        auto body = zstd("text");
        body[0] = version;
        EXPECT_EQ(decode(body, {"zstd"}).outcome, DecodingOutcome::not_decodable);
    }
}

TEST(DamagedBody, NeedsADictionaryThatNobodyHas) {
    const std::string preset = "\x78\xbb\x01\x02\x03\x04";  // RFC 1950: FDICT and an identifier
    EXPECT_EQ(decode(preset + raw_deflate("text"), {"deflate"}).outcome,
              DecodingOutcome::not_decodable);
}

TEST(DamagedBody, OfBrotliWithALargeWindowIsNotBrotli) {
    const auto decoded = decode(brotli_with_large_window("text"), {"br"});
    EXPECT_EQ(decoded.outcome, DecodingOutcome::not_decodable);
    EXPECT_EQ(decoded.content, "");
}

TEST(TrailingData, IsToldAndIgnored) {
    for (const auto& encoder : encoders()) {
        const auto body = encoder.encode("text");
        for (const std::string& garbage : {std::string("\r\n"), std::string(1, '\0'),
                                           std::string("\x1f\x1f\x1f"), some_text(100'000)}) {
            SCOPED_TRACE(encoder.name + " and " + std::to_string(garbage.size()));
            const auto decoded = decode(body + garbage, {encoder.coding});
            EXPECT_EQ(decoded.outcome, DecodingOutcome::decoded);
            EXPECT_TRUE(decoded.trailing_data);
            EXPECT_EQ(decoded.trailing_begin, body.size());
            EXPECT_EQ(decoded.content, "text");
        }
    }
}

TEST(TrailingData, MayBeginLikeAMember) {
    for (const std::string_view garbage : {"\x28\xb5\x2f\xfe", "\x5a\x2a\x4d\x19", "\x5f\n"}) {
        const auto decoded = decode(zstd("text").append(garbage), {"zstd"});
        EXPECT_EQ(decoded.outcome, DecodingOutcome::decoded);
        EXPECT_TRUE(decoded.trailing_data);
        EXPECT_EQ(decoded.content, "text");
    }
}

TEST(TrailingData, IsASecondMemberOfACodingThatHasOne) {
    const auto decoded = decode(brotli("first") + brotli("second"), {"br"});
    EXPECT_EQ(decoded.outcome, DecodingOutcome::decoded);
    EXPECT_TRUE(decoded.trailing_data);
    EXPECT_EQ(decoded.content, "first");
}

TEST(TrailingData, BehindTheInnerCodingIsTold) {
    const auto body = gzip(brotli("text") + some_text(500'000));
    const auto decoded = decode(body, {"br", "gzip"});
    EXPECT_EQ(decoded.outcome, DecodingOutcome::decoded);
    EXPECT_TRUE(decoded.trailing_data);
    EXPECT_EQ(decoded.trailing_begin, 0U);
    EXPECT_EQ(decoded.content, "text");
}

TEST(TrailingData, DoesNotHideDamageOfTheOuterCoding) {
    auto body = gzip(brotli("text") + some_text(500'000));
    body.pop_back();
    EXPECT_EQ(decode(body, {"br", "gzip"}).outcome, DecodingOutcome::truncated);
    body += "\x7f";
    EXPECT_EQ(decode(body, {"br", "gzip"}).outcome, DecodingOutcome::not_decodable);
}

TEST(DamagedBody, InTheOuterChecksumIsNoticedBehindAWholeInnerCoding) {
    for (const auto& inner : encoders()) {
        SCOPED_TRACE(inner.name);
        auto body = gzip(inner.encode("text"));
        body = with_bit_flipped(body, (body.size() - 8) * 8);
        const auto decoded = decode(body, {inner.coding, "gzip"});
        EXPECT_EQ(decoded.outcome, DecodingOutcome::not_decodable);
        EXPECT_EQ(decoded.content, "text");
    }
}

}  // namespace
}  // namespace httpprof::test
