#include "replay/emit/base64.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#ifdef __x86_64__
#include <tmmintrin.h>

#include "replay/emit/ssse3.h"
#endif

namespace httpprof::replay {
namespace {

constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Writes the four digits of three bytes.
char* put_group(std::uint32_t group, char* to) {
    for (const int shift : {18, 12, 6, 0})
        *to++ = kBase64Digits[group >> shift & 0x3F];
    return to;
}

std::uint32_t bits_at(std::string_view bytes, std::size_t index) {
    return static_cast<std::uint8_t>(bytes[index]);
}

#ifdef __x86_64__
constexpr std::size_t kBlockDigits = sizeof(__m128i);
constexpr std::size_t kBlockBytes = kBlockDigits / 4 * 3;

// The digits' numbers of twelve bytes, one a byte.
[[gnu::target("ssse3")]] inline __m128i split_block(__m128i bytes) {
    // Of the bytes a, b and c the words ab and bc: digits lie within them.
    const __m128i words =
        _mm_shuffle_epi8(bytes, _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
    // A shift by another number in every second word is a multiplication.
    const __m128i even = _mm_mulhi_epu16(_mm_and_si128(words, _mm_set1_epi32(0x0FC0'FC00)),
                                         _mm_set1_epi32(1 << (16 - 6 + 16) | 1 << (16 - 10)));
    const __m128i odd = _mm_mullo_epi16(_mm_and_si128(words, _mm_set1_epi32(0x003F'03F0)),
                                        _mm_set1_epi32(1 << (8 + 16) | 1 << 4));
    return _mm_or_si128(even, odd);
}

// The digits of these numbers.
[[gnu::target("ssse3")]] inline __m128i digits_of(__m128i numbers) {
    // How far a digit is from its number: in the table, small letters come first, then 0 to 9, "+",
    // "/", and capital letters.
    const __m128i distances =
        _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                      '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    const __m128i capital =
        _mm_and_si128(_mm_cmplt_epi8(numbers, _mm_set1_epi8(26)), _mm_set1_epi8(13));
    const __m128i place = _mm_or_si128(_mm_subs_epu8(numbers, _mm_set1_epi8(51)), capital);
    return _mm_add_epi8(numbers, _mm_shuffle_epi8(distances, place));
}

// Takes twelve bytes at a time, while there are as many as are loaded.
[[gnu::target("ssse3")]] char* put_blocks(std::string_view& bytes, char* to) {
    for (; bytes.size() >= kBlockDigits; bytes.remove_prefix(kBlockBytes), to += kBlockDigits) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data()));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), digits_of(split_block(block)));
    }
    return to;
}
#endif

}  // namespace

void append_base64(std::string& text, std::string_view bytes) {
    const std::size_t begin = text.size();
    text.resize(begin + (bytes.size() + 2) / 3 * 4, '=');
    char* to = text.data() + begin;
#ifdef __x86_64__
    if (kHasSsse3) to = put_blocks(bytes, to);
#endif
    for (; bytes.size() >= 3; bytes.remove_prefix(3))
        to = put_group(bits_at(bytes, 0) << 16 | bits_at(bytes, 1) << 8 | bits_at(bytes, 2), to);
    if (bytes.empty()) return;
    const bool two = bytes.size() == 2;
    to = put_group(bits_at(bytes, 0) << 16 | (two ? bits_at(bytes, 1) << 8 : 0), to);
    std::fill_n(two ? to - 1 : to - 2, two ? 1 : 2, '=');
}

}  // namespace httpprof::replay
