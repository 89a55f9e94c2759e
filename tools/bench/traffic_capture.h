// Made-up traffic as httpprof records it on the server's host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/bench/capture_file.h"
#include "tools/bench/traffic_sink.h"
#include "tools/bench/wire_records.h"

namespace httpprof::bench {

class TrafficCapture : public TrafficSink {
  public:
    TrafficCapture(const std::string& path, std::size_t connections);

    void open(std::size_t slot, std::uint16_t client_port, std::uint64_t time_ns) override;
    void transfer(std::size_t slot, Flow flow, std::string_view bytes,
                  std::uint64_t time_ns) override;
    void close(std::size_t slot, std::uint64_t time_ns) override;

    // Of the records so far.
    std::uint64_t raw_bytes() const { return writer_->recorded_bytes() + block_.size(); }
    void finish();

  private:
    void write_when_full();

    FileSink file_;
    std::unique_ptr<format::CaptureWriter> writer_;
    format::RecordBlock block_;
    std::vector<wire_task> servers_;
    std::vector<WireEnd> ends_;
    std::uint64_t next_inode_ = 40'000;
};

}  // namespace httpprof::bench
