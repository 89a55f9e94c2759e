// Where control characters may be in a block of bytes: the inner loop of reading header sections.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace httpprof::replay {

constexpr std::size_t kBlockSize = 64;

// C0 controls but HTAB, and DEL.
inline bool is_control(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

// One bit for each of the 64 bytes at `block`, the first in the lowest: set for all controls. It
// may be set for HTAB, bytes of 0x80 and more, and SP or '~' behind a control, which are rare, and
// take longer to tell apart here than where they are. Letters are never taken for any.
inline std::uint64_t control_mask(const char* block) {
    std::uint64_t mask = 0;
#ifdef __SSE2__
    constexpr std::size_t kStep = sizeof(__m128i);
    // As signed bytes with 1 added, all that is printed is above SP, and DEL is the least.
    const __m128i one = _mm_set1_epi8(1);
    const __m128i space = _mm_set1_epi8(' ');
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kBlockSize; i += kStep) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
        const __m128i printable = _mm_cmpgt_epi8(_mm_add_epi8(bytes, one), space);
        const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(printable));
        mask |= static_cast<std::uint64_t>(bits) << i;
    }
    mask = ~mask;
#else
    // Eight bytes at a time: the highest bit of each tells, and the product gathers these.
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighest = kOnes * 0x80;
    for (std::size_t i = 0; i < kBlockSize; i += sizeof(std::uint64_t)) {
        std::uint64_t bytes = 0;
        for (std::size_t byte = 0; byte < sizeof bytes; ++byte)
            bytes |= std::uint64_t{static_cast<unsigned char>(block[i + byte])} << (8 * byte);
        const std::uint64_t below_space = (bytes - kOnes * ' ') & ~bytes;
        const std::uint64_t not_rubout = bytes ^ (kOnes * 0x7f);
        const std::uint64_t rubout = (not_rubout - kOnes) & ~not_rubout;
        const std::uint64_t found = ((below_space | rubout) & kHighest) >> 7;
        mask |= ((found * 0x0102040810204080) >> 56) << i;
    }
#endif
    return mask;
}

}  // namespace httpprof::replay
