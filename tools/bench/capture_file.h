// Writes captures for the benchmarks.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "format/descriptor.h"
#include "format/frame.h"
#include "format/result.h"
#include "format/writer.h"

namespace httpprof::bench {

// The benchmarks have nobody to hand an error to: they end with it.
template <typename T>
T need(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return *std::move(result);
}
void need(const Result<void>& result);
void need(bool condition, const std::string& what);

// Writes to a file, without waiting for the disk: what is measured is not the disk.
class FileSink : public format::ByteSink {
  public:
    explicit FileSink(const std::string& path);

    Result<void> write(std::span<const std::byte> bytes) override;
    Result<void> sync() override { return {}; }

  private:
    std::string path_;
    format::Descriptor file_;
};

format::Header bench_header();

// Writes the End frame of a capture that lost nothing.
void finish(format::CaptureWriter& writer);

}  // namespace httpprof::bench
