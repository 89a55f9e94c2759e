#include "replay/normalize/message_edit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

namespace httpprof::replay {
namespace {

std::uint64_t begin_of(const Edit& edit) {
    return edit.range.begin;
}

std::uint64_t end_of(const Range& range) {
    return std::uint64_t{range.begin} + range.size;
}

// Where places come to by edits, which are sorted.
class Movement {
  public:
    explicit Movement(const std::vector<Edit>& edits) : edits_(edits) {
        for (const auto& [range, text] : edits)
            shifts_.push_back(shifts_.back() + text.size() - range.size);
    }

    // How far a place moves; modulo 2^64 where to the front.
    std::uint64_t shift_of(std::uint64_t place) const {
        const auto behind = first_from(place);
        if (behind == edits_.begin()) return 0;
        const auto& [range, text] = *(behind - 1);
        const std::size_t number = index_of(behind);
        if (place >= end_of(range)) return shifts_[number];
        const std::uint64_t kept = std::min<std::uint64_t>(place - range.begin, text.size());
        return shifts_[number - 1] + range.begin + kept - place;
    }

    Range moved(const Range& range) const {
        const std::uint64_t begin = range.begin + shift_of(range.begin);
        const std::uint64_t end = end_of(range) + shift_of(end_of(range));
        return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
    }

  private:
    using Place = std::vector<Edit>::const_iterator;

    // The first edit that does not begin before the place.
    Place first_from(std::uint64_t place) const {
        return std::ranges::lower_bound(edits_, place, {}, begin_of);
    }
    std::size_t index_of(Place edit) const {
        return static_cast<std::size_t>(edit - edits_.begin());
    }

    const std::vector<Edit>& edits_;
    std::vector<std::uint64_t> shifts_{0};  // of what is behind the first ones
};

void move(std::vector<Field>& fields, const Movement& movement) {
    for (Field& field : fields) {
        field.name = movement.moved(field.name);
        field.value = movement.moved(field.value);
    }
}

// Offsets are on the wire, where gaps stand between the captured bytes.
class OffsetMovement {
  public:
    // `gaps` are in order.
    OffsetMovement(std::vector<Gap> gaps, const Movement& movement)
        : gaps_(std::move(gaps)), movement_(movement) {
        for (const Gap& gap : gaps_)
            missing_.push_back(missing_.back() + gap.length);
    }

    std::uint64_t moved(std::uint64_t offset) const {
        const auto behind = std::ranges::lower_bound(gaps_, offset, {}, &Gap::offset);
        const auto before = static_cast<std::size_t>(behind - gaps_.begin());
        const std::uint64_t place = offset - std::min(offset, missing_[before]);
        return offset + movement_.shift_of(place);
    }

  private:
    const std::vector<Gap> gaps_;
    const Movement& movement_;
    std::vector<std::uint64_t> missing_{0};  // bytes in the first gaps
};

// Zeros in front stay, as some write all sizes with the same number of digits.
std::string hexadecimal(std::uint32_t number, std::string_view form) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
    std::string text(digits.begin(), end);
    if (form.starts_with('0') && text.size() < form.size())
        text.insert(0, form.size() - text.size(), '0');
    return text;
}

// The digits of the chunk whose data, all of it, is `data`; empty where it is none.
Range chunk_size_of(const Message& message, const Range& data) {
    if (data.begin <= message.head_size) return {};
    const std::string_view before = std::string_view(message.raw).substr(0, data.begin - 1);
    const std::size_t line = before.rfind('\n') + 1;
    std::uint32_t size = 0;
    const auto [end, error] =
        std::from_chars(before.data() + line, before.data() + before.size(), size, 16);
    if (error != std::errc() || size != data.size) return {};
    return {static_cast<std::uint32_t>(line),
            static_cast<std::uint32_t>(end - (before.data() + line))};
}

// What becomes of the places where the message says the sizes that the edits change.
std::vector<Edit> size_edits(const Message& message, const Movement& movement) {
    std::vector<Edit> sizes;
    std::uint64_t body_size = message.body_size;
    for (const Range& data : message.content) {
        const std::uint32_t size = movement.moved(data).size;
        if (size == data.size) continue;
        body_size += std::uint64_t{size} - data.size;
        const Range digits = chunk_size_of(message, data);
        if (digits.size > 0) sizes.push_back({digits, hexadecimal(size, message.text(digits))});
    }
    if (body_size == message.body_size) return sizes;
    for (const Field& field : message.fields) {
        if (equals_ignoring_case(message.name(field), "Content-Length") &&
            message.value(field) == std::to_string(message.body_size))
            sizes.push_back({field.value, std::to_string(body_size)});
    }
    return sizes;
}

}  // namespace

void put_in_order(std::vector<Edit>& edits) {
    std::ranges::stable_sort(edits, {}, begin_of);
    std::uint64_t done = 0;
    std::erase_if(edits, [&](const Edit& edit) {
        const bool overlaps = edit.range.begin < done;
        if (!overlaps) done = end_of(edit.range);
        return overlaps;
    });
}

std::string edited(std::string_view text, const std::vector<Edit>& edits) {
    std::string result;
    std::size_t done = 0;
    for (const Edit& edit : edits) {
        result += text.substr(done, edit.range.begin - done);
        result += edit.text;
        done = end_of(edit.range);
    }
    result += text.substr(done);
    return result;
}

void apply_edits(Message& message, std::vector<Edit> edits) {
    if (edits.empty()) return;
    put_in_order(edits);
    std::ranges::move(size_edits(message, Movement(edits)), std::back_inserter(edits));
    put_in_order(edits);
    const Movement movement(edits);
    const OffsetMovement offsets(message.gaps, movement);
    for (Gap& gap : message.gaps)
        gap.offset = offsets.moved(gap.offset);
    for (Anomaly& anomaly : message.anomalies)
        anomaly.offset = offsets.moved(anomaly.offset);
    message.size += movement.shift_of(message.raw.size());
    message.head_size += movement.shift_of(message.head_size);
    for (Range* range : {&message.method, &message.target, &message.reason})
        *range = movement.moved(*range);
    move(message.fields, movement);
    move(message.trailers, movement);
    for (Range& range : message.content) {
        const Range data = std::exchange(range, movement.moved(range));
        message.body_size += std::uint64_t{range.size} - data.size;
    }
    std::erase_if(message.content, [](const Range& range) { return range.size == 0; });
    message.raw = edited(message.raw, edits);
}

}  // namespace httpprof::replay
