#include "replay/protocol/origin_buffer.h"

#include <algorithm>

namespace httpprof::replay {

bool OriginBuffer::begins_run(std::size_t position, std::size_t size) const {
    const auto run = std::ranges::find(runs_, position, &Run::start);
    if (run == runs_.end()) return false;
    const auto end = run + 1 == runs_.end() ? bytes_.size() : (run + 1)->start;
    return end - position >= size;
}

void OriginBuffer::append(std::string_view bytes, const Origin& origin, std::size_t expected) {
    if (bytes.empty()) return;
    if (bytes_.empty()) bytes_.reserve(expected);
    if (runs_.empty() || runs_.back().origin != origin) runs_.push_back({bytes_.size(), origin});
    bytes_ += bytes;
}

void OriginBuffer::drop_front(std::size_t count) {
    if (count >= bytes_.size()) return clear();
    bytes_.erase(0, count);
    const auto first_kept = std::find_if(runs_.begin() + 1, runs_.end(),
                                         [count](const Run& run) { return run.start > count; });
    runs_.erase(runs_.begin(), first_kept - 1);
    for (auto& run : runs_)
        run.start -= std::min(run.start, count);
}

OriginBuffer OriginBuffer::split_off(std::size_t position) {
    OriginBuffer tail = *this;
    tail.drop_front(position);
    if (position == 0) {
        clear();
        return tail;
    }
    bytes_.resize(std::min(position, bytes_.size()));
    std::erase_if(runs_, [this](const Run& run) { return run.start >= bytes_.size(); });
    return tail;
}

void OriginBuffer::clear() {
    bytes_.clear();
    runs_.clear();
}

}  // namespace httpprof::replay
