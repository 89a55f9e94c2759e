// Percentiles of many values in little memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace httpprof::replay {

// Counts values. They are kept as they are while there are few different ones; beyond that they are
// counted by their leading binary digits, of which one is given up each time that there is no room.
// What comes out does not depend on the order in which values came.
class Quantiles {
  public:
    // Keeps at most this many different values, and 64 in any case; 16 bytes each.
    explicit Quantiles(std::size_t most_values);

    void add(std::uint64_t value);
    // As if its values had been added here.
    void add(const Quantiles& other);

    std::uint64_t count() const { return count_; }
    std::uint64_t max() const { return max_; }  // exact
    // By nearest rank: the smallest value that at least `percent` of 100 values do not exceed; 0
    // where there are no values.
    std::uint64_t percentile(unsigned percent) const;
    // The most that a percentile is off, as a share of it; 0 while they are exact.
    double error() const;

  private:
    struct Entry {
        std::uint64_t key = 0;  // the smallest of the values that are counted here
        std::uint64_t count = 0;
    };

    std::uint64_t key_of(std::uint64_t value) const;
    void add(std::uint64_t value, std::uint64_t times);
    std::uint64_t middle_of(std::uint64_t key) const;
    void give_up_digit();

    const std::size_t most_values_;
    unsigned digits_ = 64;
    std::vector<Entry> entries_;  // by key
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace httpprof::replay
