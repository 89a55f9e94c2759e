// Reads one source of a derived capture, and keeps account of what in it could not be read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "format/edit/counters.h"
#include "format/frame.h"
#include "format/reader.h"
#include "format/record_source.h"
#include "format/result.h"
#include "format/segment_chain.h"

namespace httpprof::format {

// What was read of a source, and what was not.
struct SourceAccount {
    std::string name;  // for messages
    Source source;
    std::vector<Damage> damage;  // the first ones
    std::uint64_t damage_count = 0;
    std::uint64_t damaged_bytes = 0;
    std::uint64_t unknown_frames = 0;  // of types that this version passes over
    std::uint64_t unknown_bytes = 0;
    Counters losses_before;                 // that the source says of its own sources
    std::optional<std::string> end_reason;  // nothing: the source was not closed cleanly

    bool is_complete() const { return damage_count == 0 && unknown_frames == 0; }
};

class SourceReader {
  public:
    using Content = std::variant<RecordBatch, Snapshot, Stats, Clock>;

    // Opens a capture and reads up to its Header. `chain`: of the files that it is one of, if any.
    static Result<std::unique_ptr<SourceReader>> open(const std::string& path,
                                                      const ReadOptions& options,
                                                      SegmentChain* chain = nullptr);

    // Nothing when it could not be read.
    const std::optional<Header>& header() const { return header_; }

    // The next frame that belongs into a derived capture; nothing at the end.
    Result<std::optional<Content>> next();

    // Of what was read so far.
    const SourceAccount& account() const { return account_; }
    // Those of the End frame, once it was read.
    const std::optional<Stats>& final_stats() const { return final_stats_; }

  private:
    SourceReader(std::unique_ptr<RecordSource> frames, const std::string& name);
    Result<void> read_header();
    std::optional<Content> take(Frame frame);
    void take(End end);
    void take(Damage damage);

    std::unique_ptr<RecordSource> frames_;
    std::optional<Header> header_;
    std::optional<Frame> first_;  // that came in place of the Header
    std::optional<Stats> final_stats_;
    std::uint64_t last_number_ = 0;
    SourceAccount account_;
};

}  // namespace httpprof::format
