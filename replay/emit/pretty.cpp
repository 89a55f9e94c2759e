#include "replay/emit/pretty.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "replay/emit/columns.h"
#include "replay/emit/text.h"
#include "replay/protocol/conversation.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kRed = "\x1b[31m";

// From here on there is room for everything; below, the peer and the host are left out, and below
// the next one the time and the sizes.
constexpr unsigned kWideTerminal = 120;
constexpr unsigned kNarrow = 80;
constexpr std::size_t kLeastUrl = 8;
constexpr std::size_t kMethodWidth = 7;

std::string_view colour_of(int status) {
    if (status >= 500) return kRed;
    if (status >= 400) return kYellow;
    return status >= 300 ? kCyan : kGreen;
}

std::string scaled(double value, double step, const std::array<const char*, 4>& units) {
    std::size_t unit = 0;
    while (value >= step && unit + 1 < units.size()) {
        value /= step;
        ++unit;
    }
    std::array<char, 32> text{};
    const int decimals = unit == 0 || value >= 100 ? 0 : 1;
    std::snprintf(text.data(), text.size(), "%.*f%s", decimals, value, units[unit]);
    return text.data();
}

std::string duration_text(std::uint64_t ns) {
    return scaled(static_cast<double>(ns) / 1000, 1000, {"µs", "ms", "s", "ks"});
}

std::string short_size(std::uint64_t bytes) {
    return scaled(static_cast<double>(bytes), 1024, {"B", "K", "M", "G"});
}

// Puts the parts of a line together and counts its columns.
class Line {
  public:
    explicit Line(bool colour) : colour_(colour) {}

    void add(std::string_view text, std::string_view colour = {}) {
        if (columns_ > 0) {
            text_ += ' ';
            ++columns_;
        }
        const bool coloured = colour_ && !colour.empty();
        if (coloured) text_ += colour;
        text_ += text;
        if (coloured) text_ += kPlain;
        columns_ += columns(text);
    }
    std::size_t width() const { return columns_; }
    const std::string& text() const { return text_; }

  private:
    const bool colour_;
    std::string text_;
    std::size_t columns_ = 0;
};

// The end that is not the process's own.
std::string peer_of(const Event& event) {
    const bool sent = event.direction == format::Direction::send;
    return endpoint_text(sent ? event.destination : event.source);
}

// What was asked for: said by the message itself, or remembered by the response to it.
RequestHead asked_by(const Event& event) {
    const Message& message = *event.message;
    if (message.kind == Message::Kind::response)
        return event.request ? *event.request : RequestHead{"?", "?", "", 0, false};
    const Field* host = message.find("Host");
    return {std::string(message.text(message.method)), std::string(message.text(message.target)),
            host != nullptr ? std::string(message.value(*host)) : std::string(), message.size,
            !message.anomalies.empty()};
}

// What came of it, at the end of the line.
Line outcome(const Event& event, const RequestHead& asked, const PrettyOptions& options) {
    const Message& message = *event.message;
    const bool is_response = message.kind == Message::Kind::response;
    Line line(options.colour);
    if (is_response) {
        line.add(std::to_string(message.status), colour_of(message.status));
    } else {
        line.add("no response", kRed);
    }
    if (event.latency_ns) line.add(duration_text(*event.latency_ns));
    if (options.width >= kNarrow) {
        line.add((asked.bytes > 0 ? short_size(asked.bytes) : "?") + "→" +
                     (is_response ? short_size(message.size) : ""),
                 kDim);
    }
    if (asked.has_anomalies || !message.anomalies.empty()) line.add("!", kRed);
    return line;
}

// Who spoke with whom, and when, at its beginning.
Line parties(const Event& event, const PrettyOptions& options) {
    constexpr std::size_t kTimeBegin = 11;  // of RFC 3339
    constexpr std::size_t kTimeSize = 12;   // to the millisecond
    const Origin& origin = event.message->first;
    const bool is_wide = options.width >= kWideTerminal;
    Line line(options.colour);
    if (options.width >= kNarrow)
        line.add(rfc3339(event.realtime_ns).substr(kTimeBegin, kTimeSize), kDim);
    const std::string process = origin.comm + '[' + std::to_string(origin.pid) + ']';
    line.add(padded(terminal_text(process), is_wide ? 23 : 15));
    line.add(side_of(event) == Side::client ? "→" : "←", kDim);
    if (is_wide) line.add(padded(peer_of(event), 21), kDim);
    return line;
}

}  // namespace

void PrettyEmitter::render(const Event& event, std::string& text) const {
    const Message& message = *event.message;
    const bool is_request = message.kind == Message::Kind::request;
    if (is_request ? event.response.has_value() : !is_final_response(message.status)) return;
    const PrettyOptions options = options_();
    const RequestHead asked = asked_by(event);
    const Line end = outcome(event, asked, options);
    Line line = parties(event, options);
    line.add(padded(terminal_text(asked.method), kMethodWidth), kBold);
    const std::size_t others = line.width() + end.width() + 2;
    const std::size_t room =
        options.width > others + kLeastUrl ? options.width - others : kLeastUrl;
    const std::string url = (options.width >= kWideTerminal ? asked.host : "") + asked.target;
    line.add(padded(terminal_text(url), room));
    text.append(line.text()).append(1, ' ').append(end.text()).append(1, '\n');
}

}  // namespace httpprof::replay
