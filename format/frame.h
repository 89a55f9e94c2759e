// What the frames of a capture say, in types of our own: a reader of these needs neither Cap'n
// Proto nor zstd. The fields are those of capture.capnp and README.md, which are normative.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "format/digest.h"
#include "format/frame_header.h"
#include "format/record.h"

namespace httpprof::format {

enum class FrameType : std::uint8_t {
    header = 1,
    records = 2,
    snapshot = 3,
    stats = 4,
    clock = 5,
    end = 6,
    signature = 7,
    header_copy = 8,
};

constexpr bool is_known(std::uint8_t type) {
    return type >= static_cast<std::uint8_t>(FrameType::header) &&
           type <= static_cast<std::uint8_t>(FrameType::header_copy);
}

inline constexpr std::size_t kIdSize = 16;  // bytes of what names a boot or a capture

// Who can read an encrypted capture.
struct Recipient {
    std::string public_key = {};  // X25519, 32 bytes
    std::string sealed_key = {};  // the file key in a sealed box, 80 bytes

    bool operator==(const Recipient&) const = default;
};

struct Header {
    std::string host = {};
    std::string kernel = {};
    std::string machine = {};
    std::string boot_id = {};     // kIdSize bytes
    std::string capture_id = {};  // kIdSize bytes
    std::uint32_t segment = 0;
    std::string previous_segment = {};
    std::string writer = {};
    std::uint32_t wire_version = 0;
    std::vector<std::string> options = {};
    std::vector<Recipient> recipients = {};  // empty: the frames are not encrypted
    std::vector<std::string> derivation =
        {};  // the command line that made it out of other captures

    bool operator==(const Header&) const = default;
};

// Stands behind the Header, which it says again, and in its place where that is damaged.
struct HeaderCopy {
    Header header;
};

// What user space read about a process. A field that was not read is empty and `error` says why.
struct Snapshot {
    std::uint64_t time_ns = 0;
    std::uint32_t pid = 0;
    std::uint64_t start_ns = 0;
    std::string executable = {};
    std::string arguments = {};
    std::string environment = {};
    bool has_arguments = false;
    bool has_environment = false;
    std::string error = {};
    std::uint64_t exec_id = 0;          // of the process record that it completes
    std::string cgroups = {};           // as in /proc/PID/cgroup
    std::uint8_t environment_kept = 0;  // enum wire_environment: what was left out on purpose

    bool operator==(const Snapshot&) const = default;
};

struct Counter {
    std::string cause = {};
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;

    bool operator==(const Counter&) const = default;
};

inline std::uint64_t records_of(const std::vector<Counter>& counters) {
    std::uint64_t sum = 0;
    for (const Counter& counter : counters)
        sum += counter.records;
    return sum;
}

struct Stats {
    std::uint64_t time_ns = 0;
    std::uint64_t produced = 0;
    std::uint64_t recorded = 0;
    std::uint64_t recorded_bytes = 0;
    std::vector<Counter> lost = {};
    std::vector<Counter> missing = {};
    std::vector<Counter> left_out = {};
};

struct Clock {
    std::uint64_t boottime_ns = 0;
    std::int64_t realtime_ns = 0;

    bool operator==(const Clock&) const = default;
};

// A longer index would not fit into a frame, nor into the memory that a recorder may use: then the
// End frame has none, and readers scan.
inline constexpr std::size_t kMaxIndexEntries = 262'144;

struct IndexEntry {
    std::uint64_t offset = 0;
    std::uint8_t type = 0;
    std::uint32_t record_count = 0;
    std::uint64_t first_time_ns = 0;
    std::uint64_t last_time_ns = 0;
};

// Of all frames before the End.
struct Totals {
    std::uint64_t frames = 0;
    std::uint64_t raw_bytes = 0;  // of their payloads, decompressed
    std::uint64_t connections = 0;
    std::uint64_t processes = 0;
    std::uint64_t first_time_ns = 0;  // of all records; both 0 when there is none
    std::uint64_t last_time_ns = 0;

    bool operator==(const Totals&) const = default;
};

// A capture that this one was made of.
struct Source {
    std::string capture_id = {};  // kIdSize bytes
    std::uint32_t segment = 0;
    std::string last_digest = {};  // 32 bytes: of the last frame that was read of it
};

struct End {
    std::string reason = {};
    Stats stats;
    std::vector<IndexEntry> index = {};
    std::optional<Totals> totals = {};  // nothing in captures of version 1.0
    std::vector<Source> sources = {};   // empty for a recording
    std::vector<Counter> changes = {};  // what was left out or changed on the way from the sources
};

// Ed25519 over the End frame's digest; signing.h makes and checks it.
struct Signature {
    std::string public_key = {};  // 32 bytes
    std::string signature = {};   // 64 bytes
};

// Something in the file that could not be read: where, how much, why.
struct Damage {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;  // bytes passed over; 0 when the file simply ends
    std::string what = {};
};

// The records of one frame, in ring order, and the memory they point into.
struct RecordBatch {
    std::vector<Record> records = {};
    std::vector<WireRecord> bytes;               // bytes[i] is what records[i] was decoded from
    std::shared_ptr<const void> message;         // the frame's
    std::shared_ptr<const void> joined_columns;  // what had to be put together of it, if anything
};

// A frame of a type that this version does not know and may skip.
struct UnknownFrame {
    std::uint8_t type = 0;
};

// A frame that only who has the key can read.
struct EncryptedFrame {};

using FrameContent = std::variant<Header, RecordBatch, Snapshot, Stats, Clock, End, Signature,
                                  HeaderCopy, Damage, UnknownFrame, EncryptedFrame>;

// The Header that a frame holds, itself or as a copy; null when it holds something else.
inline const Header* header_in(const FrameContent& content) {
    if (const auto* copy = std::get_if<HeaderCopy>(&content)) return &copy->header;
    return std::get_if<Header>(&content);
}

struct Frame {
    std::uint64_t offset = 0;  // of the frame's first byte in the file
    FrameHeader header;        // of a Damage that is no single frame: the number of the next one
    Digest digest{};           // as it stands behind the payload
    FrameContent content;
};

inline bool has_type(const Frame& frame, FrameType type) {
    return frame.header.type == static_cast<std::uint8_t>(type);
}

// What an index says of the frame.
inline IndexEntry entry_of(const Frame& frame) {
    return {.offset = frame.offset,
            .type = frame.header.type,
            .record_count = frame.header.record_count,
            .first_time_ns = frame.header.first_time_ns,
            .last_time_ns = frame.header.last_time_ns};
}

}  // namespace httpprof::format
