// recover, slice and merge as a user calls them, on captures of real programs.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "format/output_file.h"
#include "format/process_states.h"
#include "format/reader.h"
#include "format/writer.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kVersion1Captures = "testdata/captures/v1.0/";
const std::string kDemo = kVersion1Captures + "demo.httpprof";

Finished httpprof(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), HTTPPROF_BINARY);
    return run(arguments);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

// Events as lines of JSON.
std::vector<std::string> events(std::vector<std::string> captures) {
    captures.insert(captures.begin(), "analyze");
    const Finished finished = httpprof(captures);
    EXPECT_EQ(finished.status, 0) << finished.errors;
    return lines_of(finished.output);
}

// The events of a capture that `wanted` takes, without what a slice numbers anew.
template <typename Wanted>
std::vector<std::string> events_that(const std::string& capture, const Wanted& wanted) {
    std::vector<std::string> found;
    for (const std::string& line : events({capture})) {
        json event = json::parse(line);
        if (!wanted(event)) continue;
        event.erase("connection");
        event.erase("exchange");
        found.push_back(event.dump());
    }
    return found;
}

bool any(const json&) {
    return true;
}

class EditCommandsTest : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() / name; }

    // Runs a command that writes a capture, which must be whole; its path.
    std::string make(std::vector<std::string> arguments, int status = 0) {
        const std::string out = path("out" + std::to_string(++made_));
        arguments.insert(arguments.end(), {"-o", out});
        const Finished finished = httpprof(arguments);
        EXPECT_EQ(finished.status, status) << finished.errors;
        EXPECT_EQ(finished.output, "");
        messages_ = finished.errors;
        const Finished verified = httpprof({"verify", out});
        EXPECT_EQ(verified.status, 0) << verified.output << verified.errors;
        return out;
    }

    // The first `count` records of a capture, and the rest, as two segments.
    std::vector<std::string> segments_of(const std::string& capture, std::size_t count);

    TemporaryDirectory directory_;
    int made_ = 0;
    std::string messages_;  // of the last command
};

// Writes segments as a recorder does.
class SegmentWriter {
  public:
    SegmentWriter(format::Header header, std::vector<std::string> paths)
        : header_(std::move(header)), paths_(std::move(paths)) {
        open();
    }

    void add(const format::Record& record, std::string_view bytes) {
        if (const auto* process = std::get_if<format::ProcessRecord>(&record))
            states_.add(*process, bytes, true);
        if (const auto* data = std::get_if<format::DataRecord>(&record)) {
            const auto before = states_.take_unwritten(data->task.pid, data->task.start_ns);
            if (!before.record.empty()) block_.append(before.record);
            flush();
            if (before.snapshot != nullptr) write(*before.snapshot);
        }
        block_.append(bytes);
    }

    void add(const format::Snapshot& snapshot) {
        flush();
        states_.add(snapshot, true);
        write(snapshot);
    }

    void add(const format::Clock& clock) {
        flush();
        clock_ = clock;
        EXPECT_TRUE(writer_->write(clock).ok());
    }

    void next() {
        close();
        ++header_.segment;
        const format::Digest last = writer_->last_digest();
        header_.previous_segment.assign(last.begin(), last.end());
        open();
        states_.start_file();
        EXPECT_TRUE(writer_->write(clock_).ok());
    }

    void close() {
        flush();
        format::End end{.reason = "segment", .stats = {}};
        end.stats.recorded = writer_->recorded();
        end.stats.recorded_bytes = writer_->recorded_bytes();
        end.stats.produced = end.stats.recorded;
        EXPECT_TRUE(writer_->end(std::move(end)).ok());
        EXPECT_TRUE(file_->finish().ok());
    }

  private:
    void open() {
        file_ = format::OutputFile::create(paths_[header_.segment]).value();
        writer_ = format::CaptureWriter::start(*file_, header_, {}).value();
    }

    void write(const format::Snapshot& snapshot) { EXPECT_TRUE(writer_->write(snapshot).ok()); }

    void flush() {
        EXPECT_TRUE(writer_->write(block_).ok());
        block_.clear();
    }

    format::Header header_;
    std::vector<std::string> paths_;
    std::unique_ptr<format::OutputFile> file_;
    std::unique_ptr<format::CaptureWriter> writer_;
    format::RecordBlock block_;
    format::ProcessStates states_;
    format::Clock clock_;
};

