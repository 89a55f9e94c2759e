#include "format/edit/repeated_records.h"

#include <span>

namespace httpprof::format {
namespace {

constexpr std::size_t kMostRecords = 65'536;

}  // namespace

bool RepeatedRecords::is_repeated(std::size_t part, std::string_view record) {
    const Digest digest = digest_of(std::as_bytes(std::span(record)));
    const auto [known, is_new] = parts_.try_emplace(digest, part);
    if (!is_new) return known->second != part;
    order_.push_back(digest);
    if (order_.size() > kMostRecords) {
        parts_.erase(order_.front());
        order_.pop_front();
    }
    return false;
}

}  // namespace httpprof::format
