#include "replay/partial_content.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace httpprof::replay {
namespace {

// Takes a number and what has to stand behind it from the front of `text`.
bool take_number(std::string_view& text, std::uint64_t& number, std::string_view behind) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    if (!text.starts_with(behind)) return false;
    text.remove_prefix(behind.size());
    return true;
}

// Whether a Content-Range is from the first byte to the last.
bool is_whole(std::string_view range) {
    constexpr std::string_view kUnit = "bytes ";
    if (!equals_ignoring_case(range.substr(0, kUnit.size()), kUnit)) return false;
    range.remove_prefix(kUnit.size());
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t size = 0;
    return take_number(range, first, "-") && take_number(range, last, "/") &&
           take_number(range, size, "") && range.empty() && first == 0 && size > 0 &&
           last == size - 1;
}

bool has_several_ranges(const Message& message) {
    constexpr std::string_view kType = "multipart/byteranges";
    const Field* const type = message.find("Content-Type");
    return type != nullptr &&
           equals_ignoring_case(message.value(*type).substr(0, kType.size()), kType);
}

}  // namespace

bool is_partial(const Message& message) {
    const bool is_request = message.kind == Message::Kind::request;
    if (!is_request && message.status != 206) return false;
    if (const Field* const range = message.find("Content-Range")) {
        return !is_whole(message.value(*range));
    }
    return !is_request && has_several_ranges(message);
}

}  // namespace httpprof::replay
