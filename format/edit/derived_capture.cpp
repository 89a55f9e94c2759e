#include "format/edit/derived_capture.h"

#include <algorithm>
#include <utility>

#include "bpf/wire.h"

namespace httpprof::format {

DerivedCapture::~DerivedCapture() {
    if (!has_ended_) file_->discard();
}

Result<std::unique_ptr<DerivedCapture>> DerivedCapture::create(const DeriveOptions& options,
                                                               Header header) {
    header.writer = "httpprof " HTTPPROF_VERSION;
    header.derivation.insert(header.derivation.end(), options.command_line.begin(),
                             options.command_line.end());
    auto file = OutputFile::create(options.output, options.overwrite);
    if (!file) return file.error();
    std::unique_ptr<DerivedCapture> derived(new DerivedCapture(*std::move(file)));
    auto writer = CaptureWriter::start(*derived->file_, std::move(header), options.write);
    if (!writer) return writer.error();
    derived->writer_ = *std::move(writer);
    return derived;
}

Header DerivedCapture::unknown_header() {
    Header header;
    header.boot_id.assign(kIdSize, '\0');
    header.capture_id.assign(kIdSize, '\0');
    header.wire_version = WIRE_VERSION;
    return header;
}

Result<void> DerivedCapture::add(const WireRecord& record) {
    block_.append(record);
    return block_.full() ? flush() : Result<void>();
}

Result<void> DerivedCapture::add(const Snapshot& snapshot) {
    if (auto flushed = flush(); !flushed) return flushed;
    return writer_->write(snapshot);
}

Result<void> DerivedCapture::add(const Clock& clock) {
    if (auto flushed = flush(); !flushed) return flushed;
    return writer_->write(clock);
}

Result<void> DerivedCapture::flush() {
    auto written = writer_->write(block_);
    block_.clear();
    return written;
}

void DerivedCapture::count_change(std::string_view cause, std::uint64_t records,
                                  std::uint64_t bytes) {
    changes_.add({.cause = std::string(cause), .records = records, .bytes = bytes});
}

void DerivedCapture::note_stats(std::size_t source, const Stats& stats) {
    SourceStats& known = stats_[source];
    known.time_ns = std::max(known.time_ns, stats.time_ns);
    known.lost.raise(stats.lost);
    known.missing.raise(stats.missing);
    known.left_out.raise(stats.left_out);
}

Result<void> DerivedCapture::write_stats() {
    if (auto flushed = flush(); !flushed) return flushed;
    return writer_->write(combined_stats());
}

Result<DerivedCapture::Summary> DerivedCapture::finish(const std::string& reason,
                                                       std::vector<Source> sources) {
    if (auto flushed = flush(); !flushed) return flushed.error();
    auto ended = writer_->end({.reason = reason,
                               .stats = combined_stats(),
                               .sources = std::move(sources),
                               .changes = all_changes()});
    if (!ended) return ended.error();
    has_ended_ = true;
    if (auto finished = file_->finish(); !finished) return finished.error();
    return Summary{.records = writer_->recorded(),
                   .record_bytes = writer_->recorded_bytes(),
                   .file_bytes = writer_->bytes_written(),
                   .last_digest = writer_->last_digest(),
                   .changes = changes_.list()};
}

std::vector<Counter> DerivedCapture::all_changes() const {
    Counters all = changes_before_;
    all.add(changes_.list());
    return all.list();
}

// What a source says of records does not hold for the new file, its losses do.
Stats DerivedCapture::combined_stats() const {
    Stats sum;
    Counters lost;
    Counters missing;
    missing.add(writer_->missing());
    Counters left_out;
    for (const auto& [source, stats] : stats_) {
        sum.time_ns = std::max(sum.time_ns, stats.time_ns);
        lost.add(stats.lost.list());
        // Without bytes: of processes, not of records.
        for (const Counter& counter : stats.missing.list()) {
            if (counter.bytes == 0) missing.add(counter);
        }
        left_out.add(stats.left_out.list());
    }
    sum.recorded = writer_->recorded();
    sum.recorded_bytes = writer_->recorded_bytes();
    sum.produced = sum.recorded + records_of(lost.list());
    sum.lost = lost.list();
    sum.missing = missing.list();
    sum.left_out = left_out.list();
    return sum;
}

}  // namespace httpprof::format
