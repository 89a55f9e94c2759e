#include "replay/emit/info_json.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "format/frame_name.h"
#include "format/preamble.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json texts(const std::vector<std::string>& list) {
    Json texts = Json::array();
    for (const std::string& text : list)
        texts.push_back(as_utf8(text));
    return texts;
}

Json counters(const std::vector<format::Counter>& list) {
    Json counters = Json::array();
    for (const format::Counter& counter : list)
        counters.push_back({{"cause", as_utf8(counter.cause)},
                            {"records", counter.records},
                            {"bytes", counter.bytes}});
    return counters;
}

Json sources(const std::vector<format::Source>& list) {
    Json sources = Json::array();
    for (const format::Source& source : list)
        sources.push_back({{"capture_id", hex(source.capture_id)},
                           {"segment", source.segment},
                           {"last_digest", hex(source.last_digest)}});
    return sources;
}

Json moment(const format::Moment& moment) {
    return {{"boottime_ns", moment.boottime_ns},
            {"utc", moment.realtime_ns ? Json(rfc3339(*moment.realtime_ns)) : Json()}};
}

void put_file(Json& object, const std::string& file, const format::CaptureInfo& info) {
    object["file"] = as_utf8(file);
    object["index"] = info.from_index;
    object["format_version"] = info.minor_version ? Json(std::to_string(format::kMajorVersion) +
                                                         "." + std::to_string(*info.minor_version))
                                                  : Json();
}

void put_header(Json& object, const std::optional<format::Header>& known) {
    const format::Header header = known.value_or(format::Header{});
    const auto put = [&](const char* name, Json value) {
        object[name] = known ? std::move(value) : Json();
    };
    put("host", as_utf8(header.host));
    put("kernel", as_utf8(header.kernel));
    put("machine", as_utf8(header.machine));
    put("boot_id", hex(header.boot_id));
    put("capture_id", hex(header.capture_id));
    put("segment", header.segment);
    put("previous_segment",
        header.previous_segment.empty() ? Json() : Json(hex(header.previous_segment)));
    put("writer", as_utf8(header.writer));
    put("wire_version", header.wire_version);
    put("options", texts(header.options));
    put("derivation", texts(header.derivation));
    Json recipients = Json::array();
    for (const format::Recipient& recipient : header.recipients)
        recipients.push_back(hex(recipient.public_key));
    put("recipients", std::move(recipients));
}

void put_times(Json& object, const format::CaptureInfo& info) {
    const auto put = [&](const char* first, const char* last, const char* duration,
                         const std::optional<format::TimeSpan>& span) {
        object[first] = span ? moment(span->first) : Json();
        object[last] = span ? moment(span->last) : Json();
        object[duration] = span ? Json(span->last.boottime_ns - span->first.boottime_ns) : Json();
    };
    put("start", "end", "duration_ns", info.span);
    put("first_record", "last_record", "records_duration_ns", info.record_span);
}

void put_amounts(Json& object, const format::CaptureInfo& info) {
    std::uint64_t frames = 0;
    Json by_type = Json::object();
    for (const auto& [type, count] : info.frames) {
        by_type[format::frame_name(type)] = count;
        frames += count;
    }
    object["frames"] = frames;
    object["frames_by_type"] = std::move(by_type);
    object["records"] = info.records;
    object["record_bytes"] = or_null(info.record_bytes);
    object["raw_bytes"] = info.raw_bytes;
    object["stored_bytes"] = info.file_size;
    const double ratio = info.file_size == 0 ? 0
                                             : static_cast<double>(info.raw_bytes) /
                                                   static_cast<double>(info.file_size);
    object["compression_ratio"] = std::round(ratio * 1000) / 1000;
    object["connections"] = or_null(info.connections);
    object["processes"] = or_null(info.processes);
}

void put_losses(Json& object, const std::optional<format::Stats>& stats) {
    object["produced"] = stats ? Json(stats->produced) : Json();
    object["recorded"] = stats ? Json(stats->recorded) : Json();
    object["lost"] = stats ? counters(stats->lost) : Json();
    object["missing"] = stats ? counters(stats->missing) : Json();
    object["left_out"] = stats ? counters(stats->left_out) : Json();
}

void put_end(Json& object, const format::CaptureInfo& info) {
    object["clean_end"] = info.has_end;
    object["end_reason"] =
        info.has_end && info.contents_hidden ? Json() : Json(as_utf8(info.end_reason));
    object["sources"] = sources(info.sources);
    object["changes"] = counters(info.changes);
    object["encrypted"] = info.header ? Json(!info.header->recipients.empty()) : Json();
    object["needs_key"] = info.contents_hidden;
    object["signed_by"] = info.signature ? Json(hex(info.signature->public_key)) : Json();
    object["damages"] = info.damages;
}

}  // namespace

std::string info_json(const std::string& file, const format::CaptureInfo& info) {
    Json object = Json::object();
    put_file(object, file, info);
    put_header(object, info.header);
    put_times(object, info);
    put_amounts(object, info);
    put_losses(object, info.stats);
    put_end(object, info);
    return object.dump() + '\n';
}

}  // namespace httpprof::replay
