#include "tools/bench/traffic_capture.h"

namespace httpprof::bench {
namespace {

constexpr std::uint32_t kServers = 4;
constexpr std::uint32_t kFirstPid = 900;
constexpr format::Clock kClock = {.boottime_ns = 1, .realtime_ns = kRealtimeAtBoot + 1};

}  // namespace

TrafficCapture::TrafficCapture(const std::string& path, std::size_t connections)
    : file_(path),
      writer_(need(format::CaptureWriter::start(file_, bench_header(), {}))),
      ends_(connections) {
    need(writer_->write(kClock));
    using namespace std::string_view_literals;
    for (std::uint32_t i = 0; i < kServers; ++i) {
        servers_.push_back(make_task(kFirstPid + i, "shop"));
        add_process(servers_.back(), "/srv/shop/bin/shop\0--workers\0004\0"sv,
                    "PATH=/usr/bin:/bin\0SHOP_PORT=8080\0"sv, kClock.boottime_ns, block_);
    }
}

void TrafficCapture::open(std::size_t slot, std::uint16_t client_port, std::uint64_t time_ns) {
    const std::uint64_t inode = next_inode_++;
    ends_[slot] = WireEnd(servers_[inode % servers_.size()],
                          make_socket(inode, time_ns, kServerPort, client_port),
                          (1ULL << 32) + inode * 1009, (1ULL << 32) + inode * 1013);
}

void TrafficCapture::transfer(std::size_t slot, Flow flow, std::string_view bytes,
                              std::uint64_t time_ns) {
    if (flow == Flow::to_server)
        ends_[slot].add_received(bytes, time_ns, block_);
    else
        ends_[slot].add_sent(bytes, time_ns, block_);
    write_when_full();
}

void TrafficCapture::close(std::size_t slot, std::uint64_t time_ns) {
    ends_[slot].add_fin(time_ns, block_);
    ends_[slot].add_close(time_ns, block_);
    write_when_full();
}

void TrafficCapture::finish() {
    need(writer_->write(block_));
    bench::finish(*writer_);
}

void TrafficCapture::write_when_full() {
    if (!block_.full()) return;
    need(writer_->write(block_));
    block_.clear();
}

}  // namespace httpprof::bench
