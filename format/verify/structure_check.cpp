#include "format/verify/structure_check.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "format/encryption.h"
#include "format/verify/problems.h"

namespace httpprof::format {
namespace {

using Times = std::pair<std::uint64_t, std::uint64_t>;

// First and last time that the header of a frame with this content has; nothing where any will do.
struct TimesOf {
    std::optional<Times> operator()(const RecordBatch& batch) const {
        if (batch.records.empty()) return std::nullopt;
        Times times{std::numeric_limits<std::uint64_t>::max(), 0};
        for (const Record& record : batch.records) {
            const std::uint64_t time_ns = time_of(record);
            times = {std::min(times.first, time_ns), std::max(times.second, time_ns)};
        }
        return times;
    }
    std::optional<Times> operator()(const Snapshot& snapshot) const {
        return Times{snapshot.time_ns, snapshot.time_ns};
    }
    std::optional<Times> operator()(const Stats& stats) const {
        return Times{stats.time_ns, stats.time_ns};
    }
    std::optional<Times> operator()(const Clock& clock) const {
        return Times{clock.boottime_ns, clock.boottime_ns};
    }
    std::optional<Times> operator()(const End& end) const { return (*this)(end.stats); }
    std::optional<Times> operator()(const Header&) const { return Times{}; }
    std::optional<Times> operator()(const HeaderCopy&) const { return Times{}; }
    std::optional<Times> operator()(const Signature&) const { return Times{}; }
    std::optional<Times> operator()(const UnknownFrame&) const { return std::nullopt; }
    std::optional<Times> operator()(const EncryptedFrame&) const { return std::nullopt; }
    std::optional<Times> operator()(const Damage&) const { return std::nullopt; }
};

}  // namespace

void StructureCheck::add(const Frame& frame) {
    check_place(frame);
    check_copy(frame);
    check_fields(frame);
}

void StructureCheck::check_place(const Frame& frame) {
    const bool is_new = verdict_.minor_version.value_or(frame.header.tag == 0 ? 0 : 1) > 0;
    if (frame.header.number == 1 && is_new && !has_type(frame, FrameType::header_copy))
        add_problem(verdict_, frame, "there is no copy of the Header behind it");
    const bool may_have_more = header_ && !header_->recipients.empty();
    if (frame.header.number > 1 && has_type(frame, FrameType::header_copy) && !may_have_more)
        add_problem(verdict_, frame, "a copy of the Header that is not directly behind it");
    if (has_begun_ || has_type(frame, FrameType::header) ||
        has_type(frame, FrameType::header_copy) ||
        std::holds_alternative<UnknownFrame>(frame.content))
        return;
    has_begun_ = true;
    // What was derived has one there if its source had. Behind the third frame there are others
    // before it, which were damaged.
    const bool is_derived = header_ && !header_->derivation.empty();
    if (frame.header.number <= 2 && !is_derived && !has_type(frame, FrameType::clock))
        add_problem(verdict_, frame, "there is no Clock directly behind the Header");
}

void StructureCheck::check_copy(const Frame& frame) {
    if (const auto* header = std::get_if<Header>(&frame.content)) header_ = *header;
    const auto* copy = std::get_if<HeaderCopy>(&frame.content);
    if (copy != nullptr && header_ && copy->header != *header_)
        add_problem(verdict_, frame, "the copy of the Header differs from it");
}

void StructureCheck::check_fields(const Frame& frame) {
    if (std::holds_alternative<UnknownFrame>(frame.content)) return;
    const FrameHeader& header = frame.header;
    if (header.record_count != 0 && !has_type(frame, FrameType::records))
        add_problem(verdict_, frame, "a record count in a frame without records");
    const auto times = std::visit(TimesOf(), frame.content);
    if (times && *times != Times{header.first_time_ns, header.last_time_ns})
        add_problem(verdict_, frame, "its times are not those of its content");
    if (!header_ || header.codec != kCodecEncrypted) return;
    if (header_->recipients.empty() || !is_encrypted_type(header.type))
        add_problem(verdict_, frame, "it is encrypted, and nobody has the key");
}

}  // namespace httpprof::format
