#include "tests/format/cut_capture.h"

#include <span>

#include "format/digest.h"
#include "format/preamble.h"

namespace httpprof::test {
namespace {

format::FrameHeader header_of(const std::string& frame) {
    return format::decode_frame_header(
               std::as_bytes(std::span(frame)).first<format::kFrameHeaderSize>())
        .value();
}

}  // namespace

std::size_t CutCapture::offset(std::size_t frame) const {
    std::size_t offset = preamble.size();
    for (std::size_t i = 0; i < frame; ++i)
        offset += frames[i].size();
    return offset;
}

std::string CutCapture::joined() const {
    std::string bytes = preamble;
    for (const std::string& frame : frames)
        bytes += frame;
    return bytes;
}

CutCapture cut(const std::string& capture) {
    CutCapture parts{.preamble = capture.substr(0, format::kPreambleSize), .frames = {}};
    for (std::size_t at = format::kPreambleSize; at < capture.size();) {
        const std::size_t stored = header_of(capture.substr(at)).stored_size;
        const std::size_t size = format::frame_size(stored);
        parts.frames.push_back(capture.substr(at, size));
        at += size;
    }
    return parts;
}

std::string with_header(const std::string& frame,
                        const std::function<void(format::FrameHeader&)>& change) {
    format::FrameHeader header = header_of(frame);
    change(header);
    const auto bytes = format::encode_frame_header(header);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) +
           frame.substr(bytes.size());
}

std::string with_digest(const std::string& frame) {
    const std::string content = frame.substr(0, frame.size() - format::kDigestSize);
    const auto digest = format::digest_of(std::as_bytes(std::span(content)));
    return content + std::string(digest.begin(), digest.end());
}

std::string flipped(std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    return bytes;
}

}  // namespace httpprof::test
