// Captures that follow each other, one piece of content at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "format/edit/source_reader.h"
#include "format/reader.h"
#include "format/result.h"

namespace httpprof::format {

// Holds one frame of records at a time, or few.
class SourceChain {
  public:
    struct Member {
        std::string path;
        std::size_t index = 0;  // for the caller
    };
    // Called with each file that was read to its end.
    using AtEnd = std::function<void(std::size_t index, const SourceReader& reader)>;

    SourceChain(std::vector<Member> members, const ReadOptions& options, AtEnd at_end);

    // Goes to the next piece of content, the first one at the first call.
    Result<void> advance();

    bool has_ended() const { return waiting_.empty(); }
    // The rest not when it has ended.
    const SourceReader::Content& content() const { return waiting_.front().content; }
    // Which one of a RecordBatch.
    std::size_t record() const { return record_; }
    // Of the member that the content is of.
    std::size_t index() const { return waiting_.front().index; }
    // CLOCK_BOOTTIME at which the content has its place between that of other chains: the time of a
    // record; of anything else its own, or that of the records behind it if they are older: it is
    // written when it is read, and records are collected first.
    std::uint64_t time_ns() const { return time_ns_; }

  private:
    struct Waiting {
        SourceReader::Content content;
        std::size_t index = 0;
    };

    Result<bool> read_next();
    Result<void> settle_time();
    Result<void> settle_time_of_frame(std::uint64_t own_time_ns);

    std::vector<Member> members_;
    ReadOptions options_;
    AtEnd at_end_;
    std::size_t member_ = 0;  // that is being read
    // The reader knows where it is, and this may be moved.
    std::unique_ptr<SegmentChain> segments_ = std::make_unique<SegmentChain>();
    std::unique_ptr<SourceReader> reader_;
    std::deque<Waiting> waiting_;  // the content, and what was looked at behind it
    std::size_t record_ = 0;
    std::uint64_t time_ns_ = 0;
};

}  // namespace httpprof::format
