// Integers in the little-endian byte order of the capture file, on any machine.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

namespace httpprof::format {

// `from` must point at sizeof(T) readable bytes, aligned or not.
template <std::unsigned_integral T>
T load_little_endian(const void* from) {
    std::array<std::byte, sizeof(T)> bytes;
    std::memcpy(bytes.data(), from, sizeof(T));
    if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(bytes);
    return std::bit_cast<T>(bytes);
}

// `to` must point at sizeof(T) writable bytes, aligned or not.
template <std::unsigned_integral T>
void store_little_endian(void* to, T value) {
    auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
    if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(bytes);
    std::memcpy(to, bytes.data(), sizeof(T));
}

}  // namespace httpprof::format
