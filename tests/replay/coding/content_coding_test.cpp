#include "replay/coding/content_coding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/coding/decoding.h"
#include "tests/replay/coding/encoders.h"

namespace httpprof::test {
namespace {

using replay::applied_codings;
using testing::ElementsAre;
using testing::IsEmpty;
using Values = std::vector<std::string_view>;

TEST(AppliedCodings, AreTheElementsOfAllLinesInOrder) {
    EXPECT_THAT(applied_codings(Values{"gzip, br", "zstd"}, {}), ElementsAre("gzip", "br", "zstd"));
}

TEST(AppliedCodings, HaveNoWhiteSpaceAndNoEmptyElements) {
    EXPECT_THAT(applied_codings(Values{" ,\t gzip\t ,, ,br ", "", ","}, {}),
                ElementsAre("gzip", "br"));
}

TEST(AppliedCodings, OfTheTransferComeAfterThoseOfTheContent) {
    EXPECT_THAT(applied_codings(Values{"br"}, Values{"gzip", "deflate"}),
                ElementsAre("br", "gzip", "deflate"));
}

TEST(AppliedCodings, LeaveOutTheChunkedThatFramingUndoes) {
    EXPECT_THAT(applied_codings({}, Values{"Chunked"}), IsEmpty());
    EXPECT_THAT(applied_codings(Values{"br"}, Values{"gzip, CHUNKED"}), ElementsAre("br", "gzip"));
}

TEST(AppliedCodings, LeaveOutIdentity) {
    EXPECT_THAT(applied_codings(Values{"identity"}, Values{"Identity"}), IsEmpty());
    EXPECT_THAT(applied_codings(Values{"gzip, identity, br"}, Values{"identity, chunked"}),
                ElementsAre("gzip", "br"));
}

TEST(AppliedCodings, KeepAChunkedThatFramingDoesNotUndo) {
    EXPECT_THAT(applied_codings(Values{"chunked"}, {}), ElementsAre("chunked"));
    EXPECT_THAT(applied_codings({}, Values{"chunked, gzip"}), ElementsAre("chunked", "gzip"));
    EXPECT_THAT(applied_codings({}, Values{"chunked", "chunked"}), ElementsAre("chunked"));
    EXPECT_THAT(applied_codings({}, Values{"chunked, identity"}), ElementsAre("chunked"));
}

TEST(ContentCoding, ABodyWithoutCodingsIsItsContent) {
    expect_decoded(decode("as it is", {}), "as it is");
}

TEST(ContentCoding, UndoesEachCoding) {
    for (const auto& encoder : encoders()) {
        SCOPED_TRACE(encoder.name);
        for (const std::size_t size : Sizes{0, 1, 700, 65'535, 65'536, 65'537, 1'000'000}) {
            const auto content = some_text(size);
            expect_decoded(decode(encoder.encode(content), {encoder.coding}), content);
        }
    }
}

TEST(ContentCoding, UndoesEachPairInOrder) {
    const auto content = some_text(300'000);
    for (const auto& first : encoders()) {
        for (const auto& second : encoders()) {
            SCOPED_TRACE(first.name + ", " + second.name);
            const auto body = second.encode(first.encode(content));
            expect_decoded(decode(body, {first.coding, second.coding}), content);
            expect_decoded(decode(body, {first.coding, second.coding}), content);
        }
    }
}

TEST(ContentCoding, IsNamedInAnyCase) {
    expect_decoded(decode(gzip("text"), {"GZip"}), "text");
    expect_decoded(decode(gzip("text"), {"X-GZIP"}), "text");
    expect_decoded(decode(brotli("text"), {"BR"}), "text");
}

TEST(ContentCoding, AnEmptyBodyIsEmptyContent) {
    for (const auto& encoder : encoders()) {
        SCOPED_TRACE(encoder.name);
        expect_decoded(decode("", {encoder.coding}), "");
        expect_decoded(decode("", {encoder.coding, encoder.coding}), "");
    }
}

TEST(ContentCoding, GzipMayHaveAllOptionalFields) {
    const auto content = some_text(10'000);
    expect_decoded(decode(gzip_with_all_fields(content), {"gzip"}), content);
}

TEST(ContentCoding, GzipMayHaveSeveralMembers) {
    const auto first = some_text(100'000);
    const auto body = gzip(first) + gzip("") + gzip_with_all_fields("second") + gzip("third");
    expect_decoded(decode(body, {"gzip"}), first + "secondthird");
}

TEST(ContentCoding, ZstdMayHaveSeveralFramesAndSkippableOnes) {
    const auto first = some_text(200'000);
    const auto body = skippable_frame("a note") + zstd(first) + skippable_frame("") +
                      zstd_of_known_size("second") + zstd("") + skippable_frame(first);
    expect_decoded(decode(body, {"zstd"}), first + "second");
}

TEST(ContentCoding, ZstdNeedsNoChecksum) {
    expect_decoded(decode(zstd("text", {0, false}), {"zstd"}), "text");
}

TEST(ContentCoding, RawDeflateMayBeginAlmostLikeZlib) {
    // A stored block with bits set where they do not count: the method and window of zlib's header
    // without its check bits. Then an empty block, the last.
    using namespace std::string_view_literals;
    expect_decoded(decode("\x78\x05\x00\xfa\xffhello\x01\x00\x00\xff\xff"sv, {"deflate"}), "hello");
}

TEST(ContentCoding, BrotliMayLookBackAsFarAsItCan) {
    const auto content = some_text(20'000);
    expect_decoded(decode(brotli(content, 24), {"br"}), content);
    expect_decoded(decode(brotli(content, 10), {"br"}), content);
}

TEST(ContentCoding, AnUnknownOneGivesNothing) {
    for (const char* coding : {"compress", "aes128gcm", "chunked", "gzip;q=1", "gzi", "gzipp"}) {
        SCOPED_TRACE(coding);
        const auto body = decode(gzip("text"), {coding});
        EXPECT_EQ(body.outcome, DecodingOutcome::not_decodable);
        EXPECT_EQ(body.content, "");
    }
}

TEST(ContentCoding, WhatLiesBetweenAnUnknownOneAndAKnownOneIsNotContent) {
    for (const auto& codings : {Values{"compress", "gzip"}, Values{"gzip", "compress"}}) {
        const auto body = decode(gzip("text"), codings);
        EXPECT_EQ(body.outcome, DecodingOutcome::not_decodable);
        EXPECT_EQ(body.content, "");
    }
}

}  // namespace
}  // namespace httpprof::test
