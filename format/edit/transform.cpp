#include "format/edit/transform.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <variant>

#include "format/change.h"
#include "format/edit/counters.h"

namespace httpprof::format {
namespace {

constexpr std::size_t kOnlySource = 0;
constexpr const char* kUncleanEnd = "a source was not closed cleanly";

Result<void> pass(const RecordBatch& batch, Transform& transform, DerivedCapture& out) {
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        if (std::holds_alternative<MalformedRecord>(batch.records[i])) {
            out.count_change("malformed", 1, batch.bytes[i].size());
            continue;
        }
        auto taken = transform.take(batch.records[i], batch.bytes[i], out);
        if (!taken) return taken;
    }
    return out.flush();
}

Result<void> pass(const Snapshot& snapshot, Transform& transform, DerivedCapture& out) {
    return transform.take(snapshot, out);
}

Result<void> pass(const Stats& stats, Transform&, DerivedCapture& out) {
    out.note_stats(kOnlySource, stats);
    return out.write_stats();
}

Result<void> pass(const Clock& clock, Transform&, DerivedCapture& out) {
    return out.add(clock);
}

// Parts of one source all say what was lost before it, so that counts of one are not added up.
std::vector<Counter> losses_before(const std::vector<SourceAccount>& accounts) {
    std::map<std::pair<std::string, std::uint32_t>, Counters> by_segment;
    for (const SourceAccount& account : accounts) {
        by_segment[{account.source.capture_id, account.source.segment}].raise(
            account.losses_before.list());
    }
    Counters sum;
    for (const auto& [segment, losses] : by_segment)
        sum.add(losses.list());
    return sum.list();
}

void count_losses(const SourceAccount& account, DerivedCapture& out) {
    if (account.damage_count > 0)
        out.count_change(kUnreadable, account.damage_count, account.damaged_bytes);
    if (account.unknown_frames > 0)
        out.count_change(kUnknownFrames, account.unknown_frames, account.unknown_bytes);
    if (!account.end_reason) out.count_change(kUnclosed, 1, 0);
}

}  // namespace

void Transform::begin(Header&) {}

Result<void> Transform::take(const Record&, const WireRecord& bytes, DerivedCapture& out) {
    return out.add(bytes);
}

Result<void> Transform::take(const Snapshot& snapshot, DerivedCapture& out) {
    return out.add(snapshot);
}

Result<void> Transform::finish(DerivedCapture&) {
    return {};
}

bool EditOutcome::is_complete() const {
    const auto is_lost = [](const Counter& change) {
        return change.cause == "malformed" || change.cause == kMissingSegments;
    };
    return std::ranges::all_of(sources, &SourceAccount::is_complete) &&
           std::ranges::none_of(written.changes, is_lost);
}

Result<EditOutcome> run_transform(const std::string& input, const ReadOptions& reading,
                                  Transform& transform, const DeriveOptions& writing) {
    auto source = SourceReader::open(input, reading);
    if (!source) return source.error();
    Header header = (*source)->header().value_or(DerivedCapture::unknown_header());
    transform.begin(header);
    auto out = DerivedCapture::create(writing, header);
    if (!out) return out.error();
    for (;;) {
        auto content = (*source)->next();
        if (!content) return content.error();
        if (!*content) break;
        auto passed =
            std::visit([&](const auto& typed) { return pass(typed, transform, **out); }, **content);
        if (!passed) return passed.error();
    }
    if (auto finished = transform.finish(**out); !finished) return finished.error();
    if (const auto& stats = (*source)->final_stats()) (*out)->note_stats(kOnlySource, *stats);
    auto outcome = finish_derived(**out, {(*source)->account()});
    if (outcome) outcome->was_encrypted = !header.recipients.empty();
    return outcome;
}

Result<EditOutcome> finish_derived(DerivedCapture& out, std::vector<SourceAccount> accounts,
                                   std::uint64_t missing_segments) {
    std::vector<Source> sources;
    std::string reason;
    for (const SourceAccount& account : accounts) {
        sources.push_back(account.source);
        reason = account.end_reason.value_or(kUncleanEnd);
        count_losses(account, out);
    }
    if (missing_segments > 0) out.count_change(kMissingSegments, missing_segments, 0);
    out.count_changes_before(losses_before(accounts));
    if (std::ranges::any_of(accounts, [](const auto& account) { return !account.end_reason; }))
        reason = kUncleanEnd;
    auto written = out.finish(reason, std::move(sources));
    if (!written) return written.error();
    return EditOutcome{.written = *std::move(written), .sources = std::move(accounts)};
}

}  // namespace httpprof::format
