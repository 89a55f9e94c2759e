// Which bytes of a block are control characters: the inner loop of reading header sections.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace httpprof::replay {

constexpr std::size_t kBlockSize = 64;

// One bit for each of the 64 bytes at `block`, the first in the lowest: set for C0 controls but
// HTAB, and DEL.
inline std::uint64_t control_mask(const char* block) {
    std::uint64_t mask = 0;
#ifdef __SSE2__
    constexpr std::size_t kStep = sizeof(__m128i);
    const __m128i last_control = _mm_set1_epi8(0x1f);
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i rubout = _mm_set1_epi8(0x7f);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kBlockSize; i += kStep) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
        const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
        const __m128i control = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low),
                                             _mm_cmpeq_epi8(bytes, rubout));
        const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(control));
        mask |= static_cast<std::uint64_t>(bits) << i;
    }
#else
    for (std::size_t i = 0; i < kBlockSize; ++i) {
        const auto c = static_cast<unsigned char>(block[i]);
        const bool control = (c < 0x20 && c != '\t') || c == 0x7f;
        mask |= static_cast<std::uint64_t>(control) << i;
    }
#endif
    return mask;
}

}  // namespace httpprof::replay
