// Undoes a content coding of a body, whole and in pieces, and aborts when that differs or more
// comes out than the limit allows.
//
// The first byte of the input says the coding and the size of the pieces; the rest is the body.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "replay/coding/content_coding.h"
#include "tests/replay/coding/pieces.h"

namespace {

using httpprof::replay::DecodedBody;
using httpprof::replay::DecodingOutcome;

constexpr std::array<std::string_view, 4> kCodings = {"gzip", "deflate", "br", "zstd"};
constexpr std::uint64_t kLimit = 100'000;

// How much comes before damage depends on the pieces, and so whether that is more than the limit.
bool is_broken_off(const DecodedBody& body) {
    return body.outcome == DecodingOutcome::not_decodable ||
           body.outcome == DecodingOutcome::limit_reached;
}

void expect(bool is_right, const char* what) {
    if (is_right) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view coding = kCodings[data[0] % kCodings.size()];
    const std::size_t piece = 1 + data[0] / kCodings.size();
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const DecodedBody whole = httpprof::replay::decode_body(
        body, {&coding, 1}, {.output_size = kLimit, .small_output = kLimit});
    expect(whole.content.size() <= kLimit, "more than the limit");
    const DecodedBody pieces = httpprof::test::decode_pieces(body, coding, piece, kLimit);
    expect(is_broken_off(whole) == is_broken_off(pieces), "another end");
    if (is_broken_off(whole)) {
        const std::size_t common = std::min(whole.content.size(), pieces.content.size());
        expect(whole.content.compare(0, common, pieces.content, 0, common) == 0, "another start");
        return 0;
    }
    expect(whole.outcome == pieces.outcome, "another outcome");
    expect(whole.trailing_data == pieces.trailing_data, "other trailing data");
    expect(whole.trailing_begin == pieces.trailing_begin, "trailing data at another place");
    expect(whole.content == pieces.content, "another content");
    return 0;
}
