#include "format/edit/slice.h"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "format/edit/selection.h"
#include "format/edit/source_reader.h"
#include "format/edit/sources.h"

namespace httpprof::format {
namespace {

class Slicer {
  public:
    Slicer(ReadOptions reading, SliceFilter filter, DeriveOptions writing)
        : reading_(std::move(reading)), filter_(std::move(filter)), writing_(std::move(writing)) {}

    // `header` is of the new capture; nothing: that of the first source.
    Result<EditOutcome> run(const std::vector<std::string>& inputs,
                            const std::optional<Header>& header, std::uint64_t missing_segments);

  private:
    Result<void> start(Header header);
    Result<void> read(SourceReader& source);
    Result<void> take(const RecordBatch& batch);
    Result<void> take(const Snapshot& snapshot) { return selection_->take(snapshot); }
    Result<void> take(const Stats& stats);
    Result<void> take(const Clock& clock) { return selection_->take(clock); }
    Result<void> find_clock();

    const ReadOptions reading_;
    const SliceFilter filter_;
    const DeriveOptions writing_;
    std::unique_ptr<DerivedCapture> out_;
    std::optional<Selection> selection_;
    std::string input_;        // that is being read
    std::size_t source_ = 0;   // its place among them
    bool may_repeat_ = false;  // it begins with what was said elsewhere before
};

Result<EditOutcome> Slicer::run(const std::vector<std::string>& inputs,
                                const std::optional<Header>& header,
                                std::uint64_t missing_segments) {
    std::vector<SourceAccount> accounts;
    bool was_encrypted = false;
    SegmentChain segments;
    for (const std::string& input : inputs) {
        input_ = input;
        auto source = SourceReader::open(input, reading_, &segments);
        if (!source) return source.error();
        const Header own = (*source)->header().value_or(DerivedCapture::unknown_header());
        was_encrypted = was_encrypted || !own.recipients.empty();
        may_repeat_ = own.segment > 0 || !own.derivation.empty();
        if (!out_) {
            if (auto started = start(header.value_or(own)); !started) return started.error();
        }
        if (auto taken = read(**source); !taken) return taken.error();
        accounts.push_back((*source)->account());
        ++source_;
    }
    if (auto finished = selection_->finish(); !finished) return finished.error();
    auto outcome = finish_derived(*out_, std::move(accounts), missing_segments);
    if (outcome) outcome->was_encrypted = was_encrypted;
    return outcome;
}

Result<void> Slicer::start(Header header) {
    auto out = DerivedCapture::create(writing_, std::move(header));
    if (!out) return out.error();
    out_ = *std::move(out);
    selection_.emplace(filter_, *out_);
    return {};
}

Result<void> Slicer::read(SourceReader& source) {
    for (;;) {
        auto content = source.next();
        if (!content) return content.error();
        if (!*content) break;
        auto taken = std::visit([&](const auto& typed) { return take(typed); }, **content);
        if (!taken) return taken;
    }
    if (const auto& stats = source.final_stats()) out_->note_stats(source_, *stats);
    return {};
}

Result<void> Slicer::take(const RecordBatch& batch) {
    if (selection_->needs_clock()) {
        if (auto found = find_clock(); !found) return found;
    }
    std::string memory;
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        auto taken = selection_->take(batch.records[i], batch.bytes[i].joined(memory), may_repeat_);
        if (!taken) return taken;
    }
    return {};
}

Result<void> Slicer::take(const Stats& stats) {
    out_->note_stats(source_, stats);
    if (!selection_->is_within(stats.time_ns)) return {};
    if (auto kept = selection_->keep_clocks(stats.time_ns); !kept) return kept;
    return out_->write_stats();
}

// The Clock that should be directly behind the Header is damaged: the next one tells the time too.
Result<void> Slicer::find_clock() {
    if (!is_read_once(input_)) {
        auto source = SourceReader::open(input_, reading_);
        if (!source) return source.error();
        for (;;) {
            auto content = (*source)->next();
            if (!content) return content.error();
            if (!*content) break;
            const auto* clock = std::get_if<Clock>(&**content);
            if (clock == nullptr) continue;
            selection_->look_ahead(*clock);
            return {};
        }
    }
    return Error{"the wall time of the first records of " + input_ +
                 " is not known; name times as +SECONDS from the first record"};
}

}  // namespace

Result<EditOutcome> slice_captures(const std::vector<std::string>& inputs,
                                   const ReadOptions& reading, const SliceFilter& filter,
                                   const DeriveOptions& writing) {
    Slicer slicer(reading, filter, writing);
    if (inputs.size() == 1) return slicer.run(inputs, std::nullopt, 0);
    auto sources = examine_sources(inputs, Repeats::are_read);
    if (!sources) return sources.error();
    if (!are_of_one_recording(sources->files))
        return Error{"the captures are not segments of one recording; merge them first"};
    std::vector<std::string> ordered;
    for (const SourceFile& file : sources->files)
        ordered.push_back(file.path);
    auto outcome = slicer.run(ordered, combined_header(sources->files), count_of(sources->missing));
    if (outcome) outcome->notes = std::move(sources->notes);
    return outcome;
}

}  // namespace httpprof::format
