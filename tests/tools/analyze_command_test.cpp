// The program as a user calls it: exit statuses, messages, and where the outputs go.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/writer.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_capture.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wait_until.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using namespace std::string_literals;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kRequest = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kResponse = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA";

// One exchange, and a Stats frame two seconds later.
std::string capture_of_exchange(bool with_end = true, bool with_clock = true) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    EXPECT_TRUE(writer.ok());
    const format::Clock clock{0, 1'700'000'000'000'000'000};
    EXPECT_TRUE(!with_clock || (*writer)->write(clock).ok());
    format::RecordBlock block;
    block.append(process_record());
    block.append(data_record({.time_ns = kSecond, .payload = kRequest}));
    block.append(
        data_record({.time_ns = kSecond + 5, .direction = WIRE_RECV, .payload = kResponse}));
    EXPECT_TRUE((*writer)->write(block).ok());
    format::Stats stats;
    stats.time_ns = 3 * kSecond;
    EXPECT_TRUE((*writer)->write(stats).ok());
    if (with_end) {
        EXPECT_TRUE((*writer)->end({.reason = "interrupted", .stats = stats}).ok());
    }
    return sink.bytes();
}

class AnalyzeCommandTest : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() / name; }

    std::string file(const std::string& name, const std::string& bytes) {
        std::ofstream(path(name), std::ios::binary) << bytes;
        return path(name);
    }

    static Finished httpprof(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), HTTPPROF_BINARY);
        return run(arguments);
    }

    static std::vector<nlohmann::json> events(const std::string& text) {
        std::vector<nlohmann::json> events;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            events.push_back(nlohmann::json::parse(line));
        }
        return events;
    }

    // An error is one line on standard error and nothing else.
    static void expect_failure(const Finished& finished, int status, const std::string& message) {
        EXPECT_EQ(finished.status, status);
        EXPECT_THAT(finished.errors, StartsWith("httpprof: "));
        EXPECT_THAT(finished.errors, HasSubstr(message));
        EXPECT_EQ(finished.errors.find('\n'), finished.errors.size() - 1);
        EXPECT_EQ(finished.output, "");
    }

    TemporaryDirectory directory_;
};

TEST_F(AnalyzeCommandTest, EventsGoToStandardOutput) {
    const Finished finished = httpprof({"analyze", file("a.httpprof", capture_of_exchange())});
    EXPECT_EQ(finished.status, 0);
    const auto found = events(finished.output);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0]["timestamp"], "2023-11-14T22:13:21.000000000Z");
    EXPECT_EQ(found[0]["method"], "GET");
    EXPECT_EQ(found[0]["cmdline"], "client --fast");
    EXPECT_EQ(found[0]["host"], "web-1");
    EXPECT_EQ(found[1]["status_code"], 200);
    EXPECT_EQ(found[1]["body"], "A");
    EXPECT_EQ(found[1]["exchange"], found[0]["exchange"]);
    EXPECT_EQ(finished.errors,
              "httpprof: 2 events (1 request, 1 response) of 1 process on 1 connection\n");
}