std::vector<std::string> EditCommandsTest::segments_of(const std::string& capture,
                                                       std::size_t count) {
    const std::string stem = path(std::to_string(++made_));
    const std::vector<std::string> paths = {stem + ".000000", stem + ".000001"};
    auto source = format::open_capture(capture, {}).value();
    std::optional<SegmentWriter> segments;
    for (;;) {
        const std::optional<format::Frame> frame = source->next().value();
        if (!frame) break;
        if (const auto* header = std::get_if<format::Header>(&frame->content))
            segments.emplace(*header, paths);
        if (const auto* clock = std::get_if<format::Clock>(&frame->content)) segments->add(*clock);
        if (const auto* snapshot = std::get_if<format::Snapshot>(&frame->content))
            segments->add(*snapshot);
        const auto* batch = std::get_if<format::RecordBatch>(&frame->content);
        std::string memory;
        for (std::size_t i = 0; batch != nullptr && i < batch->records.size(); ++i) {
            if (count-- == 0) segments->next();
            segments->add(batch->records[i], batch->bytes[i].joined(memory));
        }
    }
    segments->close();
    return paths;
}

// Without all of the events in the message.
void expect_same(const std::vector<std::string>& found, const std::vector<std::string>& expected,
                 const std::string& what) {
    EXPECT_EQ(found.size(), expected.size()) << what;
    const auto [a, b] = std::ranges::mismatch(found, expected);
    if (a == found.end() || b == expected.end()) return;
    ADD_FAILURE() << what << ", event " << a - found.begin() << ":\n"
                  << a->substr(0, 400) << "\n"
                  << b->substr(0, 400);
}

std::vector<std::string> captures() {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(kVersion1Captures)) {
        if (entry.path().extension() == ".httpprof") found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

TEST_F(EditCommandsTest, RecoveringAnIntactCaptureChangesNoEvent) {
    ASSERT_THAT(captures(), Not(IsEmpty()));
    for (const std::string& capture : captures())
        expect_same(events({make({"recover", capture})}), events({capture}), capture);
}

TEST_F(EditCommandsTest, RecoverSaysWhatItLeavesOut) {
    std::string bytes = read_file(kDemo);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(path("flipped"), std::ios::binary) << bytes;
    make({"recover", path("flipped")}, 3);
    EXPECT_THAT(messages_, HasSubstr("httpprof: left out: at byte "));
    EXPECT_THAT(messages_, HasSubstr("is damaged: its digest does not match"));
}

TEST_F(EditCommandsTest, WhatRecoverLeavesOutIsSaidByAnalyze) {
    std::string bytes = read_file(kDemo);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(path("flipped"), std::ios::binary) << bytes;
    const std::string recovered = make({"recover", path("flipped")}, 3);
    for (const std::string& capture : {recovered, make({"slice", recovered})}) {
        const Finished finished = httpprof(
            {"analyze", capture, "--strict", "-o", "/dev/null", "--summary", path("summary")});
        EXPECT_EQ(finished.status, 3);
        EXPECT_THAT(finished.errors,
                    HasSubstr("lost before, in what the capture was made of: unreadable: 1 place"));
        const json summary = json::parse(read_file(path("summary")));
        EXPECT_EQ(summary["capture"]["complete"], false);
        EXPECT_EQ(summary["capture"]["changes"][0]["cause"], "unreadable");
        std::filesystem::remove(path("summary"));
    }
}

TEST_F(EditCommandsTest, ARecoveredCaptureWithoutRecordsIsNotComplete) {
    std::ofstream(path("cut"), std::ios::binary) << read_file(kDemo).substr(0, 400);
    const std::string recovered = make({"recover", path("cut")}, 3);
    for (const std::string& capture : {path("cut"), recovered})
        EXPECT_EQ(httpprof({"analyze", capture, "--strict"}).status, 3) << capture;
    EXPECT_THAT(httpprof({"analyze", recovered}).errors,
                HasSubstr("made of: 1 source not closed cleanly\n"));
    EXPECT_THAT(
        httpprof({"info", recovered}).output,
        HasSubstr(
            "ended:              cleanly\nrecording ended:    a source was not closed cleanly\n"));
}

TEST_F(EditCommandsTest, WhatWasLeftOutOnPurposeIsNoLoss) {
    for (const std::string& made :
         {make({"slice", kDemo, "--to", "+0.05"}), make({"redact", kDemo})}) {
        const Finished finished = httpprof({"analyze", made, "--strict"});
        EXPECT_EQ(finished.status, httpprof({"analyze", kDemo, "--strict"}).status);
        EXPECT_THAT(finished.errors, Not(HasSubstr("lost before")));
    }
}

TEST_F(EditCommandsTest, RecoverTakesWhatACrashLeft) {
    const std::string bytes = read_file(kDemo);
    std::ofstream(path("killed.httpprof.part"), std::ios::binary)
        << bytes.substr(0, bytes.size() - 100);
    const std::string made = make({"recover", path("killed.httpprof")}, 3);
    EXPECT_EQ(events({made}), events({kDemo}));
    EXPECT_THAT(messages_, HasSubstr("was not closed cleanly"));
}

TEST_F(EditCommandsTest, RecoverReadsAndWritesPipes) {
    const std::string command = std::string("'") + HTTPPROF_BINARY + "' recover - -o - < " + kDemo +
                                " | '" + HTTPPROF_BINARY + "' verify -";
    const Finished finished = run({"/bin/sh", "-c", command});
    EXPECT_EQ(finished.status, 0) << finished.errors;
}

TEST_F(EditCommandsTest, NothingIsReplacedUnlessItIsTold) {
    std::ofstream(path("there")) << "precious";
    const Finished refused = httpprof({"recover", kDemo, "-o", path("there")});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.errors, HasSubstr("File exists"));
    EXPECT_EQ(read_file(path("there")), "precious");
    EXPECT_EQ(httpprof({"recover", kDemo, "-o", path("there"), "-f"}).status, 0);
    EXPECT_NE(read_file(path("there")), "precious");
}

