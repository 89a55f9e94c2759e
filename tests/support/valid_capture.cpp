#include "tests/support/valid_capture.h"

#include <stdexcept>

#include "tests/support/fake_capture.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

constexpr std::int64_t kHour = 3600 * static_cast<std::int64_t>(kSecond);
constexpr std::int64_t kBoot = 1'700'000'000'000'000'000;

void need(const Result<void>& written) {
    if (!written) throw std::runtime_error(written.error().message);
}

format::Stats stats(const format::CaptureWriter& writer, std::uint64_t time_ns) {
    return {.time_ns = time_ns,
            .produced = writer.recorded() + 2,
            .recorded = writer.recorded(),
            .recorded_bytes = writer.recorded_bytes(),
            .lost = {{.cause = "ring-full", .records = 2, .bytes = 300}},
            .missing = {{.cause = "snaplen", .records = 1, .bytes = 7}},
            .left_out = {{.cause = "not-http", .records = 9, .bytes = 0}}};
}

void write_frames(format::CaptureWriter& writer) {
    const WireSocket other = {.inode = 7001};
    need(writer.write(format::Clock{.boottime_ns = kSecond, .realtime_ns = kBoot + 5}));
    format::RecordBlock block;
    block.append(process_record({.time_ns = kSecond / 2}));
    block.append(data_record({.time_ns = 2 * kSecond}));
    block.append(data_record({.time_ns = 2 * kSecond + 2, .socket = other}));
    block.append(data_record({.time_ns = 2 * kSecond + 1, .direction = WIRE_RECV}));
    need(writer.write(block));
    need(writer.write(stats(writer, 3 * kSecond)));
    need(writer.write(format::Clock{.boottime_ns = 11 * kSecond, .realtime_ns = kBoot - kHour}));
    block.clear();
    block.append(close_record({.time_ns = 11 * kSecond + 8, .socket = other}));
    need(writer.write(block));
}

}  // namespace

std::string valid_capture(const ValidCapture& settings) {
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, settings.header, settings.write);
    if (!writer) throw std::runtime_error(writer.error().message);
    write_frames(**writer);
    if (settings.with_end)
        need((*writer)->end({.reason = "duration", .stats = stats(**writer, 12 * kSecond)}));
    return sink.bytes();
}

}  // namespace httpprof::test
