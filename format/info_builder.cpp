#include "format/info_builder.h"

#include <algorithm>
#include <utility>

namespace httpprof::format {
namespace {

// A month of them. With more, the times between the last of these and the very last are a little
// less exact.
constexpr std::size_t kMaxClocks = 262'144;

bool has_time(std::uint8_t type) {
    return type >= static_cast<std::uint8_t>(FrameType::records) &&
           type <= static_cast<std::uint8_t>(FrameType::end);
}

bool is_earlier(const Clock& a, const Clock& b) {
    return a.boottime_ns < b.boottime_ns;
}

}  // namespace

void InfoBuilder::add(const IndexEntry& frame) {
    ++info.frames[frame.type];
    info.records += frame.record_count;
    const bool is_records = frame.type == static_cast<std::uint8_t>(FrameType::records);
    if (!has_time(frame.type) || (is_records && frame.record_count == 0)) return;
    extend(timed_, frame.first_time_ns, frame.last_time_ns);
    if (is_records) extend(recorded_, frame.first_time_ns, frame.last_time_ns);
    if (frame.type == static_cast<std::uint8_t>(FrameType::clock))
        extend(clocked_, frame.first_time_ns, frame.last_time_ns);
}

void InfoBuilder::add(const Clock& clock) {
    if (clocks_.size() == kMaxClocks) clocks_.pop_back();
    clocks_.push_back(clock);
}

std::vector<std::uint64_t> InfoBuilder::wanted_times() const {
    std::vector<std::uint64_t> times;
    for (const std::optional<Range>& range : {span(), recorded_}) {
        if (!range) continue;
        times.push_back(range->first);
        times.push_back(range->last);
    }
    return times;
}

CaptureInfo InfoBuilder::finish() {
    std::ranges::stable_sort(clocks_, is_earlier);
    info.span = time_span(span());
    info.record_span = time_span(recorded_);
    return std::move(info);
}

void InfoBuilder::extend(std::optional<Range>& range, std::uint64_t first, std::uint64_t last) {
    if (!range) range = Range{first, last};
    range->first = std::min(range->first, first);
    range->last = std::max(range->last, last);
}

// Records that a segment repeats are older than it is, so it is the Clock that tells its start.
std::optional<InfoBuilder::Range> InfoBuilder::span() const {
    if (!timed_ || !clocked_) return timed_;
    return Range{clocked_->first, timed_->last};
}

// README.md, "Clock".
Moment InfoBuilder::moment(std::uint64_t boottime_ns) const {
    Moment moment{.boottime_ns = boottime_ns};
    if (clocks_.empty()) return moment;
    auto clock = std::ranges::upper_bound(clocks_, Clock{.boottime_ns = boottime_ns}, is_earlier);
    if (clock != clocks_.begin()) --clock;
    // Unsigned, so that times that no clock ever showed wrap instead of overflowing.
    moment.realtime_ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(clock->realtime_ns) +
                                                   boottime_ns - clock->boottime_ns);
    return moment;
}

std::optional<TimeSpan> InfoBuilder::time_span(const std::optional<Range>& range) const {
    if (!range) return std::nullopt;
    return TimeSpan{.first = moment(range->first), .last = moment(range->last)};
}

}  // namespace httpprof::format