// Ctrl-C in `httpprof record -o - | httpprof analyze -`.
TEST_F(AnalyzeCommandTest, OutlivesTheWriterOfAPipeThatIsInterrupted) {
    const std::string bytes = capture_of_exchange();
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    ChildProcess analyze({.command = {HTTPPROF_BINARY, "analyze", "-"}, .input = path("pipe")});
    format::Descriptor pipe(::open(path("pipe").c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(pipe.open());
    const std::size_t half = bytes.size() / 2;
    ASSERT_EQ(::write(pipe.get(), bytes.data(), half), static_cast<ssize_t>(half));
    for (int unread = 1; unread > 0;)
        ASSERT_EQ(::ioctl(pipe.get(), FIONREAD, &unread), 0);
    analyze.signal(SIGINT);
    ASSERT_TRUE(analyze.wait_for_error_text("reading to the end of the input"));
    ASSERT_GT(::write(pipe.get(), bytes.data() + half, bytes.size() - half), 0);
    pipe = format::Descriptor();
    EXPECT_EQ(analyze.wait(), 0);
    EXPECT_EQ(events(analyze.output()).size(), 2u);
}

// Only who reads a pipe has what was written to it still to read.
TEST_F(AnalyzeCommandTest, AnInterruptEndsWhoWritesToAPipe) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    const format::Descriptor pipe(::open(path("pipe").c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::fcntl(pipe.get(), F_SETPIPE_SZ, 4096), 4096);  // less than there is to write
    ChildProcess analyze({.command = {HTTPPROF_BINARY, "analyze",
                                      "testdata/captures/v1.1/node.httpprof", "-o", path("pipe")}});
    for (int unread = 0; unread == 0;)
        ASSERT_EQ(::ioctl(pipe.get(), FIONREAD, &unread), 0);
    analyze.signal(SIGINT);
    EXPECT_EQ(analyze.wait(), 128 + SIGINT);
}

TEST_F(AnalyzeCommandTest, ASecondInterruptEndsIt) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    ChildProcess analyze({.command = {HTTPPROF_BINARY, "analyze", "-"}, .input = path("pipe")});
    const format::Descriptor pipe(::open(path("pipe").c_str(), O_WRONLY | O_CLOEXEC));
    ASSERT_EQ(::write(pipe.get(), "x", 1), 1);
    for (int unread = 1; unread > 0;)
        ASSERT_EQ(::ioctl(pipe.get(), FIONREAD, &unread), 0);
    analyze.signal(SIGINT);
    ASSERT_TRUE(analyze.wait_for_error_text("reading to the end of the input"));
    analyze.signal(SIGINT);
    EXPECT_EQ(analyze.wait(), 128 + SIGINT);
}

TEST_F(AnalyzeCommandTest, NormalizesWhatDoesNotSayItsHost) {
    // Without a copy of its Header.
    std::string capture = read_file("testdata/captures/v1.0/demo.httpprof");
    capture[120] = static_cast<char>(~capture[120]);
    const Finished finished = httpprof({"analyze", file("a.httpprof", capture), "--normalize"});
    EXPECT_EQ(finished.status, 0) << finished.errors;
    EXPECT_THAT(finished.errors, HasSubstr("damaged"));
    const auto found = events(finished.output);
    ASSERT_FALSE(found.empty());
    EXPECT_FALSE(found[0].contains("host"));
}

TEST_F(AnalyzeCommandTest, OutputsGoToNamedFiles) {
    const Finished finished = httpprof({"analyze", file("a.httpprof", capture_of_exchange()), "-o",
                                        path("events.jsonl"), "--env-out", path("env.yaml")});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.output, "");
    EXPECT_EQ(events(read_file(path("events.jsonl"))).size(), 2u);
    EXPECT_THAT(read_file(path("env.yaml")), HasSubstr("env:\n  HOME: \"/root\"\n  LANG: \"C\"\n"));
}

TEST_F(AnalyzeCommandTest, EnvironmentsCanGoToStandardOutput) {
    const Finished finished = httpprof({"analyze", file("a.httpprof", capture_of_exchange()), "-o",
                                        path("events.jsonl"), "--env-out", "-"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.output, StartsWith("pid: 100\n"));
}

TEST_F(AnalyzeCommandTest, PrefixOptionWinsOverItsVariable) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    ChildProcess::Settings settings;
    settings.environment = {{"ENV_PREFIX_LIST=HO"}};
    settings.command = {HTTPPROF_BINARY, "analyze", capture, "-o", "/dev/null", "--env-out", "-"};
    ChildProcess by_variable(settings);
    EXPECT_EQ(by_variable.wait(), 0);
    EXPECT_THAT(by_variable.output(), HasSubstr("env:\n  HOME: \"/root\"\ncomm"));
    settings.command.insert(settings.command.end(), {"--env-prefix", "LA"});
    ChildProcess by_option(settings);
    EXPECT_EQ(by_option.wait(), 0);
    EXPECT_THAT(by_option.output(), HasSubstr("env:\n  LANG: \"C\"\ncomm"));
}

