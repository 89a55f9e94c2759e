#include "tests/replay/coding/pieces.h"

#include <memory>

#include "replay/coding/brotli_decoder.h"
#include "replay/coding/zlib_decoder.h"
#include "replay/coding/zstd_decoder.h"

namespace httpprof::test {
namespace {

std::unique_ptr<replay::MemberDecoder> decoder_of(std::string_view coding) {
    if (coding == "gzip") return replay::make_gzip_decoder();
    if (coding == "deflate") return replay::make_deflate_decoder();
    if (coding == "br") return replay::make_brotli_decoder();
    return replay::make_zstd_decoder();
}

}  // namespace

std::string_view Pieces::next() {
    std::string(body_.substr(0, size_)).swap(piece_);
    piece_.shrink_to_fit();
    body_.remove_prefix(piece_.size());
    return piece_;
}

replay::DecodedBody decode_pieces(std::string_view body, std::string_view coding, std::size_t size,
                                  std::uint64_t limit) {
    Pieces pieces(body, size);
    replay::DecodingStage stage(pieces, decoder_of(coding), limit);
    replay::DecodedBody decoded;
    for (auto piece = stage.next(); !piece.empty(); piece = stage.next())
        decoded.content += piece;
    decoded.outcome = stage.outcome();
    decoded.trailing_data = stage.trailing_size() > 0;
    if (decoded.trailing_data) {
        decoded.trailing_begin = body.size() - static_cast<std::size_t>(stage.trailing_size());
    }
    return decoded;
}

}  // namespace httpprof::test
