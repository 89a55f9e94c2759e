#include "tools/httpprof/info_text.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

#include "format/frame_name.h"
#include "format/preamble.h"
#include "replay/emit/text.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

constexpr std::size_t kNameWidth = 20;
constexpr std::uint64_t kSecond = 1'000'000'000;

std::string seconds_text(std::uint64_t nanoseconds) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%llu.%09llu s",
                  static_cast<unsigned long long>(nanoseconds / kSecond),
                  static_cast<unsigned long long>(nanoseconds % kSecond));
    return text.data();
}

std::string moment(const format::Moment& moment) {
    const std::string boot = seconds_text(moment.boottime_ns) + " after boot";
    return moment.realtime_ns ? replay::rfc3339(*moment.realtime_ns) + ", " + boot : boot;
}

std::string bytes_text(std::uint64_t bytes) {
    const std::string exact = grouped(bytes) + (bytes == 1 ? " byte" : " bytes");
    return bytes < 1024 ? exact : exact + " (" + size_text(bytes) + ")";
}

class InfoText {
  public:
    void add_file(const std::string& file, const format::CaptureInfo& info) {
        line("file", file);
        std::string version = "unknown";
        if (info.minor_version)
            version =
                std::to_string(format::kMajorVersion) + "." + std::to_string(*info.minor_version);
        line("format", version);
        line("read", info.from_index ? "by the index" : "all of it");
    }

    void add_header(const format::Header& header) {
        line("host", header.host);
        line("kernel", header.kernel);
        line("machine", header.machine);
        line("boot id", replay::hex(header.boot_id));
        line("capture id", replay::hex(header.capture_id));
        line("segment", std::to_string(header.segment));
        if (!header.previous_segment.empty())
            line("previous segment", replay::hex(header.previous_segment));
        line("writer", header.writer);
        line("options", joined(header.options, " "));
        if (!header.derivation.empty()) line("derivation", joined(header.derivation, " "));
    }

    void add_origin(const format::CaptureInfo& info) {
        for (const format::Source& source : info.sources)
            line("source", replay::hex(source.capture_id) + ", segment " +
                               std::to_string(source.segment) + ", last digest " +
                               replay::hex(source.last_digest));
        for (const format::Counter& change : info.changes)
            line("change", counter(change));
    }

    void add_keys(const format::CaptureInfo& info) {
        if (info.header && info.header->recipients.empty()) line("encryption", "none");
        if (info.header) {
            for (const format::Recipient& recipient : info.header->recipients)
                line("encrypted for", replay::hex(recipient.public_key));
        }
        if (info.contents_hidden) line("hidden", "what is in the frames; read it with --key");
        line("signature", info.signature ? "by " + replay::hex(info.signature->public_key) +
                                               ", not verified here"
                                         : "none");
    }

    void add_times(const format::CaptureInfo& info) {
        if (info.span) {
            line("start", moment(info.span->first));
            line("end", moment(info.span->last));
            line("duration",
                 seconds_text(info.span->last.boottime_ns - info.span->first.boottime_ns));
        }
        if (info.record_span) {
            line("first record", moment(info.record_span->first));
            line("last record", moment(info.record_span->last));
        }
    }

    void add_amounts(const format::CaptureInfo& info) {
        std::uint64_t frames = 0;
        std::string by_type;
        for (const auto& [type, count] : info.frames) {
            frames += count;
            by_type +=
                (by_type.empty() ? "" : ", ") + grouped(count) + " " + format::frame_name(type);
        }
        line("frames", grouped(frames) + (by_type.empty() ? "" : ": " + by_type));
        line("records", grouped(info.records));
        if (info.record_bytes) line("record bytes", bytes_text(*info.record_bytes));
        line("raw", bytes_text(info.raw_bytes));
        line("stored", bytes_text(info.file_size));
        line("compression ratio", ratio(info));
        if (info.connections) line("connections", grouped(*info.connections));
        if (info.processes) line("processes", grouped(*info.processes));
    }

    void add_losses(const format::Stats& stats) {
        line("produced", grouped(stats.produced) + (stats.produced == 1 ? " record" : " records"));
        add_counters("lost", stats.lost);
        add_counters("missing", stats.missing);
        add_counters("left out", stats.left_out);
    }

    void add_ending(const format::CaptureInfo& info) {
        add_end_reason(info);
        std::string damage =
            info.damages == 0 ? "none found" : count_text(info.damages, "place", "places");
        if (info.from_index) damage += " (verify reads all of the file)";
        line("damage", damage);
    }

    std::string take() { return std::move(text_); }

  private:
    void line(const std::string& name, const std::string& value) {
        std::string start = name + ":";
        start.resize(std::max(kNameWidth, start.size() + 1), ' ');
        text_ += start + replay::printable(value) + '\n';
    }

    void add_counters(const std::string& name, const std::vector<format::Counter>& counters) {
        bool is_any = false;
        for (const format::Counter& one : counters) {
            if (one.records == 0 && one.bytes == 0) continue;
            line(name, counter(one));
            is_any = true;
        }
        if (!is_any) line(name, "none");
    }

    // The reason in a derived capture is that of the recording.
    void add_end_reason(const format::CaptureInfo& info) {
        const bool is_derived = !info.sources.empty();
        const bool is_own = !is_derived && !info.end_reason.empty();
        line("ended", (info.has_end ? "cleanly" : "not cleanly") +
                          (is_own ? ": " + info.end_reason : std::string()));
        if (is_derived && !info.end_reason.empty()) line("recording ended", info.end_reason);
    }

    static std::string counter(const format::Counter& counter) {
        return counter.cause + ": " + grouped(counter.records) + ", " + bytes_text(counter.bytes);
    }

    static std::string ratio(const format::CaptureInfo& info) {
        if (info.file_size == 0) return "none";
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "%.2f",
                      static_cast<double>(info.raw_bytes) / static_cast<double>(info.file_size));
        return text.data();
    }

    std::string text_;
};

}  // namespace

std::string info_text(const std::string& file, const format::CaptureInfo& info) {
    InfoText text;
    text.add_file(file, info);
    if (info.header) text.add_header(*info.header);
    text.add_origin(info);
    text.add_keys(info);
    text.add_times(info);
    text.add_amounts(info);
    if (info.stats) text.add_losses(*info.stats);
    text.add_ending(info);
    return text.take();
}

}  // namespace httpprof::cli
