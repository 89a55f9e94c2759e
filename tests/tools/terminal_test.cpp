// What goes to a terminal has no control characters of the capture in it: whoever reads about a
// hostile capture does not run what is in it, and sees it in its order.
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "format/writer.h"
#include "replay/emit/text.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using namespace std::string_literals;

// A sequence that sets the title of a window, one that clears the screen, a carriage return, C1
// control characters as a byte and as UTF-8, a NUL, DEL, characters that turn text, and bytes that
// are no UTF-8.
const std::string kEvil =
    "\x1b]0;evil\x07\x1b[2J\r\x9b"
    "31m\xc2\x9b"
    "31m\0\x7f\u202Egnp.exe\u2066\u061C\xff\xed\xa0\x80"s;

// With them wherever a capture has bytes of somebody else's choice.
std::string evil_capture() {
    format::Header header = sample_header();
    header.host = header.kernel = header.machine = header.writer = kEvil;
    header.options = {kEvil, "--" + kEvil};
    header.derivation = {kEvil};
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, header, {});
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE((*writer)->write(format::Clock{0, 1'700'000'000'000'000'000}).ok());
    format::RecordBlock block;
    block.append(process_record({.task = {.comm = kEvil.substr(0, 15)},
                                 .arguments = kEvil,
                                 .environment = "A=" + kEvil,
                                 .cgroup = kEvil}));
    block.append(
        data_record({.task = {.comm = kEvil.substr(0, 15)},
                     .payload = "GET /" + kEvil + " HTTP/1.1\r\nHost: " + kEvil + "\r\n\r\n"}));
    block.append(kEvil + "no record" + kEvil);
    EXPECT_TRUE((*writer)->write(block).ok());
    EXPECT_TRUE((*writer)
                    ->write(format::Snapshot{.time_ns = 1,
                                             .executable = kEvil,
                                             .arguments = kEvil,
                                             .environment = kEvil,
                                             .error = kEvil,
                                             .cgroups = kEvil})
                    .ok());
    format::Stats stats{.time_ns = 9,
                        .produced = 9,
                        .recorded = 3,
                        .lost = {{kEvil, 6, 6}},
                        .missing = {{kEvil, 1, 1}},
                        .left_out = {{kEvil, 1, 1}}};
    EXPECT_TRUE((*writer)->write(stats).ok());
    EXPECT_TRUE((*writer)
                    ->end({.reason = kEvil,
                           .stats = stats,
                           .sources = {{kEvil, 1, kEvil}},
                           .changes = {{kEvil, 1, 1}}})
                    .ok());
    return sink.bytes();
}

// The first control character of `text`, apart from the ends of its lines, and what is around it.
std::string control_in(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if ((byte < 0x20 && byte != '\n') || byte == 0x7F || byte == 0x9B || is_c1)
            return "byte " + std::to_string(byte) +
                   " after: " + text.substr(i > 40 ? i - 40 : 0, std::min<std::size_t>(i, 40));
    }
    return "";
}

// The first character of `text` that turns text.
std::string turn_in(const std::string& text) {
    for (const std::string turn : {"\u061C", "\u200E", "\u200F", "\u202A", "\u202B", "\u202C",
                                   "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
        if (text.find(turn) != text.npos) return replay::printable(turn);
    }
    return "";
}

void expect_safe(const std::string& text, const std::string& command) {
    EXPECT_EQ(control_in(text), "") << command;
    EXPECT_EQ(turn_in(text), "") << command;
    EXPECT_TRUE(replay::is_utf8(text)) << command;
}

// What a shell's command writes to a terminal.
std::string shown_on_terminal(const std::string& command) {
    const std::string end = "-- all --";
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_GE(terminal, 0);
    EXPECT_EQ(::grantpt(terminal), 0);
    EXPECT_EQ(::unlockpt(terminal), 0);
    const std::string name = ::ptsname(terminal);
    ChildProcess child(
        {.command = {"/bin/sh", "-c", "{ " + command + "; printf '" + end + "'; } > " + name}});
    std::string text;
    while (!text.ends_with(end)) {
        std::string piece(4096, '\0');
        const ssize_t size = ::read(terminal, piece.data(), piece.size());
        if (size <= 0) break;
        text += piece.substr(0, static_cast<std::size_t>(size));
    }
    ::close(terminal);
    // The terminal's own.
    for (auto at = text.find("\r\n"); at != text.npos; at = text.find("\r\n", at))
        text.erase(at, 1);
    return text;
}

// `out` is written over, by those that write.
void expect_safe_output_of_all_commands(const std::string& file, const std::string& out) {
    const std::vector<std::vector<std::string>> commands = {
        {"info", file},
        {"verify", file},
        {"dump", "--hex", file},
        {"diff", file, "testdata/captures/v1.1/demo.httpprof"},
        {"analyze", file, "-o", out},
        {"export", "otlp", file, "-o", out},
        {"export", "csv", file, "-o", out},
        {"report", file, "-o", out},
        {"recover", file, "-f", "-o", out},
        {"slice", file, "--port", "80", "-f", "-o", out},
        {"merge", file, "-f", "-o", out},
        {"redact", file, "-f", "-o", out},
    };
    for (std::vector<std::string> command : commands) {
        command.insert(command.begin(), HTTPPROF_BINARY);
        const Finished finished = run(command);
        expect_safe(finished.output, command[1]);
        expect_safe(finished.errors, command[1]);
        EXPECT_FALSE(finished.output.empty() && finished.errors.empty()) << command[1];
    }
}

TEST(Terminal, GetsNoControlCharacterOfACapture) {
    const TemporaryDirectory folder;
    // The name of the file is somebody's choice, too.
    const std::string whole = folder.path() / "a\x1b[31m\u202E.httpprof";
    const std::string cut = folder.path() / "b\x1b[31m\u202E.httpprof";
    const std::string bytes = evil_capture();
    std::ofstream(whole, std::ios::binary) << bytes;
    std::ofstream(cut, std::ios::binary) << bytes.substr(0, bytes.size() - 100);
    for (const std::string& file : {whole, cut})
        expect_safe_output_of_all_commands(file, folder.path() / "out");
}

TEST(Terminal, GetsNoControlCharacterOfAHostileCapture) {
    const TemporaryDirectory folder;
    const std::string file = folder.path() / "hostile.httpprof";
    ASSERT_EQ(run({HOSTILE_CAPTURE, file}).status, 0);
    expect_safe_output_of_all_commands(file, folder.path() / "out");
}

TEST(Terminal, GetsNoControlCharacterInJson) {
    const TemporaryDirectory folder;
    const std::string file = folder.path() / "a\u009b.httpprof";
    std::ofstream(file, std::ios::binary) << evil_capture();
    for (const std::string arguments :
         {"analyze", "analyze -o /dev/null --summary -", "export har", "export otlp",
          "export service-map --format json", "info --json", "verify --json",
          "diff --json testdata/captures/v1.1/demo.httpprof"}) {
        const std::string text = shown_on_terminal(HTTPPROF_BINARY " " + arguments + " " + file);
        EXPECT_THAT(text, ::testing::HasSubstr("\\u009b")) << arguments;
        expect_safe(text, arguments);
    }
}

}  // namespace
}  // namespace httpprof::test
