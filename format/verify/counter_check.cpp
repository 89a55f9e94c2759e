#include "format/verify/counter_check.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "format/verify/problems.h"

namespace httpprof::format {
namespace {

// Of a name from the file, in a message.
constexpr std::size_t kMaxName = 64;

using CountsByCause = std::map<std::string_view, std::pair<std::uint64_t, std::uint64_t>>;

CountsByCause by_cause(const std::vector<Counter>& list) {
    CountsByCause counters;
    for (const Counter& counter : list) {
        auto& [records, bytes] = counters[counter.cause];
        records += counter.records;
        bytes += counter.bytes;
    }
    return counters;
}

// The cause of a counter that is less than it was.
std::optional<std::string> decreased(const std::vector<Counter>& before,
                                     const std::vector<Counter>& now) {
    const CountsByCause counters = by_cause(now);
    for (const auto& [cause, count] : by_cause(before)) {
        const auto place = counters.find(cause);
        const auto value = place == counters.end() ? decltype(count){} : place->second;
        if (value.first < count.first || value.second < count.second)
            return std::string(cause.substr(0, kMaxName));
    }
    return std::nullopt;
}

// The name of a counter that is less than it was, but for `produced` in an End: what was under way
// then is in the next segment, and the End says only what its own file accounts for.
std::optional<std::string> decreased(const Stats& before, const Stats& now, bool is_end) {
    if (!is_end && now.produced < before.produced) return "produced";
    if (now.recorded < before.recorded) return "recorded";
    if (now.recorded_bytes < before.recorded_bytes) return "recordedBytes";
    if (auto cause = decreased(before.lost, now.lost)) return "lost: " + *cause;
    if (auto cause = decreased(before.missing, now.missing)) return "missing: " + *cause;
    if (auto cause = decreased(before.left_out, now.left_out)) return "leftOut: " + *cause;
    return std::nullopt;
}

std::string differs(const char* name, std::uint64_t said, std::uint64_t actual) {
    return std::string(name) + " is " + std::to_string(said) + " where it would be " +
           std::to_string(actual);
}

}  // namespace

void CounterCheck::add(const Frame& frame) {
    if (const auto* batch = std::get_if<RecordBatch>(&frame.content)) check(frame, *batch);
    if (const auto* stats = std::get_if<Stats>(&frame.content)) check(frame, *stats);
    if (const auto* end = std::get_if<End>(&frame.content)) check(frame, *end);
    ++frames_;
    raw_bytes_ += frame.header.raw_size;
}

void CounterCheck::check(const Frame& frame, const RecordBatch& batch) {
    std::uint64_t malformed = 0;
    std::string first;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        census_.add(batch.records[i], batch.bytes[i].size());
        const auto* record = std::get_if<MalformedRecord>(&batch.records[i]);
        if (record != nullptr && malformed++ == 0)
            first = "record " + std::to_string(i) + ": " + record->what;
    }
    if (malformed == 1) add_problem(verdict_, frame, "a malformed record; " + first);
    if (malformed > 1)
        add_problem(verdict_, frame,
                    std::to_string(malformed) + " malformed records, the first of them " + first);
}

void CounterCheck::check(const Frame& frame, const Stats& stats) {
    if (has_all_before(frame) && stats.recorded != census_.records())
        add_problem(verdict_, frame, differs("recorded", stats.recorded, census_.records()));
    if (has_all_before(frame) && stats.recorded_bytes != census_.bytes())
        add_problem(verdict_, frame,
                    differs("recordedBytes", stats.recorded_bytes, census_.bytes()));
    // One that stands too late in the file is an older one.
    if (last_stats_ && frame.header.number < last_stats_number_) return;
    if (last_stats_) {
        const bool is_end = std::holds_alternative<End>(frame.content);
        if (const auto name = decreased(*last_stats_, stats, is_end))
            add_problem(verdict_, frame, "a counter is less than before: " + *name);
    }
    last_stats_ = stats;
    last_stats_number_ = frame.header.number;
}

void CounterCheck::check(const Frame& frame, const End& end) {
    check(frame, end.stats);
    const std::uint64_t accounted = end.stats.recorded + records_of(end.stats.lost);
    if (end.stats.produced != accounted)
        add_problem(verdict_, frame,
                    differs("produced", end.stats.produced, accounted) + ", recorded and lost");
    if (end.totals)
        check(frame, *end.totals);
    else if (verdict_.minor_version.value_or(0) > 0)
        add_problem(verdict_, frame, "there are no totals");
}

void CounterCheck::check(const Frame& frame, const Totals& totals) {
    if (totals.frames != frame.header.number)
        add_problem(verdict_, frame,
                    differs("frames of the totals", totals.frames, frame.header.number));
    if (!has_all_before(frame)) return;
    const Totals counted = census_.totals();
    const auto compare = [&](const char* name, std::uint64_t said, std::uint64_t actual) {
        if (said != actual) add_problem(verdict_, frame, differs(name, said, actual));
    };
    compare("rawBytes of the totals", totals.raw_bytes, raw_bytes_);
    compare("connections of the totals", totals.connections, counted.connections);
    compare("processes of the totals", totals.processes, counted.processes);
    compare("firstTimeNs of the totals", totals.first_time_ns, counted.first_time_ns);
    compare("lastTimeNs of the totals", totals.last_time_ns, counted.last_time_ns);
}

// Otherwise the difference is what was damaged, which is reported, or hidden.
bool CounterCheck::has_all_before(const Frame& frame) const {
    return frames_ == frame.header.number && !verdict_.contents_hidden;
}

}  // namespace httpprof::format
