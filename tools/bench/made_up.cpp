#include "tools/bench/made_up.h"

#include <cstring>

namespace httpprof::bench {
namespace {

constexpr std::size_t kWords = 2000;

}  // namespace

MadeUp::MadeUp(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < kWords; ++i) {
        std::string word(draw(2, 10), ' ');
        for (char& letter : word)
            letter = "eeeetttaaooinnsshrrdlcumwfgypbvkjxqz"[draw(0, 35)];
        words_.push_back(std::move(word));
    }
}

std::size_t MadeUp::draw(std::size_t least, std::size_t most) {
    return least + random_() % (most - least + 1);
}

std::string MadeUp::hex(std::size_t digits) {
    std::string text(digits, '0');
    for (char& digit : text)
        digit = "0123456789abcdef"[draw(0, 15)];
    return text;
}

// Some words are far more frequent than others, as in any language.
void MadeUp::append_words(std::string& text, std::size_t size) {
    const std::size_t end = text.size() + size;
    while (text.size() < end) {
        text += words_[draw(0, draw(0, words_.size() - 1))];
        text += draw(0, 7) == 0 ? ", " : " ";
    }
}

std::string MadeUp::noise(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i + sizeof(std::uint64_t) <= size; i += sizeof(std::uint64_t)) {
        const std::uint64_t drawn = random_();
        std::memcpy(&bytes[i], &drawn, sizeof(drawn));
    }
    return bytes;
}

}  // namespace httpprof::bench
