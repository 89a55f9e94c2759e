#include "replay/normalize/message_edit.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace httpprof::replay {
namespace {

// How far a place moves that edits stand before; modulo 2^64 where to the front.
std::uint64_t shift_of(std::uint64_t place, const std::vector<Edit>& edits) {
    std::uint64_t shift = 0;
    for (const Edit& edit : edits) {
        if (edit.range.begin < place) shift += edit.text.size() - edit.range.size;
    }
    return shift;
}

void move(Range& range, const std::vector<Edit>& edits) {
    const std::uint64_t end = std::uint64_t{range.begin} + range.size;
    range.begin += static_cast<std::uint32_t>(shift_of(range.begin, edits));
    range.size = static_cast<std::uint32_t>(end + shift_of(end, edits) - range.begin);
}

void move(std::vector<Field>& fields, const std::vector<Edit>& edits) {
    for (Field& field : fields) {
        move(field.name, edits);
        move(field.value, edits);
    }
}

std::string edited(std::string_view raw, const std::vector<Edit>& edits) {
    std::string result;
    std::size_t done = 0;
    for (const Edit& edit : edits) {
        result += raw.substr(done, edit.range.begin - done);
        result += edit.text;
        done = edit.range.begin + edit.range.size;
    }
    result += raw.substr(done);
    return result;
}

// `offset` is one on the wire, where gaps stand between the captured bytes.
std::uint64_t moved_offset(std::uint64_t offset, const std::vector<Gap>& gaps,
                           const std::vector<Edit>& edits) {
    std::uint64_t place = offset;
    for (const Gap& gap : gaps) {
        if (gap.offset < offset) place -= std::min(place, gap.length);
    }
    return offset + shift_of(place, edits);
}

}  // namespace

void apply_edits(Message& message, const std::vector<Edit>& edits) {
    if (edits.empty()) return;
    const std::vector<Gap> gaps = message.gaps;
    for (Gap& gap : message.gaps)
        gap.offset = moved_offset(gap.offset, gaps, edits);
    for (Anomaly& anomaly : message.anomalies)
        anomaly.offset = moved_offset(anomaly.offset, gaps, edits);
    message.size += shift_of(message.raw.size(), edits);
    message.head_size += shift_of(message.head_size, edits);
    for (Range* range : {&message.method, &message.target, &message.reason})
        move(*range, edits);
    move(message.fields, edits);
    move(message.trailers, edits);
    for (Range& range : message.content)
        move(range, edits);
    message.raw = edited(message.raw, edits);
}

}  // namespace httpprof::replay
