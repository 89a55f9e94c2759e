// libsodium, ready for use.
#pragma once

#include <type_traits>

namespace httpprof::format {

// To be called before any other function of libsodium; it chooses the fastest implementations for
// this processor. Any number of times, from any thread.
void initialize_sodium();

// As it takes bytes.
template <typename Byte>
auto* unsigned_chars(Byte* bytes) {
    if constexpr (std::is_const_v<Byte>)
        return reinterpret_cast<const unsigned char*>(bytes);
    else
        return reinterpret_cast<unsigned char*>(bytes);
}

}  // namespace httpprof::format
