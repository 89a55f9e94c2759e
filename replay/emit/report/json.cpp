#include "replay/emit/report/json.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "format/change.h"
#include "replay/completeness.h"
#include "replay/emit/json_line.h"
#include "replay/emit/jsonl.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kLineSeparator = "\xE2\x80\xA8";       // U+2028
constexpr std::string_view kParagraphSeparator = "\xE2\x80\xA9";  // U+2029

// Escapes what `text` has from `begin` on, which is JSON.
void escape_for_script(std::string& text, std::size_t begin) {
    const std::string_view json = std::string_view(text).substr(begin);
    if (json.find('<') == json.npos && json.find("\xE2\x80") == json.npos) return;
    std::string escaped;
    escaped.reserve(json.size() + json.size() / 8);
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string_view three = json.substr(i, 3);
        if (json[i] == '<') {
            escaped += "\\u003c";
        } else if (three == kLineSeparator || three == kParagraphSeparator) {
            escaped += three == kLineSeparator ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            escaped += json[i];
        }
    }
    text.replace(begin, text.npos, escaped);
}

std::string escaped_for_script(std::string json) {
    escape_for_script(json, 0);
    return json;
}

JsonlOptions summary_options() {
    JsonlOptions options;
    using enum EventField;
    for (const EventField field :
         {host, ns_pid, cmdline, other_processes, headers, body, trailers, raw_payload})
        options.fields.reset(static_cast<std::size_t>(field));
    return options;
}

void put_text(JsonLine& line, const char* name, std::string_view bytes) {
    if (!bytes.empty()) line.key(name).string(bytes);
}

void put_number(JsonLine& line, const char* name, std::uint64_t value) {
    if (value > 0) line.key(name).number(value);
}

void put_pair(JsonLine& line, std::string_view name, std::string_view value) {
    line.begin_array();
    line.string(name);
    line.string(value);
    line.end_array();
}

// What the first line has beside the members of an event.
std::string more_of_first_line(const Event& event) {
    const Message& message = *event.message;
    const bool is_request = message.kind == Message::Kind::request;
    JsonLine line;
    line.key("side").string(side_of(event) == Side::client ? "client" : "server");
    line.key("process").number(std::uint64_t{event.process_number});
    if (const Field* field = message.find(is_request ? "Host" : "Content-Type"))
        put_text(line, is_request ? "authority" : "content_type", message.value(*field));
    return line.take();
}

void append_first_line(const Event& event, std::string& text) {
    static const JsonlOptions kOptions = summary_options();
    append_json_line(event, kOptions, text);
    text.resize(text.size() - std::string_view("}\n").size());
    text.append(",").append(more_of_first_line(event), 1);
}

void put_fields(JsonLine& line, const char* name, const Message& message,
                const std::vector<Field>& fields) {
    if (fields.empty()) return;
    line.key(name).begin_array();
    for (const Field& field : fields)
        put_pair(line, message.name(field), message.value(field));
    line.end_array();
}

void put_bytes(JsonLine& line, const char* name, const char* base64_name, std::string_view bytes) {
    if (bytes.empty()) return;
    if (is_utf8(bytes)) {
        line.key(name).utf8(bytes);
    } else {
        line.key(base64_name).base64(bytes);
    }
}

// Returns how many bytes were left out.
std::size_t put_raw(JsonLine& line, const Message& message, std::uint64_t max_body) {
    const std::string_view raw = message.raw;
    const bool fits = raw.size() - message.head_size <= max_body;
    const auto shown = fits ? raw : cut_text(raw, message.head_size + max_body);
    put_bytes(line, "raw_payload", "raw_payload_base64", shown);
    put_number(line, "raw_payload_left_out", raw.size() - shown.size());
    return raw.size() - shown.size();
}

void put_body(JsonLine& line, std::string_view body, std::uint64_t max_body) {
    const auto shown = cut_text(body, max_body);
    put_bytes(line, "body", "body_base64", shown);
    put_number(line, "body_left_out", body.size() - shown.size());
}

// The content is all of what stands on the wire from some byte on.
bool is_end_of_raw(const Message& message) {
    return !message.decoded && message.content.size() == 1 &&
           message.content[0].begin + std::size_t{message.content[0].size} == message.raw.size();
}

