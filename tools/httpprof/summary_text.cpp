#include "tools/httpprof/summary_text.h"

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "format/change.h"
#include "replay/anomaly_counts.h"
#include "replay/completeness.h"
#include "replay/emit/text.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

constexpr std::size_t kMostPlaces = 10;  // of one kind

void report_when_not_zero(std::uint64_t count, const char* singular, const char* plural) {
    if (count > 0) report("%s", count_text(count, singular, plural).c_str());
}

void report_anomalies(const replay::Summary& summary) {
    for (const auto& [kind, messages] : replay::worst_first(summary.anomalies)) {
        const std::string severity(to_string(replay::severity(kind)));
        const std::string id(to_string(kind));
        report("anomaly, %s: %s: %s", severity.c_str(), id.c_str(),
               count_text(messages, "message", "messages").c_str());
    }
}

void report_damage(const replay::Summary& summary) {
    const std::size_t shown = std::min(summary.damage.size(), kMostPlaces);
    for (const auto& [damage, source] : std::span(summary.damage).first(shown)) {
        report("damaged: %s%sat byte %" PRIu64 ": %s", source.c_str(), source.empty() ? "" : ", ",
               damage.offset, damage.what.c_str());
    }
    if (summary.damaged_places > shown) {
        report("damaged: %s more; httpprof verify lists them",
               count_text(summary.damaged_places - shown, "place", "places").c_str());
    }
}

std::string source_loss_text(const std::string& cause, const replay::Summary::Loss& loss) {
    if (cause == format::kUnclosed)
        return count_text(loss.records, "source", "sources") + " not closed cleanly";
    if (cause == format::kMissingSegments)
        return count_text(loss.records, "segment", "segments") + " not there";
    std::string count;
    if (cause == format::kUnreadable)
        count = count_text(loss.records, "place", "places");
    else if (cause == format::kUnknownFrames)
        count = count_text(loss.records, "frame", "frames");
    else
        count = count_text(loss.records, "record", "records");
    return cause + ": " + count + ", " + size_text(loss.bytes);
}

void report_source_losses(const replay::Summary& summary) {
    for (const auto& [cause, loss] : summary.changes) {
        if (!format::is_loss(cause)) continue;
        report("lost before, in what the capture was made of: %s",
               source_loss_text(cause, loss).c_str());
    }
}

void report_io_uring(const replay::Summary& summary) {
    std::size_t shown = 0;
    for (const auto& [pid, comm] : summary.io_uring) {
        if (shown == kMostPlaces) break;
        ++shown;
        report("not recorded: what process %" PRIu32 " (%s) moved with io_uring", pid,
               comm.c_str());
    }
    const std::uint64_t more = summary.io_uring.size() - shown + summary.more_io_uring;
    if (more > 0) {
        report("not recorded: what %s more moved with io_uring",
               count_text(more, "process", "processes").c_str());
    }
}

void report_unrecorded(const replay::Summary& summary) {
    report_io_uring(summary);
    for (const auto& [cause, loss] : summary.left_out) {
        if (!replay::is_unrecorded(cause) || cause == replay::kIoUring) continue;
        const std::string bytes = loss.bytes > 0 ? ", " + size_text(loss.bytes) : std::string();
        report("not recorded: %s: %s%s", cause.c_str(),
               count_text(loss.records, "call", "calls").c_str(), bytes.c_str());
    }
}

void report_losses(const replay::Summary& summary) {
    for (const auto& [cause, loss] : summary.lost) {
        report("lost: %s: %s, %s", cause.c_str(),
               count_text(loss.records, "record", "records").c_str(),
               size_text(loss.bytes).c_str());
    }
    for (const auto& [cause, bytes] : summary.tally.missing_bytes) {
        const std::string name(format::to_string(cause));
        report("missing: %s: %s", name.c_str(), size_text(bytes).c_str());
    }
    report_unrecorded(summary);
    report_source_losses(summary);
    report_damage(summary);
}

void report_not_http(const replay::Tally& tally) {
    if (tally.not_http_bytes > 0) report("not HTTP: %s", size_text(tally.not_http_bytes).c_str());
    const replay::NotHttpPlaces& places = tally.not_http_places;
    const std::size_t shown = std::min(places.listed().size(), kMostPlaces);
    for (const replay::NotHttpPlace& place : std::span(places.listed()).first(shown)) {
        report("not HTTP: connection %" PRIu64 ", %s to %s, offset %" PRIu64 ": %s",
               place.connection, replay::endpoint_text(place.source).c_str(),
               replay::endpoint_text(place.destination).c_str(), place.offset,
               size_text(place.bytes).c_str());
    }
    if (places.count() > shown) {
        report("not HTTP: at %s more; analyze --summary lists them",
               count_text(places.count() - shown, "place", "places").c_str());
    }
}

void report_left_out(const replay::Summary& summary) {
    const replay::Tally& tally = summary.tally;
    if (tally.given_up_connections > 0) {
        report("given up while others needed their memory: %s that had been quiet for longest",
               count_text(tally.given_up_connections, "connection", "connections").c_str());
    }
    report_not_http(tally);
    for (const auto& [protocol, bytes] : tally.opaque_bytes) {
        report("after a change of protocol (%s): %s", protocol.c_str(), size_text(bytes).c_str());
    }
    for (const auto& [protocol, unparsed] : tally.unparsed) {
        report("%s, not analyzed: %s, %s", protocol.c_str(),
               count_text(unparsed.connections, "connection", "connections").c_str(),
               size_text(unparsed.bytes).c_str());
    }
    if (tally.proxy_header_bytes > 0) {
        report("PROXY protocol, before requests: %s", size_text(tally.proxy_header_bytes).c_str());
    }
    if (tally.duplicate_bytes > 0) {
        report("seen twice: %s", size_text(tally.duplicate_bytes).c_str());
    }
}

}  // namespace

void report_summary(const replay::Summary& summary) {
    const std::uint64_t found = summary.requests + summary.responses;
    const std::string shown =
        summary.events == found ? std::string() : std::to_string(summary.events) + " of ";
    report("%s%s (%s, %s) of %s on %s", shown.c_str(), count_text(found, "event", "events").c_str(),
           count_text(summary.requests, "request", "requests").c_str(),
           count_text(summary.responses, "response", "responses").c_str(),
           count_text(summary.processes, "process", "processes").c_str(),
           count_text(summary.tally.connections, "connection", "connections").c_str());
    report_when_not_zero(summary.requests_without_response, "request without a response",
                         "requests without a response");
    report_when_not_zero(summary.responses_without_request, "response without its request",
                         "responses without their request");
    report_anomalies(summary);
    if (summary.undated > 0) {
        report("no clock can be read for %s: instead of the time of day, theirs is that since boot",
               count_text(summary.undated, "message", "messages").c_str());
    }
    report_losses(summary);
    report_when_not_zero(summary.malformed_records, "malformed record", "malformed records");
    report_when_not_zero(summary.unknown_frames, "frame of an unknown type passed over",
                         "frames of an unknown type passed over");
    report_left_out(summary);
}

}  // namespace httpprof::cli
