#include "replay/emit/json_string.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#ifdef __x86_64__
#include <tmmintrin.h>

#include "replay/emit/ssse3.h"
#endif

namespace httpprof::replay {
namespace {

constexpr std::size_t kPiece = 2048;
constexpr std::size_t kLong = 4 * 1024 * 1024;
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

#ifdef __x86_64__
// For each set of eight characters that are to be escaped, a bit each: where the bytes of what is
// written come from. Those are the characters themselves (0 to 7), and from 8 on backslashes.
struct Expansion {
    std::array<std::array<std::uint8_t, kBlock>, 256> from{};
    std::array<std::uint8_t, 256> size{};
};
constexpr Expansion make_expansion() {
    Expansion expansion;
    for (std::size_t escaped = 0; escaped < 256; ++escaped) {
        std::uint8_t size = 0;
        for (std::uint8_t i = 0; i < 8; ++i) {
            if ((escaped >> i & 1) != 0) expansion.from[escaped][size++] = 8;
            expansion.from[escaped][size++] = i;
        }
        expansion.size[escaped] = size;
    }
    return expansion;
}
constexpr Expansion kExpansion = make_expansion();

// `both` are eight characters, of those to be escaped what stands behind the backslash, and eight
// backslashes.
[[gnu::target("ssse3")]] inline char* put_expanded(__m128i both, std::uint32_t escaped, char* to) {
    const auto from =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(kExpansion.from[escaped].data()));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_shuffle_epi8(both, from));
    return to + kExpansion.size[escaped];
}

// Writes a block of characters, unless there is one among them that has to be a code.
[[gnu::target("ssse3")]] inline char* put_block(const char* from, char* to) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    const __m128i backslashes = _mm_set1_epi8('\\');
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    const __m128i printed =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, backslashes));
    const auto escaped = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(low, printed)));
    if (escaped == 0) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
        return to + kBlock;
    }
    // The letters of characters below 16; from there on the sum has its highest bit set, for which
    // a shuffle gives 0.
    const __m128i letters =
        _mm_shuffle_epi8(_mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 'b', 't', 'n', 0, 'f', 'r', 0, 0),
                         _mm_adds_epu8(bytes, _mm_set1_epi8(0x70)));
    const __m128i codes = _mm_and_si128(low, _mm_cmpeq_epi8(letters, _mm_setzero_si128()));
    if (_mm_movemask_epi8(codes) != 0) return nullptr;
    const __m128i behind = _mm_or_si128(letters, _mm_andnot_si128(low, bytes));
    to = put_expanded(_mm_unpacklo_epi64(behind, backslashes), escaped & 0xFF, to);
    return put_expanded(_mm_unpackhi_epi64(behind, backslashes), escaped >> 8, to);
}

// As escape().
[[gnu::target("ssse3")]] char* escape_blocks(std::string_view& piece, char* to) {
    for (; piece.size() >= kBlock; piece.remove_prefix(kBlock)) {
        char* const end = put_block(piece.data(), to);
        if (end == nullptr) {
            for (const char c : piece.substr(0, kBlock))
                to = put_character(c, to);
        } else {
            to = end;
        }
    }
    return to;
}
#endif

// `to` has room for the longest escapes and a block. Returns the end of what was written.
char* escape(std::string_view piece, char* to) {
#ifdef __x86_64__
    if (kHasSsse3) to = escape_blocks(piece, to);
#endif
    for (const char c : piece)
        to = put_character(c, to);
    return to;
}

// A long text grows once, for what follows it too, where doubling would take three times its
// memory.
void make_room(std::string& text, std::string_view utf8) {
    std::size_t size = text.size() + utf8.size();
    for (const char c : utf8) {
        const char escape = kEscapes[static_cast<unsigned char>(c)];
        size += escape == 0 ? 0 : escape == 'u' ? kLongestEscape - 1 : 1;
    }
    text.reserve(size + kLong);
}

}  // namespace

void append_json_characters(std::string& text, std::string_view utf8) {
    if (utf8.size() > kLong) make_room(text, utf8);
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