void append_second_line(const Message& message, std::uint64_t max_body, std::string& text) {
    JsonLine line(std::move(text));
    put_fields(line, "headers", message, message.fields);
    put_fields(line, "trailers", message, message.trailers);
    const std::size_t left_out = put_raw(line, message, max_body);
    if (message.decoded) {
        put_body(line, *message.decoded, max_body);
    } else if (is_end_of_raw(message)) {
        line.key("body_offset").number(std::uint64_t{message.content[0].begin});
        put_number(line, "body_left_out", left_out);
    } else {
        put_body(line, message.body(), max_body);
    }
    text = line.take();
}

void put_environment(JsonLine& line, std::string_view entries) {
    line.key("env").begin_array();
    while (!entries.empty()) {
        const std::string_view entry = entries.substr(0, entries.find('\0'));
        entries.remove_prefix(std::min(entries.size(), entry.size() + 1));
        const std::size_t name_size = std::min(entry.find('='), entry.size());
        if (entry.empty()) continue;
        put_pair(line, entry.substr(0, name_size),
                 entry.substr(std::min(entry.size(), name_size + 1)));
    }
    line.end_array();
}

// Each different text once.
std::string joined(const std::vector<Summary::Capture>& captures,
                   std::string format::Header::*member) {
    std::vector<std::string> known;
    std::string text;
    for (const Summary::Capture& capture : captures) {
        const std::string& value = capture.header.*member;
        if (value.empty() || std::ranges::find(known, value) != known.end()) continue;
        known.push_back(value);
        text.append(text.empty() ? "" : ", ").append(value);
    }
    return text;
}

void put_list(JsonLine& line, const char* name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    line.key(name).begin_array();
    for (const std::string& text : texts)
        line.string(text);
    line.end_array();
}

void put_counters(JsonLine& line, const char* name,
                  const std::map<std::string, Summary::Loss>& counters) {
    if (counters.empty()) return;
    line.key(name).begin_array();
    for (const auto& [cause, sum] : counters) {
        line.begin_object();
        line.key("cause").string(cause);
        line.key("records").number(sum.records);
        line.key("bytes").number(sum.bytes);
        line.end_object();
    }
    line.end_array();
}

void put_origin(JsonLine& line, const Summary& summary) {
    put_text(line, "host", joined(summary.captures, &format::Header::host));
    put_text(line, "kernel", joined(summary.captures, &format::Header::kernel));
    put_text(line, "writer", joined(summary.captures, &format::Header::writer));
    std::vector<std::string> derivation;
    for (const Summary::Capture& capture : summary.captures) {
        for (const std::string& step : capture.header.derivation) {
            if (std::ranges::find(derivation, step) == derivation.end()) derivation.push_back(step);
        }
    }
    put_list(line, "derivation", derivation);
    const auto is_signed_as_first = [&](const Summary::Capture& capture) {
        return !capture.signer.empty() && capture.signer == summary.captures[0].signer;
    };
    if (!summary.captures.empty() && std::ranges::all_of(summary.captures, is_signed_as_first))
        line.key("signed_by").hex(summary.captures[0].signer);
}

void put_times(JsonLine& line, const Summary& summary) {
    std::optional<std::int64_t> start;
    std::optional<std::int64_t> end;
    for (const Summary::Capture& capture : summary.captures) {
        if (!capture.start_realtime_ns || !capture.end_realtime_ns) continue;
        start = std::min(start.value_or(*capture.start_realtime_ns), *capture.start_realtime_ns);
        end = std::max(end.value_or(*capture.end_realtime_ns), *capture.end_realtime_ns);
    }
    if (!start) return;
    line.key("start").string(rfc3339(*start));
    line.key("end").string(rfc3339(*end));
    if (*end >= *start) line.key("duration_ns").number(*end - *start);
}

void put_end(JsonLine& line, const Summary& summary) {
    const auto has_end = [](const Summary::Capture& capture) {
        return capture.end_reason.has_value();
    };
    const auto& captures = summary.captures;
    line.key("clean_end").boolean(std::ranges::all_of(captures, has_end));
    if (!captures.empty()) put_text(line, "end_reason", captures.back().end_reason.value_or(""));
}

std::vector<std::string> damage_texts(const Summary& summary) {
    std::vector<std::string> texts;
    for (const auto& [damage, source] : summary.damage) {
        const std::string file = source.empty() ? source : source + ", ";
        texts.push_back(file + "at byte " + std::to_string(damage.offset) + ": " + damage.what);
    }
    if (summary.damaged_places > summary.damage.size()) {
        texts.push_back(std::to_string(summary.damaged_places - summary.damage.size()) +
                        " places more");
    }
    return texts;
}