TEST_F(EditCommandsTest, ASourceIsNeverReplaced) {
    const std::string capture = path("a.httpprof");
    const std::string open = path("open.httpprof");
    std::filesystem::copy_file(kDemo, capture);
    std::filesystem::create_hard_link(capture, path("link"));
    std::filesystem::copy_file(kDemo, open + ".part");
    for (const std::string command : {"recover", "slice", "merge", "redact"}) {
        for (const auto& [source, output] :
             {std::pair(capture, capture), {path("link"), capture}, {open, open}}) {
            const Finished finished = httpprof({command, source, "-f", "-o", output});
            EXPECT_EQ(finished.status, 2) << command << source;
            EXPECT_THAT(finished.errors, HasSubstr("both input and output"));
        }
    }
    EXPECT_EQ(read_file(capture), read_file(kDemo));
    EXPECT_EQ(read_file(open + ".part"), read_file(kDemo));
}

TEST_F(EditCommandsTest, AFailureLeavesNoFile) {
    EXPECT_EQ(httpprof({"recover", path("nothing"), "-o", path("x")}).status, 1);
    EXPECT_EQ(httpprof({"slice", kDemo, "-o", path("x"), "--encrypt-to", path("nobody")}).status,
              1);
    EXPECT_EQ(httpprof({"slice", kDemo, "-o", path("x"), "--from", "soon"}).status, 2);
    EXPECT_EQ(httpprof({"slice", kDemo, "-o", path("x"), "--connection", "it"}).status, 2);
    EXPECT_EQ(httpprof({"slice", kDemo}).status, 2);
    EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(EditCommandsTest, SliceByProcess) {
    const json first = json::parse(events({kDemo}).front());
    const auto is_its = [&](const json& event) { return event["pid"] == first["pid"]; };
    const auto of_process = events_that(kDemo, is_its);
    ASSERT_LT(of_process.size(), events({kDemo}).size());
    EXPECT_EQ(events_that(make({"slice", kDemo, "--pid", first["pid"].dump()}), any), of_process);
    EXPECT_EQ(events_that(make({"slice", kDemo, "--comm", first["comm"]}), any), of_process);
    EXPECT_THAT(messages_, HasSubstr("not-selected: "));
}

TEST_F(EditCommandsTest, APipeIsNotOneOfSeveralCaptures) {
    for (const std::string command : {"merge", "slice"}) {
        const Finished refused = run({"/bin/sh", "-c",
                                      "cat '" + kDemo + "' | '" HTTPPROF_BINARY "' " + command +
                                          " /dev/stdin " + kDemo + " -o " + path("several")});
        EXPECT_EQ(refused.status, 1);
        EXPECT_EQ(refused.errors,
                  "httpprof: /dev/stdin, which can be read once only, cannot be one of several "
                  "captures\n");
    }
}

// The Clock behind the Header is damaged: there is no second look at what comes out of a pipe.
TEST_F(EditCommandsTest, APipeIsNotReadForALaterClock) {
    std::string bytes = read_file(kDemo);
    auto source = format::open_capture(kDemo, {}).value();
    std::optional<format::Frame> frame;
    do {
        frame = source->next().value();
    } while (!std::holds_alternative<format::Clock>(frame->content));
    bytes[frame->offset + 30] = static_cast<char>(~bytes[frame->offset + 30]);
    std::ofstream(path("damaged"), std::ios::binary) << bytes;
    const Finished refused =
        run({"/bin/sh", "-c",
             "cat '" + path("damaged") + "' | '" HTTPPROF_BINARY "' slice /dev/stdin -o '" +
                 path("sliced") + "' --from 2026-01-01T00:00:00Z"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.errors, HasSubstr("name times as +SECONDS from the first record"));
}

TEST_F(EditCommandsTest, SliceByConnection) {
    const std::string capture = kVersion1Captures + "nginx-ipv6.httpprof";
    std::set<std::uint64_t> connections;
    for (const std::string& line : events({capture}))
        connections.insert(json::parse(line)["connection"].get<std::uint64_t>());
    ASSERT_GT(connections.size(), 2u);
    for (const std::uint64_t connection : connections) {
        const auto is_its = [&](const json& event) { return event["connection"] == connection; };
        const std::string made =
            make({"slice", capture, "--connection", std::to_string(connection)});
        EXPECT_EQ(events_that(made, any), events_that(capture, is_its));
    }
}

TEST_F(EditCommandsTest, SliceByPort) {
    const std::string capture = kVersion1Captures + "nginx-ipv6.httpprof";
    const json first = json::parse(events({capture}).front());
    const auto is_its = [&](const json& event) {
        return event["source_port"] == first["source_port"] ||
               event["dest_port"] == first["source_port"];
    };
    const auto of_port = events_that(capture, is_its);
    ASSERT_LT(of_port.size(), events({capture}).size());
    const std::string port = first["source_port"].dump();
    EXPECT_EQ(events_that(make({"slice", "--port", port, capture}), any), of_port);
    EXPECT_EQ(events_that(make({"slice", "--port", "1," + port, capture}), any), of_port);
}

TEST_F(EditCommandsTest, SliceByTime) {
    const auto all = events({kDemo});
    const std::string from = json::parse(all[8])["timestamp"];
    const std::string to = json::parse(all[16])["timestamp"];
    const auto is_within = [&](const json& event) {
        const std::string time = event["timestamp"];
        return time >= from && time < to;
    };
    const auto within = events_that(kDemo, is_within);
    ASSERT_EQ(within.size(), 8u);
    EXPECT_EQ(events_that(make({"slice", kDemo, "--from", from, "--to", to}), any), within);
}

TEST_F(EditCommandsTest, PartsByTimeMakeTheWholeAgain) {
    for (const char* at : {"+0.0005", "+0.05"}) {
        for (const std::string& capture : captures()) {
            const std::string head = make({"slice", capture, "--to", at});
            const std::string tail = make({"slice", capture, "--from", at});
            expect_same(events({make({"merge", tail, head})}), events({capture}), capture + at);
        }
    }
}

TEST_F(EditCommandsTest, MergedSegmentsHaveTheEventsOfTheSegments) {
    for (const std::string& capture : captures()) {
        for (const std::size_t count : {1u, 5u, 9u}) {
            const auto segments = segments_of(capture, count);
            const auto expected = events({capture});
            expect_same(events(segments), expected, capture);
            expect_same(events({make({"merge", segments[1], segments[0]})}), expected, capture);
        }
    }
}

TEST_F(EditCommandsTest, SlicingSegmentsIsSlicingTheWhole) {
    const auto segments = segments_of(kDemo, 20);
    const std::string whole = make({"slice", kDemo, "--from", "+0.1", "--connection", "1"});
    const std::string parts =
        make({"slice", segments[0], segments[1], "--from", "+0.1", "--connection", "1"});
    EXPECT_EQ(events({parts}), events({whole}));
    EXPECT_THAT(events({whole}), Not(IsEmpty()));
}

TEST_F(EditCommandsTest, ASegmentThatWasReplacedIsDamage) {
    const auto segments = segments_of(kDemo, 40);
    const std::string other = segments_of(kDemo, 40)[1];
    const std::string what = "segment 1 does not follow segment 0: it names another digest\n";
    const Finished whole = httpprof({"analyze", "--strict", segments[0], segments[1]});
    EXPECT_EQ(whole.status, 0) << whole.errors;
    const Finished replaced = httpprof({"analyze", "--strict", segments[0], other});
    EXPECT_EQ(replaced.status, 3);
    EXPECT_THAT(replaced.errors, HasSubstr("damaged: " + other + ", at byte 16: " + what));
    EXPECT_EQ(replaced.output, whole.output);
    const std::string merged = make({"merge", segments[0], other}, 3);
    EXPECT_THAT(messages_, HasSubstr(what));
    make({"slice", segments[0], other}, 3);
    EXPECT_THAT(messages_, HasSubstr(what));
    EXPECT_EQ(httpprof({"analyze", "--strict", merged}).status, 3);
}

TEST_F(EditCommandsTest, WhatIsInTwoPartsIsMergedOnceAndSlicedTwice) {
    const std::string part = make({"slice", kDemo, "--from", "+0"});
    const std::string again = make({"slice", kDemo, "--from", "+0"});
    const auto expect_text = [&](const std::string& command, const std::string& text) {
        const Finished finished = httpprof({command, part, again, "-o", path(command)});
        EXPECT_THAT(finished.errors, HasSubstr("of one recording; what is in both is " + text));
        return events({path(command)}).size();
    };
    const std::size_t count = events({part}).size();
    EXPECT_EQ(expect_text("merge", "written once\n"), count);
    EXPECT_EQ(expect_text("slice", "read twice\n"), 2 * count);
}

TEST_F(EditCommandsTest, MergeRefusesCapturesOfDifferentBoots) {
    std::ofstream(path("a"), std::ios::binary) << read_file(kDemo);
    auto source = format::open_capture(kDemo, {}).value();
    format::Header header = std::get<format::Header>(source->next().value()->content);
    header.boot_id.assign(16, 'x');
    header.capture_id.assign(16, 'y');
    SegmentWriter(header, {path("b")}).close();
    const Finished finished = httpprof({"merge", path("a"), path("b"), "-o", path("c")});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.errors, HasSubstr("not of the same boot"));
    EXPECT_FALSE(std::filesystem::exists(path("c")));
}

TEST_F(EditCommandsTest, AKeyThatIsNotPrintedIsAnError) {
    const Finished finished =
        run({"/bin/sh", "-c", "'" HTTPPROF_BINARY "' keygen -o '" + path("me") + "' >/dev/full"});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.errors, HasSubstr("cannot write standard output: No space left"));
}

