#include "replay/message.h"

#include <algorithm>

#include "format/characters.h"

namespace httpprof::replay {

std::string_view to_string(AnomalyKind kind) {
    switch (kind) {
        case AnomalyKind::content_length_differs:
            return "content-length-differs";
        case AnomalyKind::content_length_invalid:
            return "content-length-invalid";
        case AnomalyKind::transfer_coding_unknown:
            return "transfer-coding-unknown";
        case AnomalyKind::transfer_coding_repeated:
            return "transfer-coding-repeated";
        case AnomalyKind::chunk_size_invalid:
            return "chunk-size-invalid";
        case AnomalyKind::chunk_end_missing:
            return "chunk-end-missing";
        case AnomalyKind::chunk_bare_lf:
            return "chunk-bare-lf";
        case AnomalyKind::control_character:
            return "control-character";
        case AnomalyKind::start_line_invalid:
            return "start-line-invalid";
        case AnomalyKind::field_line_invalid:
            return "field-line-invalid";
        case AnomalyKind::content_length_with_transfer_encoding:
            return "content-length-with-transfer-encoding";
        case AnomalyKind::content_length_repeated:
            return "content-length-repeated";
        case AnomalyKind::folded_field_line:
            return "folded-field-line";
        case AnomalyKind::space_before_colon:
            return "space-before-colon";
        case AnomalyKind::colon_missing:
            return "colon-missing";
        case AnomalyKind::chunked_in_http_1_0:
            return "chunked-in-http-1-0";
        case AnomalyKind::space_after_chunk_size:
            return "space-after-chunk-size";
        case AnomalyKind::host_missing:
            return "host-missing";
        case AnomalyKind::host_repeated:
            return "host-repeated";
        case AnomalyKind::host_invalid:
            return "host-invalid";
        case AnomalyKind::host_differs:
            return "host-differs";
        case AnomalyKind::data_after_coded_body:
            return "data-after-coded-body";
        case AnomalyKind::framing_lookalike:
            return "framing-lookalike";
        case AnomalyKind::framing_field_misplaced:
            return "framing-field-misplaced";
        case AnomalyKind::content_not_sent:
            return "content-not-sent";
        case AnomalyKind::chunk_extension_invalid:
            return "chunk-extension-invalid";
        case AnomalyKind::version_unknown:
            return "version-unknown";
        case AnomalyKind::status_invalid:
            return "status-invalid";
        case AnomalyKind::target_invalid:
            return "target-invalid";
        case AnomalyKind::bare_lf:
            return "bare-lf";
        case AnomalyKind::blank_line_before_start:
            return "blank-line-before-start";
        case AnomalyKind::response_without_request:
            return "response-without-request";
        case AnomalyKind::gap_in_header:
            return "gap-in-header";
        case AnomalyKind::gap_in_body:
            return "gap-in-body";
        case AnomalyKind::truncated:
            return "truncated";
        case AnomalyKind::joined_mid_stream:
            return "joined-mid-stream";
        case AnomalyKind::too_large:
            return "too-large";
        case AnomalyKind::body_not_decodable:
            return "body-not-decodable";
        case AnomalyKind::decompression_limit_reached:
            return "decompression-limit-reached";
    }
    return "unknown";
}

Severity severity(AnomalyKind kind) {
    switch (kind) {
        case AnomalyKind::content_length_differs:
        case AnomalyKind::content_length_invalid:
        case AnomalyKind::transfer_coding_unknown:
        case AnomalyKind::transfer_coding_repeated:
        case AnomalyKind::chunk_size_invalid:
        case AnomalyKind::chunk_end_missing:
        case AnomalyKind::chunk_bare_lf:
        case AnomalyKind::control_character:
        case AnomalyKind::start_line_invalid:
        case AnomalyKind::field_line_invalid:
            return Severity::severe;
        case AnomalyKind::content_length_with_transfer_encoding:
        case AnomalyKind::content_length_repeated:
        case AnomalyKind::folded_field_line:
        case AnomalyKind::space_before_colon:
        case AnomalyKind::colon_missing:
        case AnomalyKind::chunked_in_http_1_0:
        case AnomalyKind::space_after_chunk_size:
        case AnomalyKind::host_missing:
        case AnomalyKind::host_repeated:
        case AnomalyKind::host_invalid:
        case AnomalyKind::host_differs:
        case AnomalyKind::data_after_coded_body:
        case AnomalyKind::framing_lookalike:
        case AnomalyKind::framing_field_misplaced:
        case AnomalyKind::chunk_extension_invalid:
        case AnomalyKind::content_not_sent:
        case AnomalyKind::version_unknown:
        case AnomalyKind::status_invalid:
        case AnomalyKind::target_invalid:
            return Severity::ambiguous;
        case AnomalyKind::bare_lf:
        case AnomalyKind::blank_line_before_start:
            return Severity::minor;
        case AnomalyKind::response_without_request:
        case AnomalyKind::gap_in_header:
        case AnomalyKind::gap_in_body:
        case AnomalyKind::truncated:
        case AnomalyKind::joined_mid_stream:
        case AnomalyKind::too_large:
        case AnomalyKind::body_not_decodable:
        case AnomalyKind::decompression_limit_reached:
            return Severity::capture;
    }
    return Severity::capture;
}

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::severe:
            return "severe";
        case Severity::ambiguous:
            return "ambiguous";
        case Severity::minor:
            return "minor";
        case Severity::capture:
            return "capture";
    }
    return "unknown";
}