TEST_F(AnalyzeCommandTest, JobsTimeZoneAndLocaleChangeNothing) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    const Finished one = httpprof({"analyze", capture, "--jobs", "1"});
    ChildProcess four({.command = {HTTPPROF_BINARY, "analyze", capture, "--jobs", "4"},
                       .environment = {{"TZ=Asia/Tokyo", "LC_ALL=C"}}});
    EXPECT_EQ(four.wait(), 0);
    EXPECT_THAT(one.output, Not(IsEmpty()));
    EXPECT_EQ(four.output(), one.output);
}

TEST_F(AnalyzeCommandTest, SummaryGoesToItsFile) {
    const Finished finished = httpprof({"analyze", file("a.httpprof", capture_of_exchange()), "-o",
                                        "/dev/null", "--summary", path("summary.json")});
    EXPECT_EQ(finished.status, 0);
    const auto summary = nlohmann::json::parse(read_file(path("summary.json")));
    EXPECT_EQ(summary["totals"]["exchanges"], 1);
    EXPECT_EQ(summary["totals"]["requests_without_response"], 0);
    EXPECT_EQ(summary["totals"]["client"]["latency_ns"]["max"], 5);
    EXPECT_EQ(summary["routes"][0]["path"], "/a");
    EXPECT_EQ(summary["capture"]["complete"], true);
}

TEST_F(AnalyzeCommandTest, SummaryIsOfTheEventsThatAreShown) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    const Finished finished = httpprof(
        {"analyze", capture, "-o", "/dev/null", "--filter", "status >= 400", "--summary", "-"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(nlohmann::json::parse(finished.output)["totals"]["events"], 0);
}

TEST_F(AnalyzeCommandTest, SummaryOnAFullDisk) {
    expect_failure(httpprof({"analyze", file("a.httpprof", capture_of_exchange()), "-o",
                             "/dev/null", "--summary", "/dev/full"}),
                   1, "cannot write /dev/full: No space left on device");
}

TEST_F(AnalyzeCommandTest, StrictFailsOnWhatIsIncomplete) {
    const std::string whole = file("a.httpprof", capture_of_exchange());
    const std::string damaged = file("b.httpprof", capture_of_exchange(false));
    EXPECT_EQ(httpprof({"analyze", whole, "--strict"}).status, 0);
    const Finished finished = httpprof({"analyze", damaged, "--strict"});
    EXPECT_EQ(finished.status, 3);
    EXPECT_EQ(events(finished.output).size(), 2u);
    EXPECT_EQ(httpprof({"analyze", damaged}).status, 0);
}

TEST_F(AnalyzeCommandTest, CallsThatCouldNotBeRecordedAreSaid) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    ASSERT_TRUE(writer.ok());
    const format::Stats stats{
        .left_out = {
            {"io-uring", 1, 0}, {"kernel-tls", 2, 3000}, {"mptcp", 1, 0}, {"not-http", 4, 5}}};
    ASSERT_TRUE((*writer)->end({.reason = "interrupted", .stats = stats}).ok());
    const Finished finished =
        httpprof({"analyze", file("left-out.httpprof", sink.bytes()), "--strict"});
    EXPECT_EQ(finished.status, 3);
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: not recorded: kernel-tls: 2 calls, 2.9 KiB\n"
                                           "httpprof: not recorded: mptcp: 1 call\n"));
    EXPECT_THAT(finished.errors, Not(HasSubstr("not-http")));
}

TEST_F(AnalyzeCommandTest, AnomaliesAreCounted) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    ASSERT_TRUE(writer.ok());
    format::RecordBlock block;
    block.append(data_record({.payload = "GET /a HTTP/1.1\nHost: h\n\n"}));
    ASSERT_TRUE((*writer)->write(block).ok());
    ASSERT_TRUE((*writer)->end({.reason = "interrupted", .stats = {}}).ok());
    const Finished finished = httpprof({"analyze", file("a.httpprof", sink.bytes())});
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: anomaly, minor: bare-lf: 1 message\n"));
}

