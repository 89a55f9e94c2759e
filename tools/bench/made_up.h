// Text and bytes that are made up, but with what makes real ones easy or hard to compress.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace httpprof::bench {

class MadeUp {
  public:
    explicit MadeUp(std::uint64_t seed);

    std::size_t draw(std::size_t least, std::size_t most);
    std::string hex(std::size_t digits);
    // At least `size` bytes of words.
    void append_words(std::string& text, std::size_t size);
    // `size` bytes without any order; less than eight at the end are 0.
    std::string noise(std::size_t size);

  private:
    std::mt19937_64 random_;  // the same on every machine, as distributions are not
    std::vector<std::string> words_;
};

}  // namespace httpprof::bench
