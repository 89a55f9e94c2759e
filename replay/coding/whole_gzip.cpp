#include "replay/coding/whole_gzip.h"

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include <libdeflate.h>

#include "format/bytes.h"

namespace httpprof::replay {
namespace {

// RFC 1952, 2.3
constexpr std::size_t kHeaderSize = 10;
constexpr std::size_t kFlags = 3;
constexpr std::size_t kSizeSize = 4;  // the length of the content, modulo 2^32, ends the member
constexpr std::size_t kTrailerSize = 4 + kSizeSize;

// Deflate cannot do better: a length that promises more is wrong.
constexpr std::uint64_t kHighestRatio = 1032;

struct Deleter {
    void operator()(libdeflate_decompressor* decompressor) const {
        libdeflate_free_decompressor(decompressor);
    }
};
using Decompressor = std::unique_ptr<libdeflate_decompressor, Deleter>;

Decompressor make_decompressor() {
    Decompressor decompressor(libdeflate_alloc_decompressor());
    if (!decompressor) throw std::bad_alloc();
    return decompressor;
}

}  // namespace

std::optional<std::string> decode_whole_gzip(std::string_view body, std::uint64_t limit) {
    // A header with a checksum of its own would go unchecked.
    if (body.size() < kHeaderSize + kTrailerSize || body[kFlags] != 0) return std::nullopt;
    const auto size =
        format::load_little_endian<std::uint32_t>(body.data() + body.size() - kSizeSize);
    if (size > limit || size > body.size() * kHighestRatio) return std::nullopt;

    thread_local const Decompressor decompressor = make_decompressor();
    std::string content(size, '\0');
    std::size_t read = 0;
    std::size_t written = 0;
    const auto result =
        libdeflate_gzip_decompress_ex(decompressor.get(), body.data(), body.size(), content.data(),
                                      content.size(), &read, &written);
    const bool is_whole =
        result == LIBDEFLATE_SUCCESS && read == body.size() && written == content.size();
    return is_whole ? std::optional(std::move(content)) : std::nullopt;
}

}  // namespace httpprof::replay
