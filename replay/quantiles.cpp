#include "replay/quantiles.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace httpprof::replay {
namespace {

// With one leading digit left, 0 and the powers of two remain: 65 values.
constexpr std::size_t kLeastValues = 65;

// Of the binary digits of a value, how many are not among the first `digits`.
unsigned digits_beyond(std::uint64_t value, unsigned digits) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    return width > digits ? width - digits : 0;
}

}  // namespace

Quantiles::Quantiles(std::size_t most_values) : most_values_(std::max(most_values, kLeastValues)) {}

void Quantiles::add(std::uint64_t value) {
    add(value, 1);
}

void Quantiles::add(const Quantiles& other) {
    while (digits_ > other.digits_)
        give_up_digit();
    for (const Entry& entry : other.entries_)
        add(entry.key, entry.count);
    max_ = std::max(max_, other.max_);
}

void Quantiles::add(std::uint64_t value, std::uint64_t times) {
    count_ += times;
    max_ = std::max(max_, value);
    const std::uint64_t key = key_of(value);
    const auto at = std::ranges::lower_bound(entries_, key, {}, &Entry::key);
    if (at != entries_.end() && at->key == key) {
        at->count += times;
        return;
    }
    entries_.insert(at, {key, times});
    while (entries_.size() > most_values_)
        give_up_digit();
}

std::uint64_t Quantiles::percentile(unsigned percent) const {
    // ceil(count * percent / 100) without overflow.
    const std::uint64_t rank = count_ / 100 * percent + (count_ % 100 * percent + 99) / 100;
    std::uint64_t seen = 0;
    for (const Entry& entry : entries_) {
        seen += entry.count;
        if (seen >= rank) return std::min(middle_of(entry.key), max_);
    }
    return max_;
}

// Half the width of the values that are counted together, by the smallest of them.
double Quantiles::error() const {
    if (digits_beyond(max_, digits_) == 0) return 0;
    return std::ldexp(1.0, -static_cast<int>(digits_));
}

std::uint64_t Quantiles::key_of(std::uint64_t value) const {
    const unsigned beyond = digits_beyond(value, digits_);
    return value >> beyond << beyond;
}

std::uint64_t Quantiles::middle_of(std::uint64_t key) const {
    const unsigned beyond = digits_beyond(key, digits_);
    return key + ((std::uint64_t{1} << beyond) - 1) / 2;
}

void Quantiles::give_up_digit() {
    --digits_;
    std::size_t kept = 0;
    for (const Entry& entry : entries_) {
        const std::uint64_t key = key_of(entry.key);
        if (kept > 0 && entries_[kept - 1].key == key) {
            entries_[kept - 1].count += entry.count;
        } else {
            entries_[kept++] = {key, entry.count};
        }
    }
    entries_.resize(kept);
}

}  // namespace httpprof::replay
