#include "replay/protocol/http1_builder.h"

#include <algorithm>
#include <utility>

namespace httpprof::replay {
namespace {

// Of what a message says about its length. The rest of longer ones is made room for as it comes.
constexpr std::uint64_t kMostReserved = 64 * 1024;
// So that the file is not written in small pieces.
constexpr std::size_t kLeastPutAway = 16 * 1024;

}  // namespace

MessageBuilder::~MessageBuilder() {
    count_off();
}

void MessageBuilder::count_in(std::size_t bytes) {
    raw_size_ += bytes;
    if (store_ == nullptr) return;
    store_->grow(bytes);
    const std::size_t behind_head = message_->raw.size() - message_->head_size;
    if (store_->is_full() && behind_head >= kLeastPutAway) store_->put_away(*message_);
}

void MessageBuilder::count_off() {
    if (store_ != nullptr && message_) store_->shrink(message_->raw.size());
}

Message& MessageBuilder::message() {
    if (!message_) message_ = std::make_shared<Message>();
    return *message_;
}

std::size_t MessageBuilder::memory() const {
    if (!message_) return 0;
    return message_->memory_of_head() +
           std::min(message_->raw.size() - message_->head_size, kLeastPutAway);
}

void MessageBuilder::set_head(std::string_view bytes, std::uint64_t content) {
    message_->size = bytes.size();
    const bool is_full = store_ != nullptr && store_->is_full();
    message_->raw.reserve(bytes.size() + (is_full ? 0 : std::min(content, kMostReserved)));
    message_->raw = bytes;
    message_->head_size = bytes.size();
    count_in(bytes.size());
}

std::size_t MessageBuilder::keep(std::string_view bytes) {
    if (!has_room(bytes.size())) {
        note(*message_, AnomalyKind::too_large, message_->size + room());
        bytes = bytes.substr(0, static_cast<std::size_t>(room()));
    }
    message_->raw += bytes;
    count_in(bytes.size());
    return bytes.size();
}

void MessageBuilder::add_framing(std::string_view bytes, const Origin& origin) {
    if (bytes.empty()) return;
    keep(bytes);
    message_->size += bytes.size();
    note_origin(*message_, origin);
}

void MessageBuilder::add_body(std::string_view bytes, const Origin& origin) {
    if (bytes.empty()) return;
    const auto begin = static_cast<std::uint32_t>(raw_size_);
    add_content({begin, static_cast<std::uint32_t>(keep(bytes))});
    message_->size += bytes.size();
    message_->body_size += bytes.size();
    note_origin(*message_, origin);
}

void MessageBuilder::add_content(Range range) {
    auto& content = message_->content;
    if (range.size == 0) return;
    if (!content.empty() && content.back().begin + content.back().size == range.begin) {
        content.back().size += range.size;
    } else {
        content.push_back(range);
    }
}

void MessageBuilder::add_gap(std::uint64_t length, format::MissingCause cause) {
    auto& gaps = message_->gaps;
    const bool continues = !gaps.empty() && gaps.back().cause == cause &&
                           gaps.back().offset + gaps.back().length == message_->size;
    if (continues) {
        gaps.back().length += length;
    } else {
        gaps.push_back({message_->size, length, cause});
    }
}

void MessageBuilder::add_body_gap(std::uint64_t length, format::MissingCause cause,
                                  const Origin& origin) {
    add_framing_gap(length, cause, origin);
    message_->body_size += length;
}

void MessageBuilder::add_framing_gap(std::uint64_t length, format::MissingCause cause,
                                     const Origin& origin) {
    note(*message_, AnomalyKind::gap_in_body, message_->size);
    add_gap(length, cause);
    message_->size += length;
    // Of bytes that no record tells of, `origin` is but where that was found out.
    if (format::is_recorded(cause)) note_origin(*message_, origin);
    message_->last_time_ns = origin.time_ns;
}

void MessageBuilder::add_final_gap(std::uint64_t known, format::MissingCause cause) {
    add_gap(known, cause);
    message_->size += known;
    message_->body_size += known;
}

std::shared_ptr<Message> MessageBuilder::take() {
    auto& anomalies = message_->anomalies;
    if (anomalies.size() > 1) {
        std::stable_sort(anomalies.begin(), anomalies.end(),
                         [](const Anomaly& a, const Anomaly& b) { return a.offset < b.offset; });
    }
    count_off();
    raw_size_ = 0;
    return std::move(message_);
}

}  // namespace httpprof::replay
