// What the frames of a capture say, in types of our own: a reader of these needs neither Cap'n
// Proto nor zstd. The fields are those of capture.capnp and README.md, which are normative.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "format/record.h"

namespace httpprof::format {

// BLAKE2b-256.
using Digest = std::array<std::uint8_t, 32>;

// Lower-case hexadecimal.
std::string to_hex(const Digest& digest);

enum class FrameType : std::uint8_t {
    header = 1,
    records = 2,
    snapshot = 3,
    stats = 4,
    clock = 5,
    end = 6,
};

struct Header {
    std::string host;
    std::string kernel;
    std::string machine;
    std::string boot_id;     // 16 bytes
    std::string capture_id;  // 16 bytes
    std::uint32_t segment = 0;
    std::string previous_segment;
    std::string writer;
    std::uint32_t wire_version = 0;
    std::vector<std::string> options;
};

// What user space read about a process. A field that was not read is empty and `error` says why.
struct Snapshot {
    std::uint64_t time_ns = 0;
    std::uint32_t pid = 0;
    std::uint64_t start_ns = 0;
    std::string executable;
    std::string arguments;
    std::string environment;
    bool has_arguments = false;
    bool has_environment = false;
    std::string error;
    std::uint64_t exec_id = 0;          // of the process record that it completes
    std::string cgroups;                // as in /proc/PID/cgroup
    std::uint8_t environment_kept = 0;  // enum wire_environment: what was left out on purpose
};

struct Counter {
    std::string cause;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
};

struct Stats {
    std::uint64_t time_ns = 0;
    std::uint64_t produced = 0;
    std::uint64_t recorded = 0;
    std::uint64_t recorded_bytes = 0;
    std::vector<Counter> lost;
    std::vector<Counter> missing;
    std::vector<Counter> left_out;
};

struct Clock {
    std::uint64_t boottime_ns = 0;
    std::int64_t realtime_ns = 0;
};

struct IndexEntry {
    std::uint64_t offset = 0;
    std::uint8_t type = 0;
    std::uint32_t record_count = 0;
    std::uint64_t first_time_ns = 0;
    std::uint64_t last_time_ns = 0;
};

struct End {
    std::string reason;
    Stats stats;
    std::vector<IndexEntry> index;
};

// Something in the file that could not be read: where, how much, why.
struct Damage {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;  // bytes passed over; 0 when the file simply ends
    std::string what;
};

// The records of one frame, in ring order, and the memory they point into.
struct RecordBatch {
    std::vector<Record> records;
    std::vector<Damage> malformed;  // records that are not what wire.h says; offset: their index
    std::shared_ptr<const void> storage;
};

// A frame of a type that this version does not know and may skip.
struct UnknownFrame {
    std::uint8_t type = 0;
};

using FrameContent =
    std::variant<Header, RecordBatch, Snapshot, Stats, Clock, End, Damage, UnknownFrame>;

struct Frame {
    std::uint64_t offset = 0;  // of the frame's first byte in the file
    std::uint64_t number = 0;
    FrameContent content;
};

}  // namespace httpprof::format
