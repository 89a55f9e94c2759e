#include "replay/protocol/http1_builder.h"

#include <algorithm>
#include <utility>

namespace httpprof::replay {

void MessageBuilder::set_head(std::string&& bytes) {
    message_.size = bytes.size();
    message_.raw = std::move(bytes);
}

void MessageBuilder::keep(std::string& where, std::string_view bytes) {
    const auto room = kept_ - std::min<std::uint64_t>(kept_, where.size());
    if (bytes.size() > room) {
        note(message_, AnomalyKind::too_large, message_.size + room);
        bytes = bytes.substr(0, static_cast<std::size_t>(room));
    }
    where += bytes;
}

void MessageBuilder::add_framing(std::string_view bytes, std::uint64_t time_ns) {
    if (bytes.empty()) return;
    keep(message_.raw, bytes);
    message_.size += bytes.size();
    message_.last_time_ns = time_ns;
}

void MessageBuilder::add_body(std::string_view bytes, std::uint64_t time_ns) {
    if (bytes.empty()) return;
    keep(message_.raw, bytes);  // first, since it is the longer of the two
    keep(message_.body, bytes);
    message_.size += bytes.size();
    message_.body_size += bytes.size();
    message_.last_time_ns = time_ns;
}

void MessageBuilder::add_gap(std::uint64_t length, format::MissingCause cause) {
    auto& gaps = message_.gaps;
    const bool continues = !gaps.empty() && gaps.back().cause == cause &&
                           gaps.back().offset + gaps.back().length == message_.size;
    if (continues) {
        gaps.back().length += length;
    } else {
        gaps.push_back({message_.size, length, cause});
    }
}

void MessageBuilder::add_body_gap(std::uint64_t length, format::MissingCause cause,
                                  std::uint64_t time_ns) {
    note(message_, AnomalyKind::gap_in_body, message_.size);
    add_gap(length, cause);
    message_.size += length;
    message_.body_size += length;
    message_.last_time_ns = time_ns;
}

void MessageBuilder::add_final_gap(std::uint64_t length, std::uint64_t known,
                                   format::MissingCause cause) {
    add_gap(length, cause);
    message_.size += known;
    message_.body_size += known;
}

Message MessageBuilder::take() {
    std::stable_sort(message_.anomalies.begin(), message_.anomalies.end(),
                     [](const Anomaly& a, const Anomaly& b) { return a.offset < b.offset; });
    return std::exchange(message_, Message());
}

}  // namespace httpprof::replay
