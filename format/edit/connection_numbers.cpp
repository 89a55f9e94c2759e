#include "format/edit/connection_numbers.h"

namespace httpprof::format {
namespace {

constexpr std::size_t kMaxOpen = 262'144;

}  // namespace

Result<void> ConnectionNumbers::note(const DataRecord& record) {
    if (count_ >= last_) return {};
    const auto [place, is_new] = open_.try_emplace(record.socket, count_ + 1);
    if (!is_new) return {};
    ++count_;
    if (open_.size() <= kMaxOpen) return {};
    return Error{"more than " + std::to_string(kMaxOpen) +
                 " connections are open at a time before that one; name it by its addresses"};
}

void ConnectionNumbers::note(const CloseRecord& record) {
    open_.erase(record.socket);
}

std::optional<std::uint64_t> ConnectionNumbers::of(const Socket& socket) const {
    const auto found = open_.find(socket);
    if (found == open_.end()) return std::nullopt;
    return found->second;
}

}  // namespace httpprof::format
