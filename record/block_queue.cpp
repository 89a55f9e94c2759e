#include "record/block_queue.h"

#include <algorithm>
#include <utility>

namespace httpprof::record {
namespace {

// What is small and seldom has no size.
std::size_t size_of(const FrameInput& input) {
    if (const auto* block = std::get_if<format::RecordBlock>(&input)) return block->size();
    if (const auto* snapshot = std::get_if<format::Snapshot>(&input))
        return sizeof(*snapshot) + snapshot->arguments.size() + snapshot->environment.size() +
               snapshot->executable.size() + snapshot->cgroups.size();
    return 0;
}

}  // namespace

bool BlockQueue::has_room(std::size_t size) const {
    return waiting_bytes_ == 0 || waiting_bytes_ + size <= limit_;
}

bool BlockQueue::push(FrameInput&& input) {
    const std::size_t size = size_of(input);
    {
        const std::lock_guard lock(mutex_);
        if (size > 0 && !has_room(size)) return false;
        if (std::holds_alternative<format::Stats>(input) && std::exchange(stats_wait_, true))
            return false;
        waiting_bytes_ += size;
        waiting_.push_back(std::move(input));
    }
    changed_.notify_one();
    return true;
}

bool BlockQueue::has_block() {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(waiting_, [](const FrameInput& input) {
        return std::holds_alternative<format::RecordBlock>(input);
    });
}

void BlockQueue::wait_for_room(std::size_t size, std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    taken_.wait_for(lock, longest, [&] { return has_room(size); });
}

format::RecordBlock BlockQueue::take_empty_block() {
    const std::lock_guard lock(mutex_);
    if (empty_.empty()) return {};
    format::RecordBlock block = std::move(empty_.back());
    empty_.pop_back();
    return block;
}

std::optional<FrameInput> BlockQueue::pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    FrameInput input = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= size_of(input);
    if (std::holds_alternative<format::Stats>(input)) stats_wait_ = false;
    taken_.notify_one();
    return input;
}

void BlockQueue::recycle(FrameInput&& input) {
    auto* block = std::get_if<format::RecordBlock>(&input);
    if (!block) return;
    block->clear();
    const std::lock_guard lock(mutex_);
    empty_.push_back(std::move(*block));
}

void BlockQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    changed_.notify_one();
}

}  // namespace httpprof::record
