// Drives an analysis: frames in, events and processes out to the emitters, in the order of the
// output. What comes out depends on the frames alone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "format/frame.h"
#include "format/record_source.h"
#include "format/result.h"
#include "format/segment_order.h"
#include "replay/connections.h"
#include "replay/emit/emitter.h"
#include "replay/event_pipeline.h"
#include "replay/message_store.h"
#include "replay/processes.h"
#include "replay/tally.h"
#include "replay/timeline.h"
#include "replay/wall_clock.h"

namespace httpprof::replay {

// What was read and found, and what was not.
struct Summary {
    struct Loss {
        std::uint64_t records = 0;
        std::uint64_t bytes = 0;
    };
    // A capture, or a segment of one.
    struct Capture {
        format::Header header;
        std::optional<std::int64_t> start_realtime_ns = {};  // nothing without a Clock
        std::optional<std::int64_t> end_realtime_ns = {};
        std::optional<std::string> end_reason = {};  // nothing without a proper end
        std::string signer = {};                     // its public key; empty for none
    };

    struct DamagedPlace {
        format::Damage damage;
        std::string source = {};  // what read() was told
    };
    static constexpr std::size_t kMostDamageListed = 1000;
    static constexpr std::size_t kMostIoUringListed = 1000;

    std::vector<Capture> captures;
    std::uint64_t frames = 0;
    std::uint64_t unknown_frames = 0;  // of types that this version skips
    std::uint64_t records = 0;
    std::uint64_t malformed_records = 0;
    std::uint64_t requests = 0;
    std::uint64_t responses = 0;
    std::uint64_t requests_without_response = 0;
    std::uint64_t responses_without_request = 0;
    // After the stages: the events that were emitted, the processes whose events they are, and how
    // many of their messages have which anomaly.
    std::uint64_t events = 0;
    std::uint64_t undated = 0;  // messages whose time of day is not known, for want of a Clock
    std::uint64_t processes = 0;
    // The numbers of connections that are two ends of one.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> peers;
    std::map<AnomalyKind, std::uint64_t> anomalies;
    Tally tally;
    // What the recorder counted, by cause: records that never came into the capture, records whose
    // bytes are not all in it, and calls that it left out.
    std::map<std::string, Loss> lost;
    std::map<std::string, Loss> missing;
    std::map<std::string, Loss> left_out;
    // What was left out or changed when captures were made of others, by cause.
    std::map<std::string, Loss> changes;
    std::uint64_t damaged_places = 0;
    std::vector<DamagedPlace> damage;  // the first ones
    std::vector<format::MissingSegments> missing_segments;
    // Processes that used io_uring, whose transfers are not in the capture: pid and command name.
    std::set<std::pair<std::uint32_t, std::string>> io_uring;  // the first ones
    std::uint64_t more_io_uring = 0;                           // records of others
};

// Brings back what a message has in the store's file.
class RestoreStage final : public EventStage {
  public:
    explicit RestoreStage(MessageStore& store) : store_(store) {}
    Result<bool> apply(Event& event) const override;

  private:
    MessageStore& store_;
};

struct AnalyzerOptions {
    unsigned jobs = 1;                           // threads for what is done to single events
    std::vector<const EventStage*> stages = {};  // in this order; must outlive the analyzer
    bool join_responses = false;                 // requests say how they were answered
    // Everything is emitted soon: an event waits only a moment for older ones that are open, which
    // then come behind it; and a process comes before its first event.
    bool live = false;
    // That what is read should have been.
    std::vector<format::MissingSegments> missing_segments = {};
};

class Analyzer final : private MessageSink {
  public:
    // The emitters must outlive the analyzer.
    explicit Analyzer(std::vector<Emitter*> emitters, AnalyzerOptions options = {});
    Analyzer(const Analyzer&) = delete;
    Analyzer& operator=(const Analyzer&) = delete;

    // Reads a source to its end. A further one continues the same capture when its Header says so
    // (the next segment); else the connections of the one before end with it. `name`: of the
    // source, where the reader of the summary has to be told which one it was.
    Result<void> read(format::RecordSource& source, const std::string& name = {});

    // Everything was read, or an error ended it: emits what is left, then the processes.
    Result<Summary> finish();

  private:
    // What 1xx responses of an exchange, which come before it, are to say of its final response.
    struct Announced {
        std::uint64_t interim_responses = 0;  // that are not emitted yet
        std::optional<ResponseHead> response = {};
    };

    // A process across the captures of one boot: pid and start say nothing across boots.
    struct SpokenProcess {
        std::size_t number = 0;  // on the shelf
        std::int64_t start_realtime_ns = 0;
    };

    Result<void> take(const format::Frame& frame);
    Result<void> begin_capture(const format::Header& header);
    void take(const format::RecordBatch& batch);
    void take(const format::Snapshot& snapshot);
    void take(const format::Stats& stats);
    void take(const format::Clock& clock);
    void take(const format::End& end);
    void take(const format::Damage& damage);
    void take(const format::HeaderCopy& copy);
    void take(const format::Signature& signature);
    void take(const format::EncryptedFrame& frame);
    void take(const format::UnknownFrame& frame);
    void take_record(const format::DataRecord& record);
    void take_record(const format::ProcessRecord& record);
    void take_record(const format::FinRecord& record);
    void take_record(const format::CloseRecord& record);
    void take_record(const format::IoUringRecord& record);
    void take_record(const format::MalformedRecord& record);

    void on_message(PlacedMessage&& placed) override;
    void on_transfer(Transfer&& transfer) override;

    void advance(std::uint64_t time_ns);
    Result<void> end_capture();
    void end_file();
    // The time before which no event can appear any more.
    std::uint64_t watermark_ns() const;
    Result<void> emit_before(std::uint64_t watermark_ns);
    Result<void> emit(PlacedMessage&& placed);
    void note_announced(const PlacedMessage& placed);
    std::optional<ResponseHead> take_announced(const PlacedMessage& placed);
    void report_others(Event& event);
    Processes& processes();
    ProcessReport report_of(const Origin& origin);
    Result<void> flush();

    const bool live_;
    const std::vector<Emitter*> emitters_;
    const bool joins_responses_;
    const bool with_environments_;
    MessageStore store_;
    const RestoreStage restore_{store_};
    EventPipeline pipeline_;
    Summary summary_;
    Connections connections_;
    Timeline timeline_{store_};
    std::map<std::pair<std::uint64_t, std::uint64_t>, Announced> announced_;  // connection, request

    // Of the capture that is being read.
    std::string source_name_;
    format::Header header_;
    std::shared_ptr<const std::string> host_;
    std::shared_ptr<const std::string> capture_id_;
    WallClock clock_;
    format::Stats last_stats_;
    std::uint64_t newest_ns_ = 0;  // about up to where the records were read
    std::uint64_t latest_ns_ = 0;  // time of all frames
    bool flush_is_due_ = false;
    std::optional<Error> transfer_error_;

    ProcessShelf shelf_;
    std::map<std::string, Processes> processes_;       // by boot id
    std::vector<std::optional<std::size_t>> numbers_;  // by that on the shelf: in the list below
    std::vector<SpokenProcess> spoken_;                // in order of their first event
};

}  // namespace httpprof::replay
