#include "replay/emit/dump_json.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "replay/emit/json_line.h"
#include "replay/emit/json_record.h"

namespace httpprof::replay {
namespace {

JsonLine begin_line(const format::Frame& frame, std::string_view type) {
    JsonLine line;
    line.key("frame").number(frame.header.number);
    line.key("offset").number(frame.offset);
    line.key("type").text(type);
    return line;
}

template <typename T, typename Put>
void put_list(JsonLine& line, std::string_view name, const std::vector<T>& list, Put put_one) {
    line.key(name).begin_array();
    for (const T& element : list)
        put_one(element);
    line.end_array();
}

void put_texts(JsonLine& line, std::string_view name, const std::vector<std::string>& texts) {
    put_list(line, name, texts, [&](const std::string& text) { line.text(text); });
}

void put_counters(JsonLine& line, std::string_view name,
                  const std::vector<format::Counter>& counters) {
    put_list(line, name, counters, [&](const format::Counter& counter) {
        line.begin_object();
        line.key("cause").text(counter.cause);
        line.key("records").number(counter.records);
        line.key("bytes").number(counter.bytes);
        line.end_object();
    });
}

void put_fields(JsonLine& line, const format::Header& header) {
    line.key("host").text(header.host);
    line.key("kernel").text(header.kernel);
    line.key("machine").text(header.machine);
    line.key("bootId").hex(header.boot_id);
    line.key("captureId").hex(header.capture_id);
    line.key("segment").number(std::uint64_t{header.segment});
    line.key("previousSegment").hex(header.previous_segment);
    line.key("writer").text(header.writer);
    line.key("wireVersion").number(std::uint64_t{header.wire_version});
    put_texts(line, "options", header.options);
    put_list(line, "recipients", header.recipients, [&](const format::Recipient& recipient) {
        line.begin_object();
        line.key("publicKey").hex(recipient.public_key);
        line.key("sealedKey").hex(recipient.sealed_key);
        line.end_object();
    });
    put_texts(line, "derivation", header.derivation);
}

void put_fields(JsonLine& line, const format::Snapshot& snapshot) {
    line.key("timeNs").number(snapshot.time_ns);
    line.key("pid").number(std::uint64_t{snapshot.pid});
    line.key("startNs").number(snapshot.start_ns);
    line.key("executable").text(snapshot.executable);
    line.key("arguments").pieces(snapshot.arguments);
    line.key("environment").pieces(snapshot.environment);
    line.key("hasArguments").boolean(snapshot.has_arguments);
    line.key("hasEnvironment").boolean(snapshot.has_environment);
    line.key("error").text(snapshot.error);
    line.key("execId").number(snapshot.exec_id);
    line.key("cgroups").text(snapshot.cgroups);
    line.key("environmentKept").number(std::uint64_t{snapshot.environment_kept});
}

void put_fields(JsonLine& line, const format::Stats& stats) {
    line.key("timeNs").number(stats.time_ns);
    line.key("produced").number(stats.produced);
    line.key("recorded").number(stats.recorded);
    line.key("recordedBytes").number(stats.recorded_bytes);
    put_counters(line, "lost", stats.lost);
    put_counters(line, "missing", stats.missing);
    put_counters(line, "leftOut", stats.left_out);
}

void put_fields(JsonLine& line, const format::Clock& clock) {
    line.key("boottimeNs").number(clock.boottime_ns);
    line.key("realtimeNs").number(clock.realtime_ns);
}

void put_fields(JsonLine& line, const format::Totals& totals) {
    line.key("frames").number(totals.frames);
    line.key("rawBytes").number(totals.raw_bytes);
    line.key("connections").number(totals.connections);
    line.key("processes").number(totals.processes);
    line.key("firstTimeNs").number(totals.first_time_ns);
    line.key("lastTimeNs").number(totals.last_time_ns);
}

void put_index(JsonLine& line, const std::vector<format::IndexEntry>& index) {
    put_list(line, "index", index, [&](const format::IndexEntry& entry) {
        line.begin_object();
        line.key("offset").number(entry.offset);
        line.key("type").number(std::uint64_t{entry.type});
        line.key("recordCount").number(std::uint64_t{entry.record_count});
        line.key("firstTimeNs").number(entry.first_time_ns);
        line.key("lastTimeNs").number(entry.last_time_ns);
        line.end_object();
    });
}

void put_fields(JsonLine& line, const format::End& end) {
    line.key("reason").text(end.reason);
    line.key("stats").begin_object();
    put_fields(line, end.stats);
    line.end_object();
    put_index(line, end.index);
    if (end.totals) {
        line.key("totals").begin_object();
        put_fields(line, *end.totals);
        line.end_object();
    }
    put_list(line, "sources", end.sources, [&](const format::Source& source) {
        line.begin_object();
        line.key("captureId").hex(source.capture_id);
        line.key("segment").number(std::uint64_t{source.segment});
        line.key("lastDigest").hex(source.last_digest);
        line.end_object();
    });
    put_counters(line, "changes", end.changes);
}

void put_fields(JsonLine& line, const format::Signature& signature) {
    line.key("publicKey").hex(signature.public_key);
    line.key("signature").hex(signature.signature);
}

void put_fields(JsonLine& line, const format::Damage& damage) {
    line.key("size").number(damage.size);
    line.key("what").text(damage.what);
}

void put_fields(JsonLine& line, const format::FrameHeader& header) {
    line.key("frameType").number(std::uint64_t{header.type});
    line.key("codec").number(std::uint64_t{header.codec});
    line.key("flags").number(std::uint64_t{header.flags});
    line.key("storedSize").number(std::uint64_t{header.stored_size});
    line.key("rawSize").number(std::uint64_t{header.raw_size});
    line.key("recordCount").number(std::uint64_t{header.record_count});
    line.key("firstTimeNs").number(header.first_time_ns);
    line.key("lastTimeNs").number(header.last_time_ns);
}

// What says a frame: its type's name and its fields.
class JsonFrameWriter {
  public:
    JsonFrameWriter(const format::Frame& frame, Output& output) : frame_(frame), output_(output) {}

