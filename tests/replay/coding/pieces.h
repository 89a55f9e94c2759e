// Decoding a body that comes in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "replay/coding/content_coding.h"
#include "replay/coding/decoding_stage.h"

namespace httpprof::test {

// Gives the body in pieces of this size, each in memory of its own, so that a sanitizer finds
// reading beyond it.
class Pieces : public replay::PieceSource {
  public:
    // `body` must outlive it.
    Pieces(std::string_view body, std::size_t size) : body_(body), size_(size) {}
    std::string_view next() override;

  private:
    std::string_view body_;
    const std::size_t size_;
    std::string piece_;
};

replay::DecodedBody decode_pieces(std::string_view body, std::string_view coding, std::size_t size,
                                  std::uint64_t limit = std::uint64_t{1} << 20U);

}  // namespace httpprof::test