void add_note(std::vector<std::string>& notes, std::uint64_t count, const std::string& text) {
    if (count > 0) notes.push_back(std::to_string(count) + ' ' + text);
}

std::string source_loss_text(const std::string& cause, const Summary::Loss& loss) {
    const std::string where = "lost before, in what the capture was made of: ";
    if (cause == format::kUnclosed)
        return where + "sources not closed cleanly: " + std::to_string(loss.records);
    if (cause == format::kMissingSegments)
        return where + "segments not there: " + std::to_string(loss.records);
    return where + cause + ": " + std::to_string(loss.records) + ", " + std::to_string(loss.bytes) +
           " bytes";
}

std::vector<std::string> all_notes(const Summary& summary, std::vector<std::string> notes) {
    for (const auto& [pid, comm] : summary.io_uring) {
        notes.push_back("not recorded: what process " + std::to_string(pid) + " (" + comm +
                        ") moved with io_uring");
    }
    if (summary.more_io_uring > 0) {
        notes.push_back("not recorded: what " + std::to_string(summary.more_io_uring) +
                        " processes more moved with io_uring");
    }
    for (const auto& [cause, loss] : summary.changes) {
        if (format::is_loss(cause)) notes.push_back(source_loss_text(cause, loss));
    }
    for (const auto& [protocol, unparsed] : summary.tally.unparsed)
        add_note(notes, unparsed.connections, "connections not analyzed: " + protocol);
    add_note(notes, summary.undated, "messages have the time since boot: no clock can be read");
    add_note(notes, summary.tally.given_up_connections,
             "connections given up while others needed their memory");
    add_note(notes, summary.tally.not_http_bytes, "bytes on the connections are not HTTP");
    add_note(notes, summary.malformed_records, "malformed records");
    add_note(notes, summary.unknown_frames, "frames of an unknown type passed over");
    return notes;
}

// Of those left out, the calls that may have been part of what was asked for.
std::uint64_t unrecorded_calls(const Summary& summary) {
    std::uint64_t calls = 0;
    for (const auto& [cause, loss] : summary.left_out)
        calls += is_unrecorded(cause) ? loss.records : 0;
    return calls;
}

}  // namespace

void append_report_message(const Event& event, std::uint64_t max_body, std::string& text) {
    const std::size_t begin = text.size();
    append_first_line(event, text);
    append_second_line(*event.message, max_body, text);
    escape_for_script(text, begin);
}

std::string report_process(const ProcessReport& report) {
    const Process& process = *report.process;
    JsonLine line;
    line.key("process").number(std::uint64_t{report.number});
    line.key("pid").number(std::uint64_t{process.pid});
    put_text(line, "comm", process.comm);
    if (process.arguments) put_text(line, "cmdline", command_line(*process.arguments));
    put_text(line, "exe", process.executable);
    put_text(line, "cgroup", process.cgroup);
    if (process.identity) {
        line.key("uid").number(std::uint64_t{process.identity->uid});
        if (process.identity->namespace_pid != process.pid)
            line.key("ns_pid").number(std::uint64_t{process.identity->namespace_pid});
    }
    if (process.start_ns > 0) put_text(line, "start_time", rfc3339(report.start_realtime_ns));
    put_text(line, "error", process.error);
    if (process.environment_kept == format::EnvironmentKept::by_prefix)
        put_text(line, "env_kept", "by prefix");
    if (process.environment) put_environment(line, *process.environment);
    return escaped_for_script(line.take());
}

std::string report_capture(const Summary& summary, const std::vector<std::string>& files,
                           const std::vector<std::string>& notes, std::uint64_t left_out) {
    JsonLine line;
    put_origin(line, summary);
    put_list(line, "files", files);
    put_times(line, summary);
    line.key("records").number(summary.records);
    put_counters(line, "lost", summary.lost);
    put_counters(line, "missing", summary.missing);
    put_counters(line, "left_out", summary.left_out);
    put_number(line, "unrecorded", unrecorded_calls(summary));
    put_list(line, "damages", damage_texts(summary));
    put_end(line, summary);
    put_list(line, "notes", all_notes(summary, notes));
    put_number(line, "exchanges_left_out", left_out);
    return escaped_for_script(line.take());
}

}  // namespace httpprof::replay
