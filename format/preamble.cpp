#include "format/preamble.h"

#include <algorithm>
#include <limits>

#include "format/bytes.h"

namespace httpprof::format {
namespace {

// As in PNG: the high bit shows a 7-bit channel, CR LF a conversion of line ends, and 0x1A stops
// the type command of DOS.
constexpr std::array kMagic = {std::byte{0x89}, std::byte{'H'},  std::byte{'P'},  std::byte{'R'},
                               std::byte{'F'},  std::byte{'\r'}, std::byte{'\n'}, std::byte{0x1A}};
constexpr std::size_t kMajorOffset = 8;
constexpr std::size_t kMinorOffset = 10;
constexpr std::size_t kIncompatibleOffset = 12;

}  // namespace

std::array<std::byte, kPreambleSize> encode_preamble() {
    std::array<std::byte, kPreambleSize> bytes{};
    std::ranges::copy(kMagic, bytes.begin());
    store_little_endian(&bytes[kMajorOffset], kMajorVersion);
    store_little_endian(&bytes[kMinorOffset], kMinorVersion);
    return bytes;
}

bool starts_with_magic(std::span<const std::byte> bytes) {
    const auto magic = bytes.first(std::min(bytes.size(), kMagic.size()));
    return std::equal(magic.begin(), magic.end(), kMagic.begin());
}

Result<void> check_preamble(std::span<const std::byte> bytes, const std::string& name) {
    if (bytes.empty()) return Error{name + " is empty, not a capture"};
    if (!starts_with_magic(bytes)) return Error{name + " is not a capture of httpprof"};
    if (bytes.size() < kPreambleSize)
        return Error{name + " ends after " + std::to_string(bytes.size()) +
                     " bytes, before a capture has begun"};
    const auto major = load_little_endian<std::uint16_t>(&bytes[kMajorOffset]);
    if (major != kMajorVersion)
        return Error{name + " is a capture of format version " + std::to_string(major) +
                     "; this httpprof reads version " + std::to_string(kMajorVersion) +
                     ": use one that fits"};
    if (load_little_endian<std::uint32_t>(&bytes[kIncompatibleOffset]) != 0)
        return Error{name + " uses features that this httpprof does not know; use a newer one"};
    return {};
}

std::optional<std::uint16_t> minor_version_of(const Digest& preamble) {
    auto bytes = encode_preamble();
    for (std::uint32_t minor = 0; minor <= std::numeric_limits<std::uint16_t>::max(); ++minor) {
        store_little_endian(&bytes[kMinorOffset], static_cast<std::uint16_t>(minor));
        if (digest_of(bytes) == preamble) return static_cast<std::uint16_t>(minor);
    }
    return std::nullopt;
}

}  // namespace httpprof::format