TEST_F(AnalyzeCommandTest, BytesThatAreNotHttpAreLocated) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    ASSERT_TRUE(writer.ok());
    format::RecordBlock block;
    const auto add = [&](const std::string& payload, std::uint16_t port) {
        block.append(
            data_record({.socket = {.inode = port, .local_port = port}, .payload = payload}));
    };
    for (std::uint16_t i = 0; i < 12; ++i)
        add(kRequest + "?\r\n", static_cast<std::uint16_t>(50000 + i));
    ASSERT_TRUE((*writer)->write(block).ok());
    ASSERT_TRUE((*writer)->end({.reason = "interrupted", .stats = {}}).ok());
    const Finished finished = httpprof({"analyze", file("a.httpprof", sink.bytes())});
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: not HTTP: 36 bytes\n"
                                           "httpprof: not HTTP: connection 1, 127.0.0.1:50000 to "
                                           "127.0.0.2:80, offset 28: 3 bytes\n"));
    EXPECT_THAT(finished.errors,
                HasSubstr("connection 10, 127.0.0.1:50009 to 127.0.0.2:80, offset 28: 3 bytes\n"
                          "httpprof: not HTTP: at 2 places more"));
}

TEST_F(AnalyzeCommandTest, ProgressIsClearedBeforeMessages) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    const Finished finished = httpprof({"analyze", capture, "--progress", "always"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.errors, StartsWith("\r0 % of "));
    EXPECT_THAT(finished.errors, ContainsRegex("\r +\rhttpprof: 2 events[^\r]*\n$"));
    const Finished from_pipe =
        run({"/bin/sh", "-c",
             "cat '" + capture + "' | '" HTTPPROF_BINARY "' analyze - --progress always"});
    EXPECT_THAT(from_pipe.errors, ContainsRegex("^\r[0-9]+ bytes[^%]*\r +\rhttpprof: 2 events"));
}

// What analyze writes to a terminal as standard error.
std::string on_terminal(const std::string& options) {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_GE(terminal, 0);
    EXPECT_EQ(::grantpt(terminal), 0);
    EXPECT_EQ(::unlockpt(terminal), 0);
    const std::string name = ::ptsname(terminal);
    const int keep_open = ::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_EQ(
        run({"/bin/sh", "-c", "'" HTTPPROF_BINARY "' analyze " + options + " 2>'" + name + "'"})
            .status,
        0);
    std::string text(4096, '\0');
    const ssize_t size = ::read(terminal, text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    ::close(keep_open);
    ::close(terminal);
    return text;
}

TEST_F(AnalyzeCommandTest, ProgressIsForTerminals) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    EXPECT_THAT(on_terminal("'" + capture + "'"), StartsWith("\r0 % of "));
    EXPECT_THAT(on_terminal("'" + capture + "' --progress never"), StartsWith("httpprof: "));
    EXPECT_THAT(httpprof({"analyze", capture}).errors, StartsWith("httpprof: "));
}

TEST_F(AnalyzeCommandTest, SizeThatIsNoneIsRefused) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    for (const std::string size : {"-1", "x", "", "1.5K"}) {
        const Finished finished = httpprof({"analyze", capture, "--max-body=" + size});
        EXPECT_EQ(finished.status, 2) << size;
        EXPECT_THAT(finished.errors, StartsWith("httpprof: --max-body: ")) << size;
    }
    EXPECT_EQ(httpprof({"analyze", capture, "--max-body", "1KiB"}).status, 0);
}

TEST_F(AnalyzeCommandTest, NumbersAreDecimal) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    const auto events = [](const std::string& size) {
        return httpprof(
                   {"analyze", "testdata/captures/v1.0/nginx-ipv6.httpprof", "--max-body", size})
            .output;
    };
    EXPECT_NE(events("10"), events("8"));
    EXPECT_EQ(events("010"), events("10"));
    EXPECT_EQ(httpprof({"analyze", capture, "--jobs", "08"}).status, 0);
    expect_failure(httpprof({"analyze", capture, "--max-body", "0x1"}), 2, "--max-body: '0x1' is");
    for (const std::string number : {"0x1", "1_0", "1'0", "1.5", "-1", "99999999999999999999"})
        expect_failure(httpprof({"analyze", capture, "--jobs=" + number}), 2,
                       "--jobs: '" + number + "' is not a number from 1 to 1024");
    expect_failure(httpprof({"slice", capture, "-o", path("s"), "--port", "65536"}), 2,
                   "--port: '65536' is not a number from 1 to 65535");
    expect_failure(httpprof({"slice", capture, "-o", path("s"), "--port", "00"}), 2, "'00' is");
    expect_failure(httpprof({"slice", capture, "-o", path("s"), "--pid", "0x1"}), 2, "--pid");
}

