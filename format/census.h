// Counts what a capture holds while its records pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>
#include <vector>

#include "format/frame.h"
#include "format/keyed_hash.h"
#include "format/record.h"

namespace httpprof::format {

// README.md, "Totals", is the specification: memory is bounded, so that a socket or process that
// was forgotten is counted again, by every census alike.
class Census {
  public:
    // A record that was decoded from `size` bytes.
    void add(const Record& record, std::size_t size);
    void add(const WireRecord& wire_record);

    std::uint64_t records() const { return records_; }
    std::uint64_t bytes() const { return bytes_; }  // headers included

    // Data records without some of the bytes that they stand for, and those bytes, by cause.
    std::vector<Counter> missing() const;

    // All but `frames` and `raw_bytes`, which are 0.
    Totals totals() const;

  private:
    // Keys that came, up to a number. Those that came last are also where they are found at once,
    // since most come again and again.
    template <typename Key>
    class Known {
      public:
        // False when it is known already. `slot` is the same for the same key.
        bool add(const Key& key, std::uint64_t slot);
        void remove(const Key& key, std::uint64_t slot);
        // Whether it is known and found at once.
        bool is_recent(const Key& key, std::uint64_t slot) const {
            return recent_[slot % kSlots] == key;
        }

      private:
        static constexpr std::size_t kSlots = 256;

        std::unordered_set<Key, KeyedHash> keys_;
        std::array<std::optional<Key>, kSlots> recent_;  // of keys_
    };

    struct Missing {
        std::uint64_t records = 0;
        std::uint64_t bytes = 0;
    };

    bool is_whole_of_recent(const WireRecord& wire_record) const;
    void count_record(std::uint64_t time_ns, std::size_t size);
    void count_missing(const DataRecord& data);
    void count(const Task& task);
    void count(const Socket& socket);

    std::uint64_t records_ = 0;
    std::uint64_t bytes_ = 0;
    std::map<MissingCause, Missing> missing_;
    std::uint64_t first_time_ns_ = 0;
    std::uint64_t last_time_ns_ = 0;
    std::uint64_t connections_ = 0;
    std::uint64_t processes_ = 0;
    Known<SocketId> open_;  // seen and not closed
    Known<ProcessId> seen_;
};

}  // namespace httpprof::format
