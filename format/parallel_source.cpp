#include "format/parallel_source.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace httpprof::format {
namespace {

// Frames are usually far smaller than their limit, and then the number of frames is what bounds
// the reading ahead; with the largest frames it is this, passed by one frame at most.
constexpr std::size_t kMaxBytes = 32 * 1024 * 1024;
constexpr std::size_t kFramesPerThread = 3;

}  // namespace

Result<std::unique_ptr<RecordSource>> ParallelSource::start(FrameScanner scanner,
                                                            const std::string& name,
                                                            unsigned jobs) {
    std::unique_ptr<ParallelSource> source(new ParallelSource(std::move(scanner), jobs));
    const auto started = source->start_threads(name, jobs);
    if (!started) return started.error();
    return std::unique_ptr<RecordSource>(std::move(source));
}

ParallelSource::ParallelSource(FrameScanner scanner, unsigned jobs)
    : scanner_(std::move(scanner)), max_frames_(kFramesPerThread * jobs) {}

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

Result<void> ParallelSource::start_threads(const std::string& name, unsigned jobs) {
    std::array<int, 2> ends;
    if (::pipe(ends.data()) != 0) return system_error("cannot make a pipe", errno);
    for (const int end : ends)
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
    cancel_read_ = Descriptor(ends[0]);
    cancel_write_ = Descriptor(ends[1]);
    scanner_.set_cancel(cancel_read_.get());
    try {
        for (unsigned i = 0; i < jobs; ++i)
            threads_.emplace_back(
                [this, decoder = std::make_unique<FrameDecoder>(name)] { work(*decoder); });
    } catch (const std::system_error& error) {
        return system_error("cannot start " + std::to_string(jobs) + " threads",
                            error.code().value());
    }
    return {};
}

Result<std::optional<Frame>> ParallelSource::next() {
    std::unique_lock lock(mutex_);
    if (finished_) return std::optional<Frame>();
    ready_.wait(lock, [this] { return !slots_.empty() && slots_.front().step.has_value(); });
    Step step = std::move(*slots_.front().step);
    bytes_ -= slots_.front().bytes;
    slots_.pop_front();
    finished_ = step.last;
    stop_ = stop_ || step.last;
    lock.unlock();
    if (step.last)
        turn_.notify_all();
    else
        turn_.notify_one();
    return std::move(step.outcome);
}

void ParallelSource::work(FrameDecoder& decoder) {
    std::variant<StoredFrame, Step> scanned;
    while (Slot* const slot = take_turn(scanned)) {
        Step step = std::holds_alternative<Step>(scanned)
                        ? std::get<Step>(std::move(scanned))
                        : decoder.decode(std::get<StoredFrame>(scanned));
        {
            const std::lock_guard lock(mutex_);
            slot->step = std::move(step);
        }
        ready_.notify_one();
    }
}

// Scans one frame and gives it its place in the order; none when there is nothing more to do.
ParallelSource::Slot* ParallelSource::take_turn(std::variant<StoredFrame, Step>& scanned) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [this] { return stop_ || scanned_all_ || (!scanning_ && has_room()); });
    if (stop_ || scanned_all_) return nullptr;
    scanning_ = true;
    lock.unlock();
    scanned = scanner_.next();
    lock.lock();
    scanning_ = false;
    Slot& slot = slots_.emplace_back();
    if (const auto* frame = std::get_if<StoredFrame>(&scanned))
        slot.bytes = frame->bytes.size() + frame->header.raw_size;
    else
        scanned_all_ = true;
    bytes_ += slot.bytes;
    lock.unlock();
    turn_.notify_all();
    return &slot;
}

bool ParallelSource::has_room() const {
    return slots_.size() < max_frames_ && bytes_ < kMaxBytes;
}

}  // namespace httpprof::format