TEST_F(AnalyzeCommandTest, OptionsWithoutEffectAreRefused) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    expect_failure(httpprof({"analyze", capture, "--env-prefix", "A_"}), 2,
                   "--env-prefix requires --env-out");
    expect_failure(httpprof({"analyze", capture, "--normalize", "--normalize-variable", "A"}), 2,
                   "--normalize-variable requires --env-out");
    expect_failure(httpprof({"analyze", capture, "--fields", "raw_payload,method", "--no-raw"}), 2,
                   "--no-raw leaves out raw_payload, which --fields names");
    expect_failure(httpprof({"analyze", capture, "--fields", "body", "--no-body"}), 2,
                   "--no-body leaves out body, which --fields names");
    EXPECT_EQ(httpprof({"analyze", capture, "--fields", "body", "--no-raw"}).status, 0);
    ChildProcess::Settings settings;  // the variable is for all commands
    settings.environment = {{"ENV_PREFIX_LIST=HO"}};
    settings.command = {HTTPPROF_BINARY, "analyze", capture};
    EXPECT_EQ(ChildProcess(settings).wait(), 0);
}

TEST_F(AnalyzeCommandTest, SeveralFilesAreOneInput) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    const std::string again = file("b.httpprof", capture_of_exchange());
    const Finished finished = httpprof({"analyze", capture, again});
    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.errors, HasSubstr("events"));
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: " + capture + " and " + again +
                                           " are both segment 0 of one recording; what is in "
                                           "both is read twice\n"));
}

// A pipe, unlike a file, has nothing for a second reader.
TEST_F(AnalyzeCommandTest, APipeIsReadOnce) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    const std::string read_pipe =
        "cat '" + capture + "' | '" HTTPPROF_BINARY "' analyze /dev/stdin";
    const Finished piped = run({"/bin/sh", "-c", read_pipe});
    const Finished from_file = httpprof({"analyze", capture});
    EXPECT_EQ(piped.status, 0);
    EXPECT_EQ(piped.output, from_file.output);
    EXPECT_EQ(piped.errors, from_file.errors);
}

TEST_F(AnalyzeCommandTest, CaptureWithoutEndIsReadAndSaysSo) {
    const Finished finished = httpprof({"analyze", file("a.httpprof", capture_of_exchange(false))});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(events(finished.output).size(), 2u);
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: damaged: at byte "));
}

TEST_F(AnalyzeCommandTest, WithoutAClockSaysWhatTheTimesAre) {
    const std::string told =
        "httpprof: no clock can be read for 2 messages: instead of the time of "
        "day, theirs is that since boot\n";
    EXPECT_THAT(httpprof({"analyze", file("a", capture_of_exchange(true, false))}).errors,
                HasSubstr(told));
    EXPECT_THAT(httpprof({"analyze", file("b", capture_of_exchange())}).errors,
                Not(HasSubstr("clock")));
}

TEST_F(AnalyzeCommandTest, OfSeveralFilesTheDamagedOneIsNamed) {
    const std::string whole = file("a.httpprof", capture_of_exchange());
    const std::string cut = file("b.httpprof", capture_of_exchange(false));
    const Finished finished =
        httpprof({"analyze", whole, cut, "-o", "/dev/null", "--summary", "-"});
    EXPECT_THAT(finished.errors, HasSubstr("httpprof: damaged: " + cut + ", at byte "));
    const auto capture = nlohmann::json::parse(finished.output)["capture"];
    EXPECT_EQ(capture["damaged_places"], 1);
    EXPECT_EQ(capture["damage"][0]["file"], cut);
}

TEST_F(AnalyzeCommandTest, CaptureCutAnywhereNeverFailsBadly) {
    const std::string whole = capture_of_exchange();
    for (std::size_t size = 0; size < whole.size(); size += 31) {
        const Finished finished = httpprof({"analyze", file("cut", whole.substr(0, size))});
        EXPECT_THAT(finished.status, testing::AnyOf(0, 1)) << size;
        EXPECT_THAT(finished.errors, StartsWith("httpprof: ")) << size;
        EXPECT_LE(events(finished.output).size(), 2u) << size;
    }
}