// The Header can be read without a key.
TEST_F(EditCommandsTest, SecretsOfCommandLinesAreNotInTheClearWhereAllElseIsEncrypted) {
    ASSERT_EQ(httpprof({"keygen", "-o", path("me")}).status, 0);
    auto source = format::open_capture(kDemo, {}).value();
    format::Header header = std::get<format::Header>(source->next().value()->content);
    header.options = {"httpprof", "record", "--", "curl", "-u", "bob:s3cr3t"};
    SegmentWriter(header, {path("a")}).close();
    const std::string plain = make({"slice", path("a"), "--comm", "curl"});
    EXPECT_THAT(httpprof({"info", plain}).output, HasSubstr("curl -u bob:s3cr3t\n"));
    const std::string sealed =
        make({"slice", path("a"), "--encrypt-to", path("me.pub"), "--comm", "TOKEN=s3cr3t"});
    const std::string info = httpprof({"info", sealed}).output;
    EXPECT_THAT(info, HasSubstr("curl -u bob:XXXXXX\n"));
    EXPECT_THAT(info, HasSubstr("--comm TOKEN=XXXXXX"));
    EXPECT_THAT(info, Not(HasSubstr("s3cr3t")));
}

TEST_F(EditCommandsTest, CapturesCanBeEncryptedAndSignedOnTheWay) {
    ASSERT_EQ(httpprof({"keygen", "-o", path("me")}).status, 0);
    const std::string sealed =
        make({"slice", kDemo, "--encrypt-to", path("me.pub"), "--sign-key", path("me.key")});
    EXPECT_EQ(httpprof({"analyze", sealed}).status, 1);
    EXPECT_EQ(events({sealed, "--key", path("me.key")}), events({kDemo}));
    EXPECT_EQ(httpprof({"verify", sealed, "--public-key", path("me.pub")}).status, 0);
    const std::string plain = make({"recover", sealed, "--key", path("me.key")});
    EXPECT_THAT(messages_, HasSubstr("the source is encrypted, and the new capture is not"));
    EXPECT_EQ(events({plain}), events({kDemo}));
}

}  // namespace
}  // namespace httpprof::test
