// Writes a capture whose every text tries to run something, to break out of its place or to
// mislead: hostile_capture FILE [TIMES]. For the tests of outputs, which have to show it as what it
// is. Each text is in TIMES exchanges.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "format/writer.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t kMs = 1'000'000;

const std::vector<std::string> kTexts = {
    "</script><script>document.title='ran';alert(1)</script>",
    "<!--<script>",
    "<img/src=x/onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "javascript:alert(document.domain)//",
    "http://127.0.0.1:9/beacon.png",
    "</style><style>body{background:url(http://127.0.0.1:9/x)}</style>",
    "');alert(1);('",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "__proto__",
    "constructor",
    "\xE2\x80\xA8"
    "alert(1)\xE2\x80\xA9",
    "\xE2\x80\xAEgnp.exe\xE2\x80\xAC",
    "\x01\x1b[31m\x7f",
    "\xff\xfe\xc0\xaf",
    "\xed\xa0\x80",
    "=cmd|'/c'!A1",
    "a,b;\"c\"\t'd'",
    "%00%zz%",
    "]]>",
    "\\u003cscript>\\",
    "@evil:99999/#?&=;",
};

std::string request(const std::string& text) {
    std::string body = "{\"" + text + "\":\"" + text + "\"}";
    return "POST /" + text + "?" + text + "=" + text + " HTTP/1.1\r\nHost: " + text +
           "\r\nCookie: " + text + "=" + text + "; " + text + "\r\nX-" + text + ": " + text +
           "\r\n__proto__: " + text + "\r\nContent-Type: " + text +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string response(const std::string& text) {
    return "HTTP/1.1 103 " + text + "\r\nLink: " + text + "\r\n\r\nHTTP/1.1 200 " + text +
           "\r\nSet-Cookie: " + text + "=" + text + "; Path=" + text + "; Expires=" + text +
           "\r\nLocation: " + text + "\r\nContent-Type: " + text +
           "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
}

format::RecordBlock records(std::size_t times) {
    format::RecordBlock block;
    std::uint64_t time_ns = kMs;
    std::uint32_t pid = 100;
    for (std::size_t i = 0; i < times * kTexts.size(); ++i) {
        const std::string& text = kTexts[i % kTexts.size()];
        const WireTask task{.pid = ++pid, .tid = pid, .comm = text};
        const WireSocket socket{.inode = pid,
                                .local_port = static_cast<std::uint16_t>(pid + 50000)};
        block.append(process_record({.time_ns = time_ns,
                                     .task = task,
                                     .arguments = text + '\0' + text + '\0',
                                     .environment = text + '=' + text + '\0' + text + '\0',
                                     .cgroup = text + "\0\0"s}));
        block.append(data_record(
            {.time_ns = time_ns += kMs, .task = task, .socket = socket, .payload = request(text)}));
        block.append(data_record({.time_ns = time_ns += kMs,
                                  .task = task,
                                  .socket = socket,
                                  .direction = WIRE_RECV,
                                  .payload = response(text)}));
    }
    return block;
}

Result<std::string> hostile_capture(std::size_t times) {
    format::Header header = sample_header();
    std::string all;
    for (const std::string& text : kTexts)
        all += text;
    header.host = header.kernel = header.writer = all;
    header.derivation = kTexts;
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, header, {});
    if (!writer) return writer.error();
    auto block = records(times);
    if (auto clock = (*writer)->write(format::Clock{0, 1'700'000'000'000'000'000}); !clock)
        return clock.error();
    if (auto written = (*writer)->write(block); !written) return written.error();
    format::Stats stats;
    stats.lost = {{all, 1, 1}, {"__proto__", 1, 1}};
    if (auto ended = (*writer)->end({.reason = all, .stats = stats}); !ended) return ended.error();
    return sink.bytes();
}

}  // namespace
}  // namespace httpprof::test

int main(int argc, char** argv) {
    const std::size_t times = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 1;
    const auto capture = httpprof::test::hostile_capture(times);
    const bool is_called_rightly = argc == 2 || argc == 3;
    if (!is_called_rightly || !capture) {
        std::fprintf(stderr, "hostile_capture: %s\n",
                     is_called_rightly ? capture.error().message.c_str()
                                       : "usage: hostile_capture FILE [TIMES]");
        return 1;
    }
    std::ofstream file(argv[1], std::ios::binary);
    file << *capture << std::flush;
    return file ? 0 : 1;
}
