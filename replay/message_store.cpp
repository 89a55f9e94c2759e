#include "replay/message_store.h"

#include <utility>

namespace httpprof::replay {

std::optional<Extent> MessageStore::write(std::string_view bytes) {
    const auto extent = spool_.write(bytes);
    if (extent) return *extent;
    if (!error_) error_ = extent.error();
    return std::nullopt;
}

bool MessageStore::take_back(Extent extent, std::string& to) {
    const auto read = spool_.read(extent, to);
    spool_.drop(extent);
    if (!read && !error_) error_ = read.error();
    return read.ok();
}

void MessageStore::put_away(Message& message) {
    const auto extent = write(std::string_view(message.raw).substr(message.head_size));
    if (!extent) return;
    shrink(extent->size);
    message.spooled.push_back(*extent);
    message.raw.resize(message.head_size);
    message.raw.shrink_to_fit();
}

Result<void> MessageStore::restore(Message& message) {
    if (message.spooled.empty()) return {};
    std::string raw;
    raw.reserve(message.raw_size());
    raw = std::string_view(message.raw).substr(0, message.head_size);
    for (const Extent& extent : message.spooled) {
        if (auto read = spool_.read(extent, raw); !read) return read;
        spool_.drop(extent);
    }
    message.spooled.clear();
    raw += std::string_view(message.raw).substr(message.head_size);
    message.raw = std::move(raw);
    return {};
}

}  // namespace httpprof::replay
