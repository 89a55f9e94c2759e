#include "replay/emit/json_string.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace httpprof::replay {
namespace {

constexpr std::size_t kPiece = 2048;
constexpr std::size_t kLongestEscape = 6;
constexpr std::size_t kBlock = 16;
using Escaped = std::array<char, kPiece * kLongestEscape + kBlock>;

// The letter behind the backslash, 'u' for a code, 0 for a character that stands for itself.
constexpr std::array<char, 256> make_escapes() {
    std::array<char, 256> escapes{};
    for (std::size_t c = 0; c < 0x20; ++c)
        escapes[c] = 'u';
    escapes['\b'] = 'b';
    escapes['\t'] = 't';
    escapes['\n'] = 'n';
    escapes['\f'] = 'f';
    escapes['\r'] = 'r';
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    return escapes;
}
constexpr std::array<char, 256> kEscapes = make_escapes();

inline char* put_character(char c, char* to) {
    const char escape = kEscapes[static_cast<unsigned char>(c)];
    if (escape == 0) {
        *to++ = c;
        return to;
    }
    *to++ = '\\';
    *to++ = escape;
    if (escape == 'u') {
        to = std::copy_n("00", 2, to);
        *to++ = static_cast<char>('0' + (c >> 4));
        *to++ = "0123456789abcdef"[c & 15];
    }
    return to;
}

#ifdef __SSE2__
// Copies the block and returns a bit for each of its bytes that has to be escaped.
std::uint32_t copy_block(const char* from, char* to) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i special = _mm_or_si128(low, _mm_or_si128(quote, backslash));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(special));
}
#endif

// `to` has room for the longest escapes and a block. Returns the end of what was written.
char* escape(std::string_view piece, char* to) {
#ifdef __SSE2__
    while (piece.size() >= kBlock) {
        const auto special = copy_block(piece.data(), to);
        const auto plain =
            special == 0 ? kBlock : static_cast<std::size_t>(std::countr_zero(special));
        to += plain;
        piece.remove_prefix(plain);
        if (special == 0) continue;
        to = put_character(piece[0], to);
        piece.remove_prefix(1);
    }
#endif
    for (const char c : piece)
        to = put_character(c, to);
    return to;
}

}  // namespace

void append_json_characters(std::string& text, std::string_view utf8) {
    Escaped escaped;
    while (!utf8.empty()) {
        const auto piece = utf8.substr(0, kPiece);
        text.append(escaped.data(), escape(piece, escaped.data()));
        utf8.remove_prefix(piece.size());
    }
}

void append_json_string(std::string& text, std::string_view utf8) {
    text += '"';
    append_json_characters(text, utf8);
    text += '"';
}

}  // namespace httpprof::replay
