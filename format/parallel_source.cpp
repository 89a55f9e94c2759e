#include "format/parallel_source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace httpprof::format {
namespace {

// Where frames are small, their number bounds the reading ahead; with large ones it is this, passed
// by one frame at most.
constexpr std::size_t kMaxBytes = 32 * 1024 * 1024;
constexpr std::size_t kMaxBytesPerThread = 8 * 1024 * 1024;
constexpr std::size_t kFramesPerThread = 3;

// What a frame takes until it is handed out.
std::size_t memory_of(const FrameScanner::Scanned& scanned) {
    const auto* frame = std::get_if<StoredFrame>(&scanned);
    if (frame == nullptr) return 0;
    return frame->bytes.size() + decoded_size(frame->header);
}

}  // namespace

Result<std::unique_ptr<RecordSource>> ParallelSource::start(KeyedScanner scanner,
                                                            const FrameDecoder& decoder,
                                                            unsigned jobs) {
    std::unique_ptr<ParallelSource> source(new ParallelSource(std::move(scanner), jobs));
    const auto started = source->start_threads(decoder, jobs);
    if (!started) return started.error();
    return std::unique_ptr<RecordSource>(std::move(source));
}

ParallelSource::ParallelSource(KeyedScanner scanner, unsigned jobs)
    : scanner_(std::move(scanner)),
      max_frames_(kFramesPerThread * jobs),
      max_bytes_(std::min(kMaxBytes, kMaxBytesPerThread * jobs)) {}

ParallelSource::~ParallelSource() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    cancel_write_ = Descriptor();
    turn_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

Result<void> ParallelSource::start_threads(const FrameDecoder& decoder, unsigned jobs) {
    std::array<int, 2> ends;
    if (::pipe(ends.data()) != 0) return system_error("cannot make a pipe", errno);
    for (const int end : ends)
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
    cancel_read_ = Descriptor(ends[0]);
    cancel_write_ = Descriptor(ends[1]);
    scanner_.set_cancel(cancel_read_.get());
    try {
        for (unsigned i = 0; i < jobs; ++i)
            threads_.emplace_back([this, own = decoder.another()]() mutable { work(own); });
    } catch (const std::system_error& error) {
        return system_error("cannot start " + std::to_string(jobs) + " threads",
                            error.code().value());
    }
    return {};
}

Result<std::optional<Frame>> ParallelSource::next() {
    std::unique_lock lock(mutex_);
    if (finished_) return std::optional<Frame>();
    ready_.wait(lock, [this] { return !slots_.empty() && slots_.front().outcome.has_value(); });
    auto outcome = std::move(*slots_.front().outcome);
    bytes_ -= slots_.front().bytes;
    slots_.pop_front();
    finished_ = !outcome || !*outcome;
    stop_ = stop_ || finished_;
    lock.unlock();
    if (finished_)
        turn_.notify_all();
    else
        turn_.notify_one();
    return outcome;
}

void ParallelSource::work(FrameDecoder& decoder) {
    Result<std::optional<FrameScanner::Scanned>> scanned = std::optional<FrameScanner::Scanned>();
    while (Slot* const slot = take_turn(scanned)) {
        auto outcome = decoder.decode(std::move(scanned));
        {
            const std::lock_guard lock(mutex_);
            slot->outcome = std::move(outcome);
        }
        ready_.notify_one();
    }
}

// Scans one frame and gives it its place in the order; none when there is nothing more to do.
ParallelSource::Slot* ParallelSource::take_turn(
    Result<std::optional<FrameScanner::Scanned>>& scanned) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [this] { return stop_ || scanned_all_ || (!scanning_ && has_room()); });
    if (stop_ || scanned_all_) return nullptr;
    scanning_ = true;
    lock.unlock();
    scanned = scanner_.next();
    lock.lock();
    scanning_ = false;
    Slot& slot = slots_.emplace_back();
    scanned_all_ = !scanned || !*scanned;
    if (!scanned_all_) slot.bytes = memory_of(**scanned);
    bytes_ += slot.bytes;
    lock.unlock();
    turn_.notify_all();
    return &slot;
}

bool ParallelSource::has_room() const {
    return slots_.size() < max_frames_ && bytes_ < max_bytes_;
}

}  // namespace httpprof::format
