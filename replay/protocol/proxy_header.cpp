#include "replay/protocol/proxy_header.h"

#include <algorithm>
#include <array>

namespace httpprof::replay {
namespace {

using namespace std::literals;

constexpr std::array kTextStarts = {"PROXY TCP4 "sv, "PROXY TCP6 "sv, "PROXY UNKNOWN"sv};
constexpr std::size_t kLongestText = 107;  // with the line end

constexpr auto kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kFixedPart = 16;  // signature, version and command, family, length

bool agree(std::string_view beginning, std::string_view start) {
    const auto count = std::min(beginning.size(), start.size());
    return beginning.substr(0, count) == start.substr(0, count);
}

std::optional<std::uint64_t> text_size(std::string_view beginning, std::string_view start) {
    if (beginning.size() < start.size()) return std::nullopt;
    const auto end = beginning.substr(0, kLongestText).find("\r\n");
    if (end != beginning.npos) return end + 2;
    if (beginning.size() < kLongestText) return std::nullopt;
    return 0;
}

std::optional<std::uint64_t> binary_size(std::string_view beginning) {
    if (beginning.size() < kFixedPart) return std::nullopt;
    const auto byte = [beginning](std::size_t at) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(beginning[at]));
    };
    constexpr std::uint64_t kVersion = 2;
    if (byte(12) >> 4 != kVersion) return 0;
    return kFixedPart + (byte(14) << 8 | byte(15));
}

}  // namespace

std::optional<std::uint64_t> proxy_header_size(std::string_view beginning) {
    if (agree(beginning, kSignature)) return binary_size(beginning);
    const auto* const start = std::ranges::find_if(
        kTextStarts, [beginning](std::string_view text) { return agree(beginning, text); });
    return start != kTextStarts.end() ? text_size(beginning, *start) : 0;
}

}  // namespace httpprof::replay
