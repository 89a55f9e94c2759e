// Which bytes of a block are not token characters (RFC 9110, 5.6.2): the inner loop of reading
// field names. Only where SSE2 is.
#pragma once

#ifdef __SSE2__
#include <cstddef>
#include <cstdint>

#include <emmintrin.h>

namespace httpprof::replay {

constexpr std::size_t kTokenBlockSize = sizeof(__m128i);

inline __m128i is_in_range(__m128i bytes, char first, char last) {
    const __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    const __m128i most = _mm_set1_epi8(static_cast<char>(last - first));
    return _mm_cmpeq_epi8(_mm_min_epu8(offset, most), offset);
}

// One bit for each of the 16 bytes at `block`, the first in the lowest.
inline std::uint32_t other_than_token_mask(const char* block) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
    const auto is = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    __m128i other = is_in_range(bytes, '\x7F', '\xFF');
    other = _mm_or_si128(other, is_in_range(bytes, '\0', ' '));
    other = _mm_or_si128(other, is_in_range(bytes, ':', '@'));
    other = _mm_or_si128(other, is_in_range(bytes, '[', ']'));
    other = _mm_or_si128(other, is_in_range(bytes, '(', ')'));
    other = _mm_or_si128(other, _mm_or_si128(is('"'), is(',')));
    other = _mm_or_si128(other, _mm_or_si128(is('/'), _mm_or_si128(is('{'), is('}'))));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(other));
}

}  // namespace httpprof::replay
#endif
