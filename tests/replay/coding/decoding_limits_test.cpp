#include <gtest/gtest.h>

#include "tests/replay/coding/decoding.h"
#include "tests/replay/coding/encoders.h"

namespace httpprof::test {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;

void expect_limited(const DecodedBody& body, std::string_view content) {
    EXPECT_EQ(body.outcome, DecodingOutcome::limit_reached);
    expect_content(body, content);
}

DecodingLimits output_of(std::uint64_t size) {
    DecodingLimits limits;
    limits.output_size = size;
    return limits;
}

TEST(DecodingLimits, KeepAsMuchOfTheContentAsTheyAllow) {
    const auto content = some_text(200'000);
    for (const auto& encoder : encoders()) {
        SCOPED_TRACE(encoder.name);
        const auto body = encoder.encode(content);
        expect_decoded(decode(body, {encoder.coding}, output_of(200'000)), content);
        for (const std::size_t limit : Sizes{199'999, 65'536, 1, 0}) {
            const auto decoded = decode(body, {encoder.coding}, output_of(limit));
            expect_limited(decoded, content.substr(0, limit));
        }
    }
}

TEST(DecodingLimits, AllowAnyBodyWithoutCodings) {
    expect_decoded(decode("text", {}, output_of(1)), "text");
}

TEST(DecodingLimits, StopAt64MiBUnlessToldOtherwise) {
    const std::string zeros(64 * kMiB + 1, '\0');
    const auto stored = [&zeros](std::size_t size) { return gzip({zeros.data(), size}, 0); };
    expect_decoded(decode(stored(64 * kMiB), {"gzip"}), {zeros.data(), 64 * kMiB});
    expect_limited(decode(stored(64 * kMiB + 1), {"gzip"}), {zeros.data(), 64 * kMiB});
}

TEST(DecodingLimits, StopABombAtItsRatio) {
    const std::string zeros(16 * kMiB, '\0');
    DecodingLimits limits;
    limits.ratio = 100;
    for (const auto& encoder : encoders()) {
        SCOPED_TRACE(encoder.name);
        const auto bomb = encoder.encode(zeros);
        const auto allowed = std::max<std::size_t>(bomb.size() * 100, kMiB);
        ASSERT_LT(allowed, zeros.size());
        expect_limited(decode(bomb, {encoder.coding}, limits), {zeros.data(), allowed});
    }
}

TEST(DecodingLimits, AllowAnyRatioOfASmallOutput) {
    const std::string zeros(kMiB, '\0');
    expect_decoded(decode(zstd(zeros), {"zstd"}), zeros);
    expect_limited(decode(zstd(zeros + '\0'), {"zstd"}), zeros);
}

TEST(DecodingLimits, StopABombInABomb) {
    const std::string zeros(64 * kMiB, '\0');
    const auto bomb = gzip(gzip(zeros));
    expect_limited(decode(bomb, {"gzip", "gzip"}), {zeros.data(), kMiB});
}

TEST(DecodingLimits, HoldBetweenCodingsToo) {
    // 32 MiB that decode to nothing.
    const auto body = zstd(skippable_frame(std::string(32 * kMiB, '\0')));
    expect_limited(decode(body, {"zstd", "zstd"}), "");
    // And that are no part of the inner coding.
    const auto padded = zstd(brotli("text") + std::string(32 * kMiB, '\0'));
    expect_limited(decode(padded, {"br", "zstd"}), "text");
}

TEST(DecodingLimits, RefuseAZstdWindowOfMoreThan8MiB) {
    const auto content = some_text(1000);
    expect_decoded(decode(zstd(content, {23, true}), {"zstd"}), content);
    expect_limited(decode(zstd(content, {24, true}), {"zstd"}), "");
    expect_limited(decode(zstd("first") + zstd(content, {27, true}), {"zstd"}), "first");
}

TEST(DecodingLimits, RefuseMoreThanFiveCodingsInARow) {
    const auto five = gzip(gzip(gzip(gzip(gzip("text")))));
    expect_decoded(decode(five, {"gzip", "gzip", "gzip", "gzip", "gzip"}), "text");
    expect_limited(decode(gzip(five), {"gzip", "gzip", "gzip", "gzip", "gzip", "gzip"}), "");
}

}  // namespace
}  // namespace httpprof::test
