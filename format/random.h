// Random numbers that nobody can foretell.
#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>

#include <unistd.h>

namespace httpprof::format {

// At most 256 bytes, of the kernel (getrandom(2), Linux 3.17). Ends the program where it has none.
template <std::size_t size>
std::array<unsigned char, size> random_bytes() {
    std::array<unsigned char, size> bytes;
    if (::getentropy(bytes.data(), bytes.size()) != 0) std::abort();
    return bytes;
}

}  // namespace httpprof::format
