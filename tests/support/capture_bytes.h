// Captures in memory: written to a string, read from one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/frame.h"
#include "format/reader.h"
#include "format/record_source.h"
#include "format/writer.h"

namespace httpprof::test {

class MemorySink : public format::ByteSink {
  public:
    Result<void> write(std::span<const std::byte> bytes) override;
    Result<void> sync() override;

    const std::string& bytes() const { return bytes_; }
    const std::vector<std::size_t>& write_sizes() const { return write_sizes_; }
    int syncs() const { return syncs_; }
    // Makes every later write fail.
    void fail(Error error) { failure_ = std::move(error); }

  private:
    std::string bytes_;
    std::vector<std::size_t> write_sizes_;
    int syncs_ = 0;
    std::optional<Error> failure_;
};

inline std::span<const std::byte> as_span(std::string_view bytes) {
    return std::as_bytes(std::span(bytes));
}

// A Header with every field set, as CaptureWriter::start wants one.
format::Header sample_header();

// A descriptor of a nameless file that holds `bytes`, to be read from its start; the caller's.
int descriptor_of(const std::string& bytes);

// Everything that a capture gives, and the Error that it ends with, if any.
struct Reading {
    std::vector<format::Frame> frames;
    std::optional<Error> error;
};

Reading read_all(format::RecordSource& source);
Reading read_all(const std::string& bytes, const format::ReadOptions& options = {});

// The records of a frame, byte for byte.
std::vector<std::string> bytes_of(const format::RecordBatch& batch);

}  // namespace httpprof::test
