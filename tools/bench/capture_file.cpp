#include "tools/bench/capture_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "bpf/wire.h"

namespace httpprof::bench {

void need(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().message);
}

void need(bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error(what);
}

FileSink::FileSink(const std::string& path)
    : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    need(file_.get() >= 0, "cannot create " + path + ": " + std::strerror(errno));
}

Result<void> FileSink::write(std::span<const std::byte> bytes) {
    return format::write_all(file_.get(), bytes, path_);
}

format::Header bench_header() {
    return {.host = "bench",
            .kernel = "none",
            .machine = "none",
            .boot_id = std::string(16, 'b'),
            .capture_id = std::string(16, 'c'),
            .segment = 0,
            .previous_segment = "",
            .writer = "capture_bench",
            .wire_version = WIRE_VERSION,
            .options = {"none"}};
}

void finish(format::CaptureWriter& writer) {
    format::End end{.reason = "done", .stats = {}};
    end.stats.produced = end.stats.recorded = writer.recorded();
    end.stats.recorded_bytes = writer.recorded_bytes();
    need(writer.end(end));
}

}  // namespace httpprof::bench
