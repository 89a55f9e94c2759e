#include "replay/emit/otlp/trace_context.h"

#include <charconv>
#include <span>

#include "format/bytes.h"
#include "format/digest.h"

namespace httpprof::replay {
namespace {

// "00-" trace id "-" parent id "-" flags
constexpr std::size_t kTraceId = 3;
constexpr std::size_t kTraceIdSize = 32;
constexpr std::size_t kParentId = kTraceId + kTraceIdSize + 1;
constexpr std::size_t kParentIdSize = 16;
constexpr std::size_t kFlags = kParentId + kParentIdSize + 1;
constexpr std::size_t kSize = kFlags + 2;

bool is_lower_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_id(std::string_view text) {
    return is_lower_hex(text) && text.find_first_not_of('0') != text.npos;
}

// Later versions may say more, behind another dash (W3C Trace Context, 4.3).
bool has_right_size(std::string_view value, std::string_view version) {
    return version == "00" ? value.size() == kSize : value.size() == kSize || value[kSize] == '-';
}

void append(std::string& text, std::uint64_t number) {
    const std::size_t end = text.size();
    text.resize(end + sizeof number);
    format::store_little_endian(text.data() + end, number);
}

void append(std::string& text, const format::Endpoint& endpoint) {
    text.append(endpoint.address.begin(), endpoint.address.end());
    append(text, endpoint.port);
}

// The first bytes of a digest of what names the exchange, and what the id is for.
std::string id_of(std::string_view purpose, const SpanKey& key, std::size_t size) {
    std::string text = std::string(purpose) + '\0' + std::string(key.capture_id);
    append(text, key.source);
    append(text, key.destination);
    append(text, key.sequence_number);
    format::Digest digest = format::digest_of(std::as_bytes(std::span(text)));
    digest[0] |= 1;  // an id of zeros is none
    return format::to_hex(std::span(digest).first(size));
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view value) {
    if (value.size() < kSize) return std::nullopt;
    const std::string_view version = value.substr(0, 2);
    const TraceParent parent{value.substr(kTraceId, kTraceIdSize),
                             value.substr(kParentId, kParentIdSize)};
    const std::string_view flags = value.substr(kFlags, 2);
    const bool has_dashes =
        value[kTraceId - 1] == '-' && value[kParentId - 1] == '-' && value[kFlags - 1] == '-';
    if (!is_lower_hex(version) || version == "ff" || !has_right_size(value, version) ||
        !has_dashes || !is_id(parent.trace_id) || !is_id(parent.parent_id) ||
        !is_lower_hex(flags)) {
        return std::nullopt;
    }
    TraceParent result = parent;
    std::from_chars(flags.data(), flags.data() + flags.size(), result.flags, 16);
    return result;
}

SpanKey span_key_of(const Event& first) {
    return {first.capture_id ? std::string_view(*first.capture_id) : std::string_view(),
            first.source, first.destination, static_cast<std::uint32_t>(first.position)};
}

std::string trace_id_of(const SpanKey& key) {
    return id_of("httpprof trace", key, kTraceIdSize / 2);
}

std::string span_id_of(const SpanKey& key, Side side) {
    const bool is_client = side == Side::client;
    return id_of(is_client ? "httpprof client" : "httpprof server", key, kParentIdSize / 2);
}

}  // namespace httpprof::replay
