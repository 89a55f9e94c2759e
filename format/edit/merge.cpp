#include "format/edit/merge.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "format/edit/repeated_records.h"
#include "format/edit/source_chain.h"
#include "format/edit/source_reader.h"
#include "format/edit/sources.h"
#include "format/process_states.h"

namespace httpprof::format {
namespace {

// Files of which the one begins where the other ends.
using Chain = std::vector<SourceChain::Member>;

// Segments follow each other. Where there are several of the same number, they are parts that were
// sliced out, and may run side by side.
std::vector<Chain> chains_of(const std::vector<SourceFile>& files) {
    std::vector<Chain> chains;
    std::map<std::pair<std::string, std::uint32_t>, std::size_t> same_number;
    std::map<std::pair<std::string, std::size_t>, std::size_t> known;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const Header& header = files[i].header;
        const std::size_t part = same_number[{header.capture_id, header.segment}]++;
        const auto [place, is_new] = known.try_emplace({header.capture_id, part}, chains.size());
        if (is_new) chains.emplace_back();
        chains[place->second].push_back({files[i].path, i});
    }
    return chains;
}

// Parts of one segment have the same statistics: those of the segment.
std::vector<std::size_t> statistics_of(const std::vector<SourceFile>& files) {
    std::map<std::pair<std::string, std::uint32_t>, std::size_t> segments;
    std::vector<std::size_t> numbers;
    for (const SourceFile& file : files) {
        const auto [place, is_new] =
            segments.try_emplace({file.header.capture_id, file.header.segment}, segments.size());
        numbers.push_back(place->second);
    }
    return numbers;
}

std::map<std::size_t, RepeatedRecords> for_segments_in_parts(
    const std::vector<std::size_t>& segments) {
    std::map<std::size_t, RepeatedRecords> repeated;
    for (const std::size_t segment : segments) {
        if (std::ranges::count(segments, segment) > 1) repeated.try_emplace(segment);
    }
    return repeated;
}

class Merger {
  public:
    Merger(const std::vector<SourceFile>& files, DerivedCapture& out)
        : files_(files),
          statistics_(statistics_of(files)),
          accounts_(files.size()),
          out_(out),
          repeated_(for_segments_in_parts(statistics_)) {}

    Result<EditOutcome> run(const ReadOptions& reading, std::uint64_t missing_segments);

  private:
    Result<void> open(const ReadOptions& reading);
    SourceChain* earliest();
    Result<void> take(const SourceChain& chain);
    Result<void> take(const RecordBatch& batch, const SourceChain& chain);
    Result<void> take(const Snapshot& snapshot, const SourceChain& chain);
    Result<void> take(const Stats& stats, const SourceChain& chain);
    Result<void> take(const Clock& clock, const SourceChain& chain);
    void end(std::size_t index, const SourceReader& reader);
    ProcessStates& processes(const SourceChain& chain);

    const std::vector<SourceFile>& files_;
    const std::vector<std::size_t> statistics_;  // by file: the number of its segment
    std::vector<SourceAccount> accounts_;
    DerivedCapture& out_;
    std::vector<SourceChain> chains_;
    std::map<std::string, ProcessStates> processes_;   // by captureId
    std::map<std::size_t, RepeatedRecords> repeated_;  // by segment
    std::optional<Clock> last_clock_;
};

Result<EditOutcome> Merger::run(const ReadOptions& reading, std::uint64_t missing_segments) {
    if (auto opened = open(reading); !opened) return opened.error();
    while (SourceChain* const chain = earliest()) {
        if (auto taken = take(*chain); !taken) return taken.error();
        if (auto advanced = chain->advance(); !advanced) return advanced.error();
    }
    auto outcome = finish_derived(out_, std::move(accounts_), missing_segments);
    if (outcome)
        outcome->was_encrypted = std::ranges::any_of(
            files_, [](const SourceFile& file) { return !file.header.recipients.empty(); });
    return outcome;
}

Result<void> Merger::open(const ReadOptions& reading) {
    const auto chains = chains_of(files_);
    ReadOptions options = reading;
    options.jobs = std::max(1U, reading.jobs / static_cast<unsigned>(chains.size()));
    for (const Chain& chain : chains) {
        chains_.emplace_back(chain, options, [this](std::size_t index, const SourceReader& reader) {
            end(index, reader);
        });
        if (auto advanced = chains_.back().advance(); !advanced) return advanced;
    }
    return {};
}

// Of several with the same time, the one that was named first.
SourceChain* Merger::earliest() {
    SourceChain* earliest = nullptr;
    for (SourceChain& chain : chains_) {
        if (chain.has_ended()) continue;
        if (earliest == nullptr || chain.time_ns() < earliest->time_ns()) earliest = &chain;
    }
    return earliest;
}

Result<void> Merger::take(const SourceChain& chain) {
    return std::visit([&](const auto& typed) { return take(typed, chain); }, chain.content());
}

Result<void> Merger::take(const RecordBatch& batch, const SourceChain& chain) {
    const Record& record = batch.records[chain.record()];
    const WireRecord& bytes = batch.bytes[chain.record()];
    std::string memory;
    if (std::holds_alternative<MalformedRecord>(record)) {
        out_.count_change("malformed", 1, bytes.size());
        return {};
    }
    if (const auto* process = std::get_if<ProcessRecord>(&record)) {
        ProcessStates& known = processes(chain);
        if (known.has(*process, bytes.joined(memory))) {
            out_.count_change("repeated", 1, bytes.size());
            return {};
        }
        known.add(*process, bytes.joined(memory), true);
    }
    const auto parts = repeated_.find(statistics_[chain.index()]);
    if (parts != repeated_.end() &&
        parts->second.is_repeated(chain.index(), bytes.joined(memory))) {
        out_.count_change("repeated", 1, bytes.size());
        return {};
    }
    return out_.add(bytes);
}

Result<void> Merger::take(const Snapshot& snapshot, const SourceChain& chain) {
    ProcessStates& known = processes(chain);
    if (known.has(snapshot)) return {};
    known.add(snapshot, true);
    return out_.add(snapshot);
}

Result<void> Merger::take(const Stats& stats, const SourceChain& chain) {
    out_.note_stats(statistics_[chain.index()], stats);
    return out_.write_stats();
}

Result<void> Merger::take(const Clock& clock, const SourceChain&) {
    if (std::exchange(last_clock_, clock) == clock) return {};
    return out_.add(clock);
}

void Merger::end(std::size_t index, const SourceReader& reader) {
    if (const auto& stats = reader.final_stats()) out_.note_stats(statistics_[index], *stats);
    accounts_[index] = reader.account();
}

ProcessStates& Merger::processes(const SourceChain& chain) {
    return processes_[files_[chain.index()].header.capture_id];
}

}  // namespace

Result<EditOutcome> merge_captures(const std::vector<std::string>& inputs,
                                   const ReadOptions& reading, const DeriveOptions& writing) {
    if (inputs.size() == 1) {
        Transform pass;
        return run_transform(inputs.front(), reading, pass, writing);
    }
    auto sources = examine_sources(inputs, Repeats::are_left_out);
    if (!sources) return sources.error();
    auto out = DerivedCapture::create(writing, combined_header(sources->files));
    if (!out) return out.error();
    Merger merger(sources->files, **out);
    auto outcome = merger.run(reading, count_of(sources->missing));
    if (outcome) outcome->notes = std::move(sources->notes);
    return outcome;
}

}  // namespace httpprof::format