std::size_t Message::memory_of_head() const {
    // Values that are unfolded are of the header section, or of trailers about as long.
    const std::size_t texts = head_size + (unfolded.empty() ? 0 : head_size);
    return sizeof *this + texts + unfolded.size() * sizeof(std::string) +
           (fields.size() + trailers.size()) * sizeof(Field) + content.size() * sizeof(Range) +
           gaps.size() * sizeof(Gap) + others.size() * sizeof(Origin);
}

std::size_t Message::raw_size() const {
    std::size_t captured = raw.size();
    for (const Extent& extent : spooled)
        captured += extent.size;
    return captured;
}

std::string_view Message::value(const Field& field) const {
    return field.unfolded < 0 ? text(field.value)
                              : unfolded[static_cast<std::size_t>(field.unfolded)];
}

const Field* Message::find(std::string_view wanted) const {
    const auto found = std::ranges::find_if(fields, [&](const Field& field) {
        return field.name.size == wanted.size() && equals_ignoring_case(name(field), wanted);
    });
    return found == fields.end() ? nullptr : &*found;
}

std::string unfolded(std::string_view value) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    std::string result;
    while (!value.empty()) {
        std::string_view line = value.substr(0, value.find('\n'));
        value.remove_prefix(std::min(value.size(), line.size() + 1));
        while (!line.empty() && is_space(line.front()))
            line.remove_prefix(1);
        while (!line.empty() && is_space(line.back()))
            line.remove_suffix(1);
        if (!result.empty() && !line.empty()) result += ' ';
        result += line;
    }
    return result;
}

int compare_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (const int order = format::to_lower(a[i]) - format::to_lower(b[i]); order != 0)
            return order;
    }
    return 0;
}

std::string Message::body() const {
    std::string joined;
    for (const Range& range : content)
        joined += text(range);
    return joined;
}

void note_origin(Message& message, const Origin& origin) {
    // Threads may have a name each.
    constexpr std::ptrdiff_t kMostNames = 8;
    message.last_time_ns = origin.time_ns;
    const auto is_same_process = [&origin](const Origin& known) {
        return known.pid == origin.pid && known.process_start_ns == origin.process_start_ns;
    };
    const auto is_same_program = [&](const Origin& known) {
        return is_same_process(known) && known.comm == origin.comm;
    };
    auto& others = message.others;
    if (is_same_program(others.empty() ? message.first : others.back())) return;
    if (is_same_program(message.first) || std::ranges::any_of(others, is_same_program)) return;
    if (std::ranges::count_if(others, is_same_process) < kMostNames) others.push_back(origin);
}

void note(Message& message, AnomalyKind kind, std::uint64_t offset) {
    const bool known = std::any_of(message.anomalies.begin(), message.anomalies.end(),
                                   [kind](const Anomaly& each) { return each.kind == kind; });
    if (!known) message.anomalies.push_back({kind, offset});
}

}  // namespace httpprof::replay