    Result<void> operator()(const format::RecordBatch& batch) {
        std::string memory;
        for (std::size_t i = 0; i < batch.records.size(); ++i) {
            const format::Record& record = batch.records[i];
            JsonLine line = begin_line(frame_, type_name(record));
            line.key("record").number(std::uint64_t{i});
            put_record(line, record, batch.bytes[i].joined(memory));
            if (auto written = output_.write_json(line.take()); !written) return written;
        }
        return {};
    }
    Result<void> operator()(const format::Header& header) { return write_header(header); }
    Result<void> operator()(const format::HeaderCopy& copy) { return write_header(copy.header); }
    Result<void> operator()(const format::Snapshot& snapshot) {
        return write("snapshot", snapshot);
    }
    Result<void> operator()(const format::Stats& stats) { return write("stats", stats); }
    Result<void> operator()(const format::Clock& clock) { return write("clock", clock); }
    Result<void> operator()(const format::End& end) { return write("end", end); }
    Result<void> operator()(const format::Signature& signature) {
        return write("signature", signature);
    }
    Result<void> operator()(const format::Damage& damage) { return write("damage", damage); }
    Result<void> operator()(const format::UnknownFrame&) { return write("unknown", frame_.header); }
    Result<void> operator()(const format::EncryptedFrame&) {
        return write("encrypted", frame_.header);
    }

  private:
    // By what it is in the file: a reader takes a copy for the Header where that is damaged.
    Result<void> write_header(const format::Header& header) {
        const bool is_copy = has_type(frame_, format::FrameType::header_copy);
        return write(is_copy ? "header_copy" : "header", header);
    }

    template <typename Content>
    Result<void> write(std::string_view type, const Content& content) {
        JsonLine line = begin_line(frame_, type);
        put_fields(line, content);
        return output_.write_json(line.take());
    }

    const format::Frame& frame_;
    Output& output_;
};

}  // namespace

Result<void> dump_json(const format::Frame& frame, Output& output) {
    return std::visit(JsonFrameWriter(frame, output), frame.content);
}

}  // namespace httpprof::replay
