#include "replay/normalize/event_normalizer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include "format/characters.h"
#include "replay/normalize/chunk_joining.h"
#include "replay/normalize/message_edit.h"
#include "replay/normalize/port_text.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kFirstDate = "Thu, 01 Jan 1970 00:00:00 GMT";
constexpr std::string_view kReplaced = "normalized";
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// Those that systemd sets at each start of a service (systemd.exec(5)).
constexpr std::string_view kVariables[] = {"INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID"};

// The name that the kernel gives to a process of this command line (TASK_COMM_LEN, 15 bytes).
std::string_view program_name(const Process& process) {
    if (!process.arguments) return {};
    std::string_view name = std::string_view(*process.arguments);
    name = name.substr(0, name.find('\0'));
    name.remove_prefix(name.rfind('/') + 1);
    return name.substr(0, 15);
}

// Which thread of several takes a request is chance: a number in the name of a thread becomes 0.
std::string normalized_comm(const std::string& comm, const Process& process) {
    if (comm == program_name(process)) return comm;
    std::string result;
    for (const char c : comm) {
        if (!format::is_digit(c)) {
            result += c;
        } else if (result.empty() || result.back() != '0') {
            result += '0';
        }
    }
    return result;
}

bool is_listed(std::string_view name, const std::vector<std::string>& names) {
    return std::ranges::any_of(
        names, [&](const std::string& each) { return equals_ignoring_case(each, name); });
}

bool names_ephemeral_port(std::string text) {
    bool found = false;
    replace_ports(text, PortContext::authority, [&](std::string_view, std::uint16_t) {
        found = true;
        return std::uint16_t{0};
    });
    return found;
}

// MTIME of the first member of a gzip file (RFC 1952, 2.3.1), since 1970; 0 for none.
std::int64_t gzip_time(std::string_view coded) {
    constexpr std::size_t kPlace = 4;
    constexpr std::size_t kSize = 4;
    if (!coded.starts_with("\x1f\x8b\x08") || coded.size() < kPlace + kSize) return 0;
    std::uint32_t seconds = 0;
    for (std::size_t i = kSize; i > 0; --i)
        seconds = seconds << 8U | static_cast<std::uint8_t>(coded[kPlace + i - 1]);
    return seconds;
}

// A coded body in which something changes from run to run is other bytes altogether each time.
void add_coded_body(const Message& message, const ClockSpan& recorded, std::vector<Edit>& edits) {
    if (!message.decoded || message.content.empty() || !message.gaps.empty()) return;
    const std::string& body = *message.decoded;
    const Range& first = message.content.front();
    if (!is_in_reach(gzip_time(message.text(first)), recorded) &&
        clock_edits(body, recorded).empty() && !names_ephemeral_port(body))
        return;
    const Range& last = message.content.back();
    edits.push_back({first, std::string(kReplaced)});
    const std::uint32_t end = first.begin + first.size;
    const std::uint32_t rest = last.begin + last.size - end;
    if (rest > 0) edits.push_back({{end, rest}, {}});  // further chunks
}

}  // namespace

ClockSpan clock_span_of(const Event& event) {
    const Message& message = *event.message;
    const std::uint64_t duration =
        std::max(message.first.time_ns, message.last_time_ns) - message.first.time_ns;
    const std::int64_t first = event.realtime_ns / kNsPerSecond;
    return {first, first + static_cast<std::int64_t>(duration / kNsPerSecond)};
}

EventNormalizer::EventNormalizer(NormalizeOptions options) : options_(std::move(options)) {}

Message EventNormalizer::normalized(const Event& event) const {
    const ClockSpan recorded = clock_span_of(event);
    Message message = *event.message;
    join_chunks(message);
    std::vector<Edit> edits = replaced_values(message);
    add_coded_body(message, recorded, edits);
    std::ranges::move(clock_edits(message.raw, recorded), std::back_inserter(edits));
    apply_edits(message, std::move(edits));
    for (std::string& value : message.unfolded)
        reset_clock_readings(value, recorded);
    if (message.decoded) reset_clock_readings(*message.decoded, recorded);
    message.first = {.time_ns = 1, .comm = normalized_comm(message.first.comm, *event.process)};
    message.others.clear();
    message.last_time_ns = 0;  // before the first: of no duration
    return message;
}

std::vector<Edit> EventNormalizer::replaced_values(Message& message) const {
    std::vector<Edit> edits;
    const auto add = [&](std::vector<Field>& fields) {
        for (Field& field : fields) {
            const std::string_view name = message.name(field);
            const bool is_date = equals_ignoring_case(name, "Date");
            if (field.value.size == 0 || !(is_date || is_listed(name, options_.headers))) continue;
            edits.push_back({field.value, std::string(is_date ? kFirstDate : kReplaced)});
            field.unfolded = -1;
        }
    };
    add(message.fields);
    add(message.trailers);
    return edits;
}

Process EventNormalizer::normalized(const Process& process) const {
    Process result = process;
    result.start_ns = 0;
    result.comm = normalized_comm(process.comm, process);
    // Read from /proc, which a process of a few milliseconds may be too short for.
    result.executable.clear();
    result.cgroup.clear();
    if (result.identity) result.identity = ProcessIdentity{.uid = process.identity->uid};
    if (process.environment) result.environment = normalized_environment(*process.environment);
    return result;
}

std::string EventNormalizer::normalized_environment(const std::string& entries) const {
    std::string result;
    for (std::string_view rest = entries; !rest.empty();) {
        const std::string_view entry = rest.substr(0, rest.find('\0'));
        rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
        const std::string_view name = entry.substr(0, entry.find('='));
        const bool is_replaced =
            std::ranges::find(kVariables, name) != std::end(kVariables) ||
            std::ranges::find(options_.variables, name) != options_.variables.end();
        result += is_replaced && name.size() < entry.size()
                      ? std::string(name) + '=' + std::string(kReplaced)
                      : std::string(entry);
        result += '\0';
    }
    return result;
}

}  // namespace httpprof::replay