TEST_F(AnalyzeCommandTest, PrintsWhileTheCaptureIsStillWritten) {
    const std::string fifo = path("fifo");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    ChildProcess child({.command = {HTTPPROF_BINARY, "analyze", "-"}, .input = fifo});
    std::ofstream writer(fifo, std::ios::binary);
    writer << capture_of_exchange(false) << std::flush;
    EXPECT_TRUE(wait_until([&] { return events(child.output()).size() == 2; }));
    writer.close();
    EXPECT_EQ(child.wait(), 0);
}

TEST_F(AnalyzeCommandTest, ReaderThatLeavesIsNoError) {
    const Finished finished =
        run_without_reader({HTTPPROF_BINARY, "analyze", file("a.httpprof", capture_of_exchange())});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.errors, "");
}

TEST_F(AnalyzeCommandTest, ReaderThatLeavesIsAnErrorWhenAnotherOutputIsUnfinished) {
    const Finished finished =
        run_without_reader({HTTPPROF_BINARY, "analyze", file("a.httpprof", capture_of_exchange()),
                            "--env-out", path("env.yaml")});
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(finished.errors, "httpprof: cannot write standard output: Broken pipe\n");
}

TEST_F(AnalyzeCommandTest, ReaderThatLeavesDoesNotHideThatACaptureIsNotWhole) {
    const std::string whole = file("whole.httpprof", capture_of_exchange());
    const std::string cut = file("cut.httpprof", capture_of_exchange(false));
    for (const char* jobs : {"1", "2"}) {
        const auto status = [&](const std::vector<std::string>& captures) {
            std::vector<std::string> command = {HTTPPROF_BINARY, "analyze", "--strict", "--jobs",
                                                jobs};
            command.insert(command.end(), captures.begin(), captures.end());
            return run_without_reader(command).status;
        };
        EXPECT_EQ(status({whole}), 0);
        EXPECT_EQ(status({cut}), 3);
        EXPECT_EQ(status({whole, path("missing")}), 1);
    }
}

TEST_F(AnalyzeCommandTest, ReaderThatLeavesDoesNotHideWhatCannotBeRead) {
    const Finished finished = run_without_reader(
        {HTTPPROF_BINARY, "analyze", file("a.httpprof", capture_of_exchange()), path("missing")});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.errors, HasSubstr("missing"));
}

TEST_F(AnalyzeCommandTest, FullDisk) {
    expect_failure(
        httpprof({"analyze", file("a.httpprof", capture_of_exchange()), "-o", "/dev/full"}), 1,
        "cannot write /dev/full: No space left on device");
}

TEST_F(AnalyzeCommandTest, WhatCannotBeOpened) {
    expect_failure(httpprof({"analyze", path("missing")}), 1, "No such file or directory");
    expect_failure(httpprof({"analyze", path("")}), 1, "Is a directory");
    const std::string capture = file("a.httpprof", capture_of_exchange());
    expect_failure(httpprof({"analyze", capture, "-o", path("no/such")}), 1,
                   "No such file or directory");
}

TEST_F(AnalyzeCommandTest, WhatIsNotACaptureLeavesTheOutputAlone) {
    const std::string kept = file("events.jsonl", "precious\n");
    expect_failure(httpprof({"analyze", file("text", "Hello\n"), "-o", kept}), 1, "capture");
    EXPECT_EQ(read_file(kept), "precious\n");
}

TEST_F(AnalyzeCommandTest, EarlierFilesAreEvidenceThoughALaterOneFails) {
    const Finished finished =
        httpprof({"analyze", file("a.httpprof", capture_of_exchange()), path("missing")});
    EXPECT_EQ(finished.status, 1);
    EXPECT_EQ(events(finished.output).size(), 2u);
    EXPECT_THAT(finished.errors, HasSubstr("missing"));
}

