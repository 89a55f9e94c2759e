#include "replay/timeline.h"

#include <iterator>
#include <utility>

#include "replay/placed_message_codec.h"

namespace httpprof::replay {
namespace {

// Read and written at a time. A message is never in two.
constexpr std::size_t kMessageBlock = 64 * 1024;

// What a message takes in memory, roughly.
std::size_t memory_of(const PlacedMessage& placed) {
    const Message& message = *placed.paired.message;
    return sizeof placed + sizeof message + message.raw.size() +
           (message.fields.size() + message.trailers.size()) * sizeof(Field) +
           message.content.size() * sizeof(Range) + share_of_memory(placed.paired.request);
}

}  // namespace

void Timeline::add(PlacedMessage&& message) {
    insert(std::move(message), nullptr);
    if (store_.is_full() && bytes_ > store_.limit() / 2) spill();
}

void Timeline::insert(PlacedMessage&& message, Run* run) {
    const Key key{message.paired.message->first.time_ns, message.connection, message.paired.order};
    const std::size_t bytes = memory_of(message);
    store_.grow(bytes);
    if (run == nullptr) bytes_ += bytes;
    waiting_.emplace(key, Waiting{std::move(message), bytes, run});
}

std::optional<PlacedMessage> Timeline::take_before(std::uint64_t watermark_ns) {
    const auto first = waiting_.begin();
    if (first == waiting_.end()) return std::nullopt;
    if (watermark_ns != kNever && std::get<0>(first->first) >= watermark_ns) return std::nullopt;
    Waiting taken = std::move(waiting_.extract(first).mapped());
    store_.shrink(taken.bytes);
    if (taken.run == nullptr) {
        bytes_ -= taken.bytes;
    } else {
        refill(*taken.run);
    }
    return std::move(taken.message);
}

// Moves all messages that are of no run yet into a new one.
void Timeline::spill() {
    Run run;
    std::string block;
    RecentHeads heads;
    auto waiting = waiting_.begin();
    auto unwritten = waiting;
    const auto forget_written = [&] {
        while (unwritten != waiting) {
            if (unwritten->second.run != nullptr) {
                ++unwritten;
                continue;
            }
            store_.shrink(unwritten->second.bytes);
            bytes_ -= unwritten->second.bytes;
            unwritten = waiting_.erase(unwritten);
        }
    };
    for (; waiting != waiting_.end(); ++waiting) {
        if (block.size() >= kMessageBlock) {
            if (!write_block(block, run)) break;
            forget_written();
        }
        if (waiting->second.run == nullptr) append_encoded(block, waiting->second.message, heads);
    }
    const bool written = waiting == waiting_.end() && (block.empty() || write_block(block, run));
    if (written) forget_written();
    if (!run.blocks.empty()) refill(runs_.emplace_back(std::move(run)));
}

// False when the file takes no more, which the store remembers.
bool Timeline::write_block(std::string& block, Run& run) {
    const auto extent = store_.write(block);
    if (extent) run.blocks.push_back(*extent);
    block.clear();
    return extent.has_value();
}

// Puts the next message of the run among those that wait.
void Timeline::refill(Run& run) {
    if (run.read == run.block.size()) {
        std::string().swap(run.block);
        run.read = 0;
        if (run.blocks.empty()) {
            run.heads = {};
            return;
        }
        const Extent extent = run.blocks.front();
        run.blocks.pop_front();
        if (!store_.take_back(extent, run.block)) return;
    }
    std::string_view rest = std::string_view(run.block).substr(run.read);
    PlacedMessage message = take_encoded(rest, run.heads);
    run.read = run.block.size() - rest.size();
    insert(std::move(message), &run);
}

}  // namespace httpprof::replay
