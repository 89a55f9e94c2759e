// A capture as its parts, for tests that take some away or put them elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "format/frame_header.h"

namespace httpprof::test {

struct CutCapture {
    std::string preamble;
    std::vector<std::string> frames;

    std::size_t offset(std::size_t frame) const;  // in joined()
    std::string joined() const;
};

// `capture` is intact.
CutCapture cut(const std::string& capture);

// The frame with another header, whose checksum is right; its digest stays.
std::string with_header(const std::string& frame,
                        const std::function<void(format::FrameHeader&)>& change);

// The frame with the digest that belongs to it.
std::string with_digest(const std::string& frame);

// With one bit changed.
std::string flipped(std::string bytes, std::size_t at);

}  // namespace httpprof::test
