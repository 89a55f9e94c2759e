#include "format/edit/source_reader.h"

#include <utility>

#include "format/change.h"
#include "format/edit/derived_capture.h"

namespace httpprof::format {
namespace {

constexpr std::size_t kMaxListedDamage = 100;

// Before the Header there is nothing else that says anything.
bool may_precede_header(const Frame& frame) {
    return std::holds_alternative<Damage>(frame.content) ||
           std::holds_alternative<UnknownFrame>(frame.content);
}

}  // namespace

SourceReader::SourceReader(std::unique_ptr<RecordSource> frames, const std::string& name)
    : frames_(std::move(frames)) {
    account_.name = name;
    account_.source.capture_id = DerivedCapture::unknown_header().capture_id;
    account_.source.last_digest.assign(kDigestSize, '\0');
}

Result<std::unique_ptr<SourceReader>> SourceReader::open(const std::string& path,
                                                         const ReadOptions& options,
                                                         SegmentChain* chain) {
    auto frames = open_capture(path, options);
    if (!frames) return frames.error();
    if (chain != nullptr) frames = chain->watch(*std::move(frames));
    std::unique_ptr<SourceReader> reader(
        new SourceReader(*std::move(frames), path == "-" ? "standard input" : path));
    if (auto read = reader->read_header(); !read) return read.error();
    return reader;
}

Result<void> SourceReader::read_header() {
    for (;;) {
        auto frame = frames_->next();
        if (!frame) return frame.error();
        if (!*frame) return {};
        if (may_precede_header(**frame)) {
            take(std::move(**frame));
            continue;
        }
        if (std::holds_alternative<Header>((*frame)->content))
            take(std::move(**frame));
        else
            first_ = std::move(*frame);
        return {};
    }
}

Result<std::optional<SourceReader::Content>> SourceReader::next() {
    for (;;) {
        std::optional<Frame> frame = std::exchange(first_, std::nullopt);
        if (!frame) {
            auto read = frames_->next();
            if (!read) return read.error();
            frame = *std::move(read);
        }
        if (!frame) return std::optional<Content>();
        if (auto content = take(*std::move(frame))) return content;
    }
}

std::optional<SourceReader::Content> SourceReader::take(Frame frame) {
    if (auto* damage = std::get_if<Damage>(&frame.content)) {
        take(std::move(*damage));
        return std::nullopt;
    }
    if (frame.header.number >= last_number_) {
        last_number_ = frame.header.number;
        account_.source.last_digest.assign(frame.digest.begin(), frame.digest.end());
    }
    if (auto* batch = std::get_if<RecordBatch>(&frame.content)) return std::move(*batch);
    if (auto* snapshot = std::get_if<Snapshot>(&frame.content)) return std::move(*snapshot);
    if (auto* stats = std::get_if<Stats>(&frame.content)) return std::move(*stats);
    if (const auto* clock = std::get_if<Clock>(&frame.content)) return *clock;
    if (auto* end = std::get_if<End>(&frame.content)) {
        take(std::move(*end));
    } else if (auto* header = std::get_if<Header>(&frame.content); header != nullptr && !header_) {
        account_.source.capture_id = header->capture_id;
        account_.source.segment = header->segment;
        header_ = std::move(*header);
    } else if (std::holds_alternative<UnknownFrame>(frame.content)) {
        ++account_.unknown_frames;
        account_.unknown_bytes += frame_size(frame.header.stored_size);
    }
    return std::nullopt;
}

void SourceReader::take(End end) {
    final_stats_ = std::move(end.stats);
    account_.end_reason = std::move(end.reason);
    for (const Counter& change : end.changes) {
        if (is_loss(change.cause)) account_.losses_before.add(change);
    }
}

void SourceReader::take(Damage damage) {
    ++account_.damage_count;
    account_.damaged_bytes += damage.size;
    if (account_.damage.size() < kMaxListedDamage) account_.damage.push_back(std::move(damage));
}

}  // namespace httpprof::format
