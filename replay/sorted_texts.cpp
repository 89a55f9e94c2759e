#include "replay/sorted_texts.h"

#include <algorithm>

namespace httpprof::replay {
namespace {

// Few system calls for small texts; what is smaller than this needs no file at all.
constexpr std::size_t kTextBlock = 1024 * 1024;

}  // namespace

Result<void> SortedTexts::add(std::int64_t time_ns, std::string_view text) {
    places_.push_back({time_ns, written_ + block_.size(), text.size()});
    if (text.size() < kTextBlock) {
        block_ += text;
        return block_.size() < kTextBlock ? Result<void>() : write_block();
    }
    const auto written = write_block();
    return written ? write(text) : written;
}

Result<void> SortedTexts::give_to(const std::function<Result<void>(std::string_view)>& sink) {
    std::ranges::stable_sort(places_, {}, &Place::time_ns);
    std::string text;
    for (const auto& [time_ns, begin, size] : places_) {
        std::string_view piece;
        if (begin >= written_) {
            piece = std::string_view(block_).substr(begin - written_, size);
        } else {
            text.clear();
            if (auto read = spool_.read({begin, size}, text); !read) return read;
            piece = text;
        }
        if (auto taken = sink(piece); !taken) return taken;
    }
    return {};
}

Result<void> SortedTexts::write_block() {
    const auto written = write(block_);
    block_.clear();
    return written;
}

Result<void> SortedTexts::write(std::string_view text) {
    const auto extent = spool_.write(text);
    if (!extent) return extent.error();
    written_ += text.size();
    return {};
}

}  // namespace httpprof::replay
