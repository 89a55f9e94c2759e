#include "replay/emit/pretty.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kRed = "\x1b[31m";

// From here on there is room for everything; below, the peer and the host are left out.
constexpr unsigned kWide = 120;
constexpr std::size_t kMethodWidth = 7;

std::string_view colour_of(int status) {
    if (status >= 500) return kRed;
    if (status >= 400) return kYellow;
    return status >= 300 ? kCyan : kGreen;
}

// Columns are counted as characters of UTF-8, one each.
std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return count;
}

std::string fitted(std::string text, std::size_t width) {
    if (columns(text) <= width) return text;
    while (!text.empty() && columns(text) >= width)
        text.pop_back();
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0xC0)
        text.pop_back();
    return text + "…";
}

std::string padded(std::string text, std::size_t width) {
    text = fitted(std::move(text), width);
    text.append(width - std::min(width, columns(text)), ' ');
    return text;
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

std::string size_text(std::uint64_t bytes) {
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
    const format::Endpoint& peer = sent ? event.destination : event.source;
    const std::string address = format::address_text(peer);
    const bool is_ipv6 = address.find(':') != address.npos;
    return (is_ipv6 ? '[' + address + ']' : address) + ':' + std::to_string(peer.port);
}

std::string sizes_of(const Event& event) {
    const std::string response = size_text(event.message->size);
    return event.request ? size_text(event.request->bytes) + "→" + response : "?→" + response;
}

bool is_interim(const Message& message) {
    return message.status / 100 == 1 && message.status != 101;
}

}  // namespace

void PrettyEmitter::render(const Event& event, std::string& text) const {
    const Message& message = *event.message;
    if (message.kind == Message::Kind::request || is_interim(message)) return;
    constexpr std::size_t kTimeBegin = 11;  // of RFC 3339
    constexpr std::size_t kTimeSize = 12;   // to the millisecond
    Line line(options_.colour);
    line.add(rfc3339(event.realtime_ns).substr(kTimeBegin, kTimeSize), kDim);
    const std::string process = message.first.comm + '[' + std::to_string(message.first.pid) + ']';
    const bool is_wide = options_.width >= kWide;
    line.add(padded(printable(as_utf8(process)), is_wide ? 23 : 15));
    line.add(side_of(event) == Side::client ? "→" : "←", kDim);
    if (is_wide) line.add(padded(peer_of(event), 21), kDim);
    const std::string method = event.request ? event.request->method : "?";
    line.add(padded(printable(as_utf8(method)), kMethodWidth), kBold);

    Line end(options_.colour);
    end.add(std::to_string(message.status), colour_of(message.status));
    if (event.latency_ns) end.add(duration_text(*event.latency_ns));
    end.add(sizes_of(event), kDim);
    if (!message.anomalies.empty()) end.add("!", kRed);

    const std::size_t others = line.width() + end.width() + 2;
    const std::size_t room = options_.width > others + 8 ? options_.width - others : 8;
    std::string url = event.request ? event.request->target : "?";
    if (event.request && is_wide) url = event.request->host + url;
    line.add(padded(printable(as_utf8(url)), room));
    text.append(line.text()).append(1, ' ').append(end.text()).append(1, '\n');
}

}  // namespace httpprof::replay
