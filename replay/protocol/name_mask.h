// Which bytes of a block are not letters, digits or '-', of which nearly all field names are: the
// inner loop of reading them. Only where SSE2 is.
#pragma once

#ifdef __SSE2__
#include <cstddef>
#include <cstdint>

#include <emmintrin.h>

namespace httpprof::replay {

constexpr std::size_t kNameBlockSize = sizeof(__m128i);

inline __m128i is_in_range(__m128i bytes, char first, char last) {
    const __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    const __m128i most = _mm_set1_epi8(static_cast<char>(last - first));
    return _mm_cmpeq_epi8(_mm_min_epu8(offset, most), offset);
}

// One bit for each of the 16 bytes at `block`, the first in the lowest.
inline std::uint32_t other_than_name_mask(const char* block) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
    const __m128i lower_case = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    __m128i in_name = is_in_range(lower_case, 'a', 'z');
    in_name = _mm_or_si128(in_name, is_in_range(bytes, '0', '9'));
    in_name = _mm_or_si128(in_name, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(in_name)) ^ 0xffff;
}

}  // namespace httpprof::replay
#endif