TEST_F(AnalyzeCommandTest, NeverWritesOverItsInput) {
    const std::string bytes = capture_of_exchange();
    const std::string capture = file("a.httpprof", bytes);
    expect_failure(httpprof({"analyze", capture, "-o", capture}), 2, "is both input and output");
    expect_failure(httpprof({"analyze", capture, "--env-out", capture}), 2,
                   "is both input and output");
    expect_failure(httpprof({"analyze", capture, "-o", "/dev/null", "--summary", capture}), 2,
                   "is both input and output");
    EXPECT_TRUE(read_file(capture) == bytes);
}

TEST_F(AnalyzeCommandTest, NeverWritesOverStandardInput) {
    const std::string bytes = capture_of_exchange();
    const std::string capture = file("a.httpprof", bytes);
    const std::string start = "'" HTTPPROF_BINARY "' ";
    const std::string end = " < '" + capture + "'";
    for (const std::string arguments :
         {"analyze - -o ", "analyze - -o /dev/null --env-out ", "export har - -o ", "report - -o ",
          "dump - -o ", "recover - -f -o ", "analyze - >> "}) {
        const std::string command = start + arguments + "'" + capture + "'" + end;
        expect_failure(run({"/bin/sh", "-c", command}), 2, "is both input and output");
        EXPECT_TRUE(read_file(capture) == bytes) << arguments;
    }
}

TEST_F(AnalyzeCommandTest, OutputsThatAreNotThereYetAreDifferentFiles) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    const std::string dotted = std::filesystem::path(path("new")).parent_path() / "." / "new";
    std::filesystem::create_symlink("new", path("link"));
    for (const std::string& other : {dotted, path("link")}) {
        expect_failure(httpprof({"analyze", capture, "-o", path("new"), "--summary", other}), 2,
                       "-o and --summary both name");
    }
    EXPECT_FALSE(std::filesystem::exists(path("new")));
}

TEST_F(AnalyzeCommandTest, WrongCommandLines) {
    const std::string capture = file("a.httpprof", capture_of_exchange());
    expect_failure(httpprof({}), 2, "subcommand");
    expect_failure(httpprof({"analyse", capture}), 2, "no command or option 'analyse'");
    expect_failure(httpprof({"export", "CSV", capture}), 2, "no command or option 'CSV'");
    expect_failure(httpprof({"analyze"}), 2, "FILE is required");
    expect_failure(httpprof({"analyze", capture, "--nope"}), 2, "--nope");
    expect_failure(httpprof({"analyze", capture, "--key", ""}), 2, "--key: it is empty");
    expect_failure(httpprof({"verify", capture, "--public-key", ""}), 2,
                   "--public-key: it is empty");
    expect_failure(httpprof({"analyze", capture, "--jobs", "0"}), 2, "--jobs");
    expect_failure(httpprof({"analyze", capture, "--jobs", "many"}), 2, "--jobs");
    expect_failure(httpprof({"analyze", capture, "--env-out", "-"}), 2,
                   "-o and --env-out both name standard output");
    expect_failure(httpprof({"analyze", capture, "-o", "x", "--env-out", "x"}), 2,
                   "-o and --env-out both name x");
    expect_failure(httpprof({"analyze", capture, "-o", "x", "--env-out", "y", "--summary", "y"}), 2,
                   "--env-out and --summary both name y");
    expect_failure(httpprof({"analyze", capture, "--progress", "sometimes"}), 2, "--progress");
    expect_failure(httpprof({"analyze", "-", "-"}), 2, "named twice");
}

TEST_F(AnalyzeCommandTest, MessagesCarryNoControlCharacters) {
    const Finished finished = httpprof({"analyze", path("\x1B[31m\n\xC2\x9B")});
    expect_failure(finished, 1, R"(\x1b[31m\x0a\xc2\x9b)");
}

TEST_F(AnalyzeCommandTest, HelpAndVersion) {
    const Finished version = httpprof({"--version"});
    EXPECT_EQ(version.status, 0);
    EXPECT_EQ(version.output, "httpprof " HTTPPROF_VERSION "\n");
    const Finished help = httpprof({"analyze", "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.output, HasSubstr("--env-prefix"));
    EXPECT_EQ(help.errors, "");
    expect_failure(run({"/bin/sh", "-c", "'" HTTPPROF_BINARY "' analyze --help >/dev/full"}), 1,
                   "cannot write standard output: No space left on device");
}

}  // namespace
}  // namespace httpprof::test
