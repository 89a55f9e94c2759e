// Values as the bytes that they are in memory: for what only this process reads again.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace httpprof::replay {

template <typename T>
void append_value(std::string& bytes, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// From the front of `bytes`, which begin with one.
template <typename T>
void take_value(std::string_view& bytes, T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof value);
    bytes.remove_prefix(sizeof value);
}

template <typename T>
T take_value(std::string_view& bytes) {
    T value;
    take_value(bytes, value);
    return value;
}

}  // namespace httpprof::replay
