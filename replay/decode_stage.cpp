#include "replay/decode_stage.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/partial_content.h"

namespace httpprof::replay {
namespace {

std::vector<std::string_view> values_of(const Message& message, std::string_view name) {
    std::vector<std::string_view> values;
    for (const Field& field : message.fields) {
        if (equals_ignoring_case(message.name(field), name)) values.push_back(message.value(field));
    }
    return values;
}

std::vector<std::string_view> codings_of(const Message& message) {
    const auto transfer_codings = values_of(message, "Transfer-Encoding");
    if (is_partial(message)) return applied_codings({}, transfer_codings);
    return applied_codings(values_of(message, "Content-Encoding"), transfer_codings);
}

bool is_part_of_coded(const Message& message) {
    if (!is_partial(message)) return false;
    return !applied_codings(values_of(message, "Content-Encoding"), {}).empty();
}

// The content up to the first gap, in `joined` where it is not in one piece. Before a gap, offsets
// on the wire are places in `raw`.
std::string_view content_before_gap(const Message& message, std::string& joined) {
    const std::uint64_t end = message.gaps.empty() ? message.raw.size() : message.gaps[0].offset;
    const auto before_gap = [&](Range range) {
        return std::string_view(message.raw)
            .substr(0, end)
            .substr(std::min<std::size_t>(range.begin, end), range.size);
    };
    if (message.content.size() == 1) return before_gap(message.content[0]);
    for (const Range range : message.content)
        joined += before_gap(range);
    return joined;
}

// Whether bytes of the content are missing, so that no decoder could come to its end.
bool is_incomplete(const Message& message) {
    std::uint64_t captured = 0;
    for (const Range& range : message.content)
        captured += range.size;
    return message.truncated || captured < message.body_size;
}

// Where byte `place` of the content before the first gap is in the message.
std::uint64_t offset_of(std::size_t place, const Message& message) {
    for (const auto& [begin, size] : message.content) {
        if (place < size) return begin + place;
        place -= size;
    }
    return message.size;
}

// Of damaged data nobody knows how much of what was decoded is right.
bool is_damaged(const DecodedBody& body, const Message& message) {
    return body.outcome == DecodingOutcome::not_decodable ||
           (body.outcome == DecodingOutcome::truncated && !is_incomplete(message));
}

bool is_usable(const DecodedBody& body, const Message& message) {
    if (is_damaged(body, message)) return false;
    return body.outcome == DecodingOutcome::decoded || !body.content.empty();
}

bool is_all_decoded(const DecodedBody& body, const Message& message) {
    return body.outcome == DecodingOutcome::decoded && !body.trailing_data &&
           !is_incomplete(message);
}

void note_outcome(const DecodedBody& body, Message& message) {
    const std::uint64_t offset = message.content[0].begin;
    if (body.trailing_data) {
        note(message, AnomalyKind::data_after_coded_body, offset_of(body.trailing_begin, message));
    }
    if (is_damaged(body, message)) note(message, AnomalyKind::body_not_decodable, offset);
    if (body.outcome == DecodingOutcome::limit_reached) {
        note(message, AnomalyKind::decompression_limit_reached, offset);
    }
    std::stable_sort(message.anomalies.begin(), message.anomalies.end(),
                     [](const Anomaly& a, const Anomaly& b) { return a.offset < b.offset; });
}

}  // namespace

Result<bool> DecodeStage::apply(Event& event) const {
    Message& message = *event.message;
    if (message.content.empty()) return true;
    const auto codings = codings_of(message);
    message.has_undecoded = is_part_of_coded(message);
    if (codings.empty()) return true;
    const DecodingLimits limits = limits_for(event);
    std::string joined;
    DecodedBody body = decode_body(content_before_gap(message, joined), codings, limits);
    if (limits.output_size < limits_.output_size && body.content.size() == limits.output_size) {
        event.turn = Turn::asked;
        return true;
    }
    note_outcome(body, message);
    if (!is_all_decoded(body, message)) message.has_undecoded = true;
    if (is_usable(body, message)) message.decoded = std::move(body.content);
    return true;
}

DecodingLimits DecodeStage::limits_for(const Event& event) const {
    DecodingLimits limits = limits_;
    if (event.turn != Turn::come) limits.output_size = std::min(limits.output_size, kMostOutOfTurn);
    return limits;
}

}  // namespace httpprof::replay
