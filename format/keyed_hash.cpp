#include "format/keyed_hash.h"

#include <array>
#include <cstdint>

#include <sodium.h>

#include "format/random.h"

namespace httpprof::format {
namespace {

std::size_t keyed_hash(const std::array<std::uint64_t, 3>& key) {
    static const auto secret = random_bytes<crypto_shorthash_KEYBYTES>();
    std::size_t hash = 0;
    static_assert(sizeof(hash) == crypto_shorthash_BYTES);
    crypto_shorthash(reinterpret_cast<unsigned char*>(&hash),
                     reinterpret_cast<const unsigned char*>(key.data()), sizeof(key),
                     secret.data());
    return hash;
}

}  // namespace

std::size_t KeyedHash::operator()(const ProcessId& process) const {
    return keyed_hash({process.pid, process.start_ns, 0});
}

std::size_t KeyedHash::operator()(const SocketId& socket) const {
    return keyed_hash({socket.inode, socket.first_seen_ns, socket.netns});
}

}  // namespace httpprof::format
