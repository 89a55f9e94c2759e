#include "tests/format/edit/capture_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <gtest/gtest.h>

#include "format/verify.h"
#include "tests/support/capture_bytes.h"

namespace httpprof::test {
namespace {

constexpr std::int64_t kRealtimeAtBoot = 1'700'000'000'000'000'000;

struct Collector {
    CaptureContent& content;

    void operator()(const format::Header& header) { content.header = header; }
    void operator()(const format::RecordBatch& batch) {
        content.frame_sizes.push_back(batch.records.size());
        std::ranges::move(bytes_of(batch), std::back_inserter(content.records));
    }
    void operator()(const format::Snapshot& snapshot) { content.snapshots.push_back(snapshot); }
    void operator()(const format::Stats& stats) { content.stats.push_back(stats); }
    void operator()(const format::Clock& clock) { content.clocks.push_back(clock); }
    void operator()(const format::End& end) { content.end = end; }
    void operator()(const format::Signature&) { content.is_signed = true; }
    void operator()(const format::HeaderCopy&) {}
    void operator()(const format::Damage& damage) { content.damage.push_back(damage.what); }
    void operator()(const format::UnknownFrame&) { content.damage.push_back("unknown frame"); }
    void operator()(const format::EncryptedFrame&) { content.damage.push_back("encrypted"); }
};

}  // namespace

CaptureContent read_content(const std::string& path, const format::ReadOptions& options) {
    auto source = format::open_capture(path, options);
    if (!source) throw std::runtime_error(source.error().message);
    const Reading reading = read_all(**source);
    if (reading.error) throw std::runtime_error(reading.error->message);
    CaptureContent content;
    for (const format::Frame& frame : reading.frames)
        std::visit(Collector{content}, frame.content);
    return content;
}

void expect_consistent(const CaptureContent& content) {
    EXPECT_TRUE(content.damage.empty()) << content.damage.front();
    ASSERT_TRUE(content.end);
    const format::Stats& stats = content.end->stats;
    std::uint64_t lost = 0;
    for (const format::Counter& cause : stats.lost)
        lost += cause.records;
    std::uint64_t bytes = 0;
    for (const std::string& record : content.records)
        bytes += record.size();
    EXPECT_EQ(stats.recorded, content.records.size());
    EXPECT_EQ(stats.recorded_bytes, bytes);
    EXPECT_EQ(stats.produced, stats.recorded + lost);
}

void expect_verifies(const std::string& path) {
    const format::Verdict verdict = format::verify_capture(path, {});
    EXPECT_FALSE(verdict.error) << verdict.error->message;
    for (const format::Problem& problem : verdict.problems)
        ADD_FAILURE() << path << ", frame " << problem.frame << ": " << problem.what;
}

std::string CaptureFolder::file(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
}

std::string CaptureFolder::capture(
    const std::string& name, const format::Header& header,
    const std::function<format::Stats(format::CaptureWriter&)>& write) const {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, header, {});
    if (!writer) throw std::runtime_error(writer.error().message);
    format::Stats stats = write(**writer);
    stats.recorded = (*writer)->recorded();
    stats.recorded_bytes = (*writer)->recorded_bytes();
    stats.produced = stats.recorded;
    for (const format::Counter& cause : stats.lost)
        stats.produced += cause.records;
    EXPECT_TRUE((*writer)->end({.reason = "duration", .stats = stats}).ok());
    return file(name, sink.bytes());
}

std::string CaptureFolder::capture_of(const std::string& name,
                                      const std::vector<std::string>& records,
                                      const format::Header& header) const {
    return capture(name, header, [&](format::CaptureWriter& writer) {
        EXPECT_TRUE(writer.write(format::Clock{0, kRealtimeAtBoot}).ok());
        write_records(writer, records);
        return format::Stats{};
    });
}

void write_records(format::CaptureWriter& writer, const std::vector<std::string>& records) {
    format::RecordBlock block;
    for (const std::string& record : records)
        block.append(record);
    EXPECT_TRUE(writer.write(block).ok());
}

format::Counter counter(const std::vector<format::Counter>& counters, const std::string& cause) {
    const auto found = std::ranges::find(counters, cause, &format::Counter::cause);
    return found == counters.end() ? format::Counter{.cause = cause} : *found;
}

}  // namespace httpprof::test
