#include "tests/format/sample_capture.h"

#include <gtest/gtest.h>

#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {

using namespace format;

Stats sample_stats() {
    return {.time_ns = 3000,
            .produced = 9,
            .recorded = 5,
            .recorded_bytes = 400,
            .lost = {{.cause = "ring-full", .records = 4, .bytes = 40}},
            .missing = {{.cause = "snaplen", .records = 1, .bytes = 2},
                        {.cause = "unreadable", .records = 2, .bytes = 3}},
            .left_out = {{.cause = "not-http", .records = 7, .bytes = 0}}};
}

void write_sample(CaptureWriter& writer) {
    EXPECT_TRUE(writer.write(Clock{.boottime_ns = 900, .realtime_ns = -5}).ok());
    RecordBlock block;
    block.append(process_record({.time_ns = 1001}));
    block.append(data_record({.time_ns = 1003, .payload = "GET / HTTP/1.1\r\n\r\n"}));
    block.append(data_record({.time_ns = 1002, .direction = WIRE_RECV, .payload = ""}));
    block.append(fin_record({.time_ns = 1004}));
    block.append(close_record({.time_ns = 1005}));
    block.append(io_uring_record({.time_ns = 1006}));
    EXPECT_TRUE(writer.write(block).ok());
    EXPECT_TRUE(writer
                    .write(Snapshot{.time_ns = 2000,
                                    .pid = 100,
                                    .start_ns = 500,
                                    .executable = "/usr/bin/client",
                                    .arguments = std::string("a\0b\0", 4),
                                    .environment = "",
                                    .has_arguments = true,
                                    .has_environment = false,
                                    .error = "environment: Permission denied",
                                    .exec_id = 3,
                                    .cgroups = "0::/system.slice\n",
                                    .environment_kept = WIRE_ENVIRONMENT_BY_PREFIX})
                    .ok());
    EXPECT_TRUE(writer.write(sample_stats()).ok());
}

std::string sample_capture(const WriteOptions& options) {
    MemorySink sink;
    auto writer = CaptureWriter::start(sink, sample_header(), options);
    EXPECT_TRUE(writer.ok());
    write_sample(**writer);
    EXPECT_TRUE((*writer)->end({.reason = "duration", .stats = sample_stats()}).ok());
    return sink.bytes();
}

}  // namespace httpprof::test
