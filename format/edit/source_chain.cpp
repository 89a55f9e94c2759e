#include "format/edit/source_chain.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace httpprof::format {
namespace {

// What is looked at behind a frame to find its place.
constexpr std::size_t kMaxFramesAhead = 64;
constexpr std::size_t kMaxBytesAhead = 4 * 1024 * 1024;

std::size_t record_count(const SourceReader::Content& content) {
    const auto* batch = std::get_if<RecordBatch>(&content);
    return batch == nullptr ? 1 : batch->records.size();
}

std::size_t size_of(const SourceReader::Content& content) {
    std::size_t size = sizeof(content);
    if (const auto* batch = std::get_if<RecordBatch>(&content)) {
        for (const WireRecord& record : batch->bytes)
            size += record.size();
    } else if (const auto* snapshot = std::get_if<Snapshot>(&content)) {
        size += snapshot->arguments.size() + snapshot->environment.size();
    }
    return size;
}

// Process records and FINs of before can be repeated; the others stand where they were made.
bool is_in_its_place(const Record& record) {
    return std::holds_alternative<DataRecord>(record) ||
           std::holds_alternative<CloseRecord>(record);
}

// The time of the first record that tells where the content stands.
std::optional<std::uint64_t> place_of(const SourceReader::Content& content) {
    const auto* batch = std::get_if<RecordBatch>(&content);
    if (batch == nullptr) return std::nullopt;
    const auto first = std::ranges::find_if(batch->records, is_in_its_place);
    if (first == batch->records.end()) return std::nullopt;
    return time_of(*first);
}

}  // namespace

SourceChain::SourceChain(std::vector<Member> members, const ReadOptions& options, AtEnd at_end)
    : members_(std::move(members)), options_(options), at_end_(std::move(at_end)) {}

Result<void> SourceChain::advance() {
    ++record_;
    while (waiting_.empty() || record_ >= record_count(waiting_.front().content)) {
        record_ = 0;
        if (!waiting_.empty()) waiting_.pop_front();
        if (!waiting_.empty()) continue;
        const auto read = read_next();
        if (!read) return read.error();
        if (!*read) return {};
    }
    return settle_time();
}

// False at the end of all.
Result<bool> SourceChain::read_next() {
    while (member_ < members_.size()) {
        if (!reader_) {
            auto opened = SourceReader::open(members_[member_].path, options_, segments_.get());
            if (!opened) return opened.error();
            reader_ = *std::move(opened);
        }
        auto content = reader_->next();
        if (!content) return content.error();
        if (*content) {
            waiting_.push_back({**std::move(content), members_[member_].index});
            return true;
        }
        at_end_(members_[member_].index, *reader_);
        reader_.reset();
        ++member_;
    }
    return false;
}

Result<void> SourceChain::settle_time() {
    if (const auto* batch = std::get_if<RecordBatch>(&content())) {
        const Record& record = batch->records[record_];
        // That of a malformed one cannot be trusted.
        if (!std::holds_alternative<MalformedRecord>(record)) time_ns_ = time_of(record);
        return {};
    }
    if (const auto* snapshot = std::get_if<Snapshot>(&content()))
        return settle_time_of_frame(snapshot->time_ns);
    if (const auto* stats = std::get_if<Stats>(&content()))
        return settle_time_of_frame(stats->time_ns);
    return settle_time_of_frame(std::get<Clock>(content()).boottime_ns);
}

Result<void> SourceChain::settle_time_of_frame(std::uint64_t own_time_ns) {
    time_ns_ = own_time_ns;
    std::size_t bytes = 0;
    for (std::size_t ahead = 1; ahead < kMaxFramesAhead && bytes < kMaxBytesAhead; ++ahead) {
        if (ahead == waiting_.size()) {
            const auto read = read_next();
            if (!read) return read.error();
            if (!*read) return {};
        }
        if (const auto place = place_of(waiting_[ahead].content)) {
            time_ns_ = std::min(time_ns_, *place);
            return {};
        }
        bytes += size_of(waiting_[ahead].content);
    }
    return {};
}

}  // namespace httpprof::format
