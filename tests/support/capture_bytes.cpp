#include "tests/support/capture_bytes.h"

#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

#include "bpf/wire.h"

namespace httpprof::test {

Result<void> MemorySink::write(std::span<const std::byte> bytes) {
    if (failure_) return *failure_;
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    write_sizes_.push_back(bytes.size());
    return {};
}

Result<void> MemorySink::sync() {
    ++syncs_;
    return {};
}

format::Header sample_header() {
    return {.host = "web-1",
            .kernel = "6.1.0-18-amd64 #1 SMP",
            .machine = "x86_64",
            .boot_id = std::string(16, '\x01'),
            .capture_id = std::string(16, '\xFE'),
            .segment = 0,
            .previous_segment = "",
            .writer = "httpprof 0.1.0",
            .wire_version = WIRE_VERSION,
            .options = {"record", "-o", "x.httpprof"}};
}

int descriptor_of(const std::string& bytes) {
    const int descriptor = ::memfd_create("capture", MFD_CLOEXEC);
    if (::write(descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::lseek(descriptor, 0, SEEK_SET) != 0)
        throw std::runtime_error("cannot write a file in memory");
    return descriptor;
}

Reading read_all(format::RecordSource& source) {
    Reading reading;
    while (true) {
        auto frame = source.next();
        if (!frame) {
            reading.error = frame.error();
            return reading;
        }
        if (!frame->has_value()) return reading;
        reading.frames.push_back(std::move(**frame));
    }
}

Reading read_all(const std::string& bytes, const format::ReadOptions& options) {
    auto source = format::read_capture(descriptor_of(bytes), "test capture", options);
    if (!source) return {.frames = {}, .error = source.error()};
    return read_all(**source);
}

std::vector<std::string> bytes_of(const format::RecordBatch& batch) {
    std::vector<std::string> records;
    std::string memory;
    for (const format::WireRecord& record : batch.bytes)
        records.emplace_back(record.joined(memory));
    return records;
}

}  // namespace httpprof::test
