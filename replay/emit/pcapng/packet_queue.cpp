#include "replay/emit/pcapng/packet_queue.h"

#include <algorithm>
#include <utility>

namespace httpprof::replay {

void Packet::leave_last_byte_out() {
    if (payload.empty() || missing > 0) return;
    payload.pop_back();
    ++missing;
}

Result<void> PacketQueue::add(std::shared_ptr<Packet> packet) {
    newest_ns_ = std::max(newest_ns_, packet->realtime_ns);
    bytes_ += cost(*packet);
    packets_.push_back(std::move(packet));
    while (!packets_.empty() && is_front_due()) {
        Packet& front = *packets_.front();
        if (std::exchange(front.is_waiting, false) && front.then_cut) front.leave_last_byte_out();
        if (auto written = write_settled(); !written) return written;
    }
    return write_settled();
}

Result<void> PacketQueue::write_settled() {
    while (!packets_.empty() && !packets_.front()->is_waiting) {
        const auto packet = std::move(packets_.front());
        packets_.pop_front();
        bytes_ -= std::min(bytes_, cost(*packet));
        if (packet->is_empty()) continue;
        if (auto written = write_(*packet); !written) return written;
    }
    return {};
}

// The same before and after a byte was left out.
std::size_t PacketQueue::cost(const Packet& packet) {
    return sizeof(Packet) + packet.payload.capacity();
}

bool PacketQueue::is_front_due() const {
    return bytes_ > kMostBytes || packets_.front()->realtime_ns < newest_ns_ - kLongestNs;
}

}  // namespace httpprof::replay
