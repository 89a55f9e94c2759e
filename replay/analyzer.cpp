#include "replay/analyzer.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "replay/reorder.h"

namespace httpprof::replay {
namespace {

// A live event waits this long for one that belongs before it, and for nothing longer: a stream may
// hold that one back for the first half, in which records are waited for.
constexpr std::uint64_t kLiveSlackNs = 2 * kReorderWindowNs;

// Records may stand behind a Stats frame that is this much newer: recorders have kept them back for
// half a second, and some time before that in the rings. Live ones hand them over before it.
constexpr std::uint64_t kStatsLeadNs = 1'000'000'000;

void add_to(std::map<std::string, Summary::Loss>& sums,
            const std::vector<format::Counter>& counters) {
    for (const format::Counter& counter : counters) {
        if (counter.records == 0 && counter.bytes == 0) continue;
        Summary::Loss& sum = sums[counter.cause];
        sum.records += counter.records;
        sum.bytes += counter.bytes;
    }
}

bool is_interim_response(const Message& message) {
    return message.kind == Message::Kind::response && !is_final_response(message.status);
}

std::vector<const EventStage*> with_first(const EventStage& first,
                                          std::vector<const EventStage*> stages) {
    stages.insert(stages.begin(), &first);
    return stages;
}

}  // namespace

Result<bool> RestoreStage::apply(Event& event) const {
    if (auto restored = store_.restore(*event.message); !restored) return restored.error();
    return true;
}

Analyzer::Analyzer(std::vector<Emitter*> emitters, AnalyzerOptions options)
    : live_(options.live),
      emitters_(std::move(emitters)),
      joins_responses_(options.join_responses),
      with_environments_(std::ranges::any_of(emitters_, &Emitter::wants_environments)),
      pipeline_(emitters_, with_first(restore_, std::move(options.stages)), options.jobs,
                options.live),
      connections_(*this, summary_.tally,
                   {.join_responses = options.join_responses, .store = &store_}) {
    summary_.missing_segments = std::move(options.missing_segments);
}

Result<void> Analyzer::read(format::RecordSource& source, const std::string& name) {
    source_name_ = name;
    for (;;) {
        auto frame = source.next();
        if (!frame) return frame.error();
        if (!*frame) return {};
        if (auto taken = take(**frame); !taken) return taken;
    }
}

Result<Summary> Analyzer::finish() {
    if (auto ended = end_capture(); !ended) return ended.error();
    const auto emitted = pipeline_.drain();
    if (!emitted) return emitted.error();
    const auto& shown = emitted->processes;
    summary_.events = emitted->events;
    summary_.anomalies = emitted->anomalies;
    summary_.processes = static_cast<std::uint64_t>(std::ranges::count(shown, true));
    summary_.peers = connections_.peers().pairs();
    for (Emitter* emitter : emitters_) {
        if (auto taken = emitter->summary(summary_); !taken) return taken.error();
        for (std::size_t i = 0; i < shown.size(); ++i) {
            if (!shown[i] || live_) continue;
            const auto& [number, start_realtime_ns] = spoken_[i];
            auto reported =
                emitter->process({pipeline_.shown(shelf_.at(number)), start_realtime_ns, i});
            if (!reported) return reported.error();
            if (shelf_.error()) return *shelf_.error();
        }
        if (auto finished = emitter->finish(); !finished) return finished.error();
    }
    return summary_;
}

Result<void> Analyzer::take(const format::Frame& frame) {
    ++summary_.frames;
    if (const auto* header = std::get_if<format::Header>(&frame.content)) {
        return begin_capture(*header);
    }
    std::visit(
        [this](const auto& content) {
            if constexpr (!std::is_same_v<decltype(content), const format::Header&>) take(content);
        },
        frame.content);
    if (auto emitted = emit_before(watermark_ns()); !emitted) return emitted;
    return flush();
}

Result<void> Analyzer::begin_capture(const format::Header& header) {
    if (header.capture_id != header_.capture_id || header.boot_id != header_.boot_id) {
        if (auto ended = end_capture(); !ended) return ended;
        for (Emitter* emitter : emitters_) {
            if (auto begun = emitter->capture(header); !begun) return begun;
        }
    }
    end_file();  // the segment before
    header_ = header;
    summary_.captures.push_back({.header = header});
    host_ = std::make_shared<const std::string>(header.host);
    capture_id_ = std::make_shared<const std::string>(header.capture_id);
    return {};
}

void Analyzer::take(const format::RecordBatch& batch) {
    summary_.records += batch.records.size();
    for (const format::Record& record : batch.records)
        std::visit([this](const auto& typed) { take_record(typed); }, record);
}

void Analyzer::take(const format::Snapshot& snapshot) {
    processes().add(snapshot);
    latest_ns_ = std::max(latest_ns_, snapshot.time_ns);
}

void Analyzer::take(const format::Stats& stats) {
    last_stats_ = stats;
    latest_ns_ = std::max(latest_ns_, stats.time_ns);
    advance(stats.time_ns - std::min(stats.time_ns, live_ ? 0 : kStatsLeadNs));
    flush_is_due_ = true;
}

void Analyzer::take(const format::Clock& clock) {
    clock_.add(clock);
    auto& captures = summary_.captures;
    if (!captures.empty() && !captures.back().start_realtime_ns)
        captures.back().start_realtime_ns = clock.realtime_ns;
    latest_ns_ = std::max(latest_ns_, clock.boottime_ns);
}

void Analyzer::take(const format::End& end) {
    last_stats_ = end.stats;
    add_to(summary_.changes, end.changes);
    if (!summary_.captures.empty()) summary_.captures.back().end_reason = end.reason;
}

void Analyzer::take(const format::Damage& damage) {
    ++summary_.damaged_places;
    if (summary_.damage.size() < Summary::kMostDamageListed)
        summary_.damage.push_back({damage, source_name_});
}

// Its Header was read.
void Analyzer::take(const format::HeaderCopy&) {}

void Analyzer::take(const format::Signature& signature) {
    if (!summary_.captures.empty()) summary_.captures.back().signer = signature.public_key;
}

// Readers of records ask for a key in its place.
void Analyzer::take(const format::EncryptedFrame&) {}

void Analyzer::take(const format::UnknownFrame&) {
    ++summary_.unknown_frames;
}

void Analyzer::take_record(const format::DataRecord& record) {
    advance(record.time_ns);
    connections_.add(record);
}

void Analyzer::take_record(const format::ProcessRecord& record) {
    advance(record.time_ns);
    processes().add(record);
}

void Analyzer::take_record(const format::FinRecord& record) {
    advance(record.time_ns);
    connections_.add(record);
}

void Analyzer::take_record(const format::CloseRecord& record) {
    advance(record.time_ns);
    connections_.add(record);
}

void Analyzer::take_record(const format::IoUringRecord& record) {
    advance(record.time_ns);
    const std::pair<std::uint32_t, std::string> process(record.task.pid, record.task.comm);
    if (summary_.io_uring.contains(process)) return;
    if (summary_.io_uring.size() < Summary::kMostIoUringListed) {
        summary_.io_uring.insert(process);
    } else {
        ++summary_.more_io_uring;
    }
}

// Its time cannot be trusted.
void Analyzer::take_record(const format::MalformedRecord&) {
    ++summary_.malformed_records;
}

void Analyzer::on_message(PlacedMessage&& placed) {
    const Message& message = *placed.paired.message;
    const Paired& paired = placed.paired;
    if (message.kind == Message::Kind::request) {
        ++summary_.requests;
        if (!joins_responses_ || !paired.response) ++summary_.requests_without_response;
    } else {
        ++summary_.responses;
        if (!paired.exchange) ++summary_.responses_without_request;
        // Requests that are not joined are counted as ones without, before this or after it.
        if (!joins_responses_ && paired.exchange && is_final_response(message.status)) {
            --summary_.requests_without_response;
        }
    }
    if (joins_responses_) note_announced(placed);
    timeline_.add(std::move(placed));
}

// A request is joined, and given, behind the interim responses to it.
void Analyzer::note_announced(const PlacedMessage& placed) {
    const Paired& paired = placed.paired;
    if (!paired.exchange) return;
    const std::pair exchange(placed.connection, *paired.exchange);
    if (is_interim_response(*paired.message)) {
        ++announced_[exchange].interim_responses;
    } else if (const auto found = announced_.find(exchange);
               found != announced_.end() && paired.message->kind == Message::Kind::request) {
        found->second.response = paired.response;
    }
}

std::optional<ResponseHead> Analyzer::take_announced(const PlacedMessage& placed) {
    const auto found = announced_.find({placed.connection, placed.paired.exchange.value_or(0)});
    if (found == announced_.end()) return std::nullopt;
    const auto response = found->second.response;
    if (--found->second.interim_responses == 0) announced_.erase(found);
    return response;
}

void Analyzer::on_transfer(Transfer&& transfer) {
    transfer.other_end = connections_.peers().other_end_of(transfer.connection);
    for (Emitter* emitter : emitters_) {
        if (transfer_error_) return;
        if (auto taken = emitter->transfer(transfer, clock_); !taken)
            transfer_error_ = taken.error();
    }
}

void Analyzer::advance(std::uint64_t time_ns) {
    latest_ns_ = std::max(latest_ns_, time_ns);
    newest_ns_ = std::max(newest_ns_, time_ns);
    connections_.advance(newest_ns_);
}

Result<void> Analyzer::end_capture() {
    connections_.cut();
    if (auto emitted = emit_before(kNever); !emitted) return emitted;
    end_file();
    clock_ = {};
    newest_ns_ = latest_ns_ = 0;
    return {};
}

void Analyzer::end_file() {
    add_to(summary_.lost, last_stats_.lost);
    add_to(summary_.missing, last_stats_.missing);
    add_to(summary_.left_out, last_stats_.left_out);
    last_stats_ = {};
    auto& captures = summary_.captures;
    if (!captures.empty() && captures.back().start_realtime_ns)
        captures.back().end_realtime_ns = clock_.realtime_ns(latest_ns_);
}

std::uint64_t Analyzer::watermark_ns() const {
    const std::uint64_t slack_ns = live_ ? kLiveSlackNs : kReorderWindowNs;
    const std::uint64_t settled = newest_ns_ - std::min(newest_ns_, slack_ns);
    return live_ ? settled : std::min(settled, connections_.oldest_open_ns());
}

Result<void> Analyzer::emit_before(std::uint64_t watermark_ns) {
    while (auto placed = timeline_.take_before(watermark_ns)) {
        if (auto emitted = emit(*std::move(placed)); !emitted) return emitted;
    }
    if (store_.error()) return *store_.error();
    if (shelf_.error()) return *shelf_.error();
    if (transfer_error_) return *transfer_error_;
    // Live, too, what is open is given later.
    if (watermark_ns != kNever)
        clock_.forget_before(std::min(watermark_ns, connections_.oldest_open_ns()));
    return {};
}

Result<void> Analyzer::emit(PlacedMessage&& placed) {
    Paired& paired = placed.paired;
    const Origin& first = paired.message->first;
    Event event;
    const ProcessReport process = report_of(first);
    event.process = process.process;
    event.process_number = process.number;
    event.process_start_realtime_ns = process.start_realtime_ns;
    event.realtime_ns = clock_.realtime_ns(first.time_ns);
    if (!clock_.is_known()) ++summary_.undated;
    event.direction = paired.direction;
    event.source = placed.source;
    event.destination = placed.destination;
    event.connection = placed.connection;
    event.exchange = paired.exchange;
    event.latency_ns = paired.latency_ns;
    event.request = std::move(paired.request);
    event.response =
        is_interim_response(*paired.message) ? take_announced(placed) : paired.response;
    event.ended_early = paired.ended_early;
    event.position = placed.position;
    event.other_end = connections_.peers().other_end_of(placed.connection);
    event.host = host_;
    event.capture_id = capture_id_;
    event.message = std::move(paired.message);
    report_others(event);
    return pipeline_.add(std::move(event));
}

// A process that only changed its name is no other one.
void Analyzer::report_others(Event& event) {
    std::erase_if(event.message->others, [&](const Origin& other) {
        ProcessReport report = report_of(other);
        const bool is_known = report.number == event.process_number ||
                              std::ranges::find(event.others, report.number,
                                                &ProcessReport::number) != event.others.end();
        if (!is_known) event.others.push_back(std::move(report));
        return is_known;
    });
}

Processes& Analyzer::processes() {
    return processes_.try_emplace(header_.boot_id, shelf_, with_environments_).first->second;
}

// A process of an event; at its first one it joins those to be reported.
ProcessReport Analyzer::report_of(const Origin& origin) {
    Processes::Known known = processes().of(origin);
    numbers_.resize(shelf_.size());
    std::optional<std::size_t>& number = numbers_[known.number];
    if (!number) {
        number = spoken_.size();
        spoken_.push_back({known.number, clock_.realtime_ns(known.process->start_ns)});
    }
    return {std::move(known.process), spoken_[*number].start_realtime_ns, *number};
}

Result<void> Analyzer::flush() {
    return std::exchange(flush_is_due_, false) ? pipeline_.flush() : Result<void>();
}

}  // namespace httpprof::replay
