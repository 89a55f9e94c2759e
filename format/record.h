// The typed form of a ring-buffer record (bpf/wire.h), after every size, enum and offset in it has
// been checked. All views point into the memory of the frame that the record was decoded from and
// live as long as it does.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "format/result.h"

namespace httpprof::format {

enum class Direction : std::uint8_t { send = 1, recv = 2 };

constexpr Direction opposite(Direction direction) {
    return direction == Direction::send ? Direction::recv : Direction::send;
}

// Why bytes of a stream are not in the capture. The first values are those of wire_missing; the
// others are what a reader concludes.
enum class MissingCause : std::uint8_t {
    none = 0,
    snaplen = 1,
    unreadable = 2,
    sendfile = 3,
    discarded = 4,
    iovecs = 5,
    splice = 6,
    urgent = 7,    // not a loss: a byte that was sent out of band
    unread = 254,  // not a loss: the socket was closed before the process read it
    lost = 255,    // no record says what happened: ring full, or a call that is not hooked
};

// Stable names, as they appear in outputs: "snaplen", "unreadable", ...
std::string_view to_string(MissingCause cause);

// Whether a record tells of the bytes: else they are known by the positions around them.
constexpr bool is_recorded(MissingCause cause) {
    return cause != MissingCause::lost && cause != MissingCause::unread;
}

// IPv4 is held IPv4-mapped.
struct Endpoint {
    std::array<std::uint8_t, 16> address{};
    std::uint16_t port = 0;

    auto operator<=>(const Endpoint&) const = default;
};

// The address as text: dotted quad for IPv4 and IPv4-mapped, RFC 5952 for IPv6.
std::string address_text(const Endpoint& endpoint);

struct Task {
    std::uint32_t pid = 0;
    std::uint32_t tid = 0;
    std::uint64_t start_ns = 0;  // CLOCK_BOOTTIME
    std::string_view comm;
};

// A pid is given again, at another time.
struct ProcessId {
    std::uint32_t pid = 0;
    std::uint64_t start_ns = 0;  // CLOCK_BOOTTIME

    auto operator<=>(const ProcessId&) const = default;
};

struct SocketId {
    std::uint64_t inode = 0;
    std::uint64_t first_seen_ns = 0;  // CLOCK_BOOTTIME
    std::uint32_t netns = 0;

    auto operator<=>(const SocketId&) const = default;
};

// Of one connection: a socket can be connected more than once, to other endpoints.
struct Socket {
    SocketId id;
    Endpoint local;
    Endpoint remote;

    auto operator<=>(const Socket&) const = default;
};

struct DataRecord {
    std::uint64_t time_ns = 0;  // CLOCK_BOOTTIME
    Task task;
    Socket socket;
    Direction direction = Direction::send;
    std::uint64_t position = 0;
    std::uint64_t other_position = 0;  // where the other direction stood at that time
    std::uint32_t original_size = 0;
    MissingCause missing = MissingCause::none;
    std::uint8_t source = 0;
    std::uint32_t syscall = 0;
    std::string_view payload;  // never longer than original_size
};

// What was left out of an environment on purpose: enum wire_environment.
enum class EnvironmentKept : std::uint8_t { whole = 0, by_prefix = 1, none = 2 };

struct ProcessRecord {
    std::uint64_t time_ns = 0;
    Task task;
    std::uint64_t exec_id = 0;  // another one is another program in the process
    std::uint32_t arguments_size = 0;
    std::uint32_t environment_size = 0;  // without what was left out on purpose
    std::string_view arguments;    // NUL-terminated strings; shorter than arguments_size when cut
    std::string_view environment;  // likewise
    EnvironmentKept environment_kept = EnvironmentKept::whole;
    // The rest is 0 or empty when not known.
    std::uint32_t uid = 0;
    std::uint16_t address_space_tag = 0;
    std::uint32_t namespace_pid = 0;  // in the process's own pid namespace
    std::uint32_t pid_namespace = 0;  // inode numbers
    std::uint32_t mount_namespace = 0;
    std::uint32_t user_namespace = 0;
    std::uint32_t network_namespace = 0;
    std::string_view cgroup_names;  // for cgroup_path()
};

struct FinRecord {
    std::uint64_t time_ns = 0;
    Socket socket;
    Direction direction = Direction::send;
    std::uint64_t position = 0;  // one past the last byte
};

// A position is one past the last byte of its kind, 0 when not known.
struct CloseRecord {
    std::uint64_t time_ns = 0;
    Socket socket;
    std::uint64_t written_position = 0;
    std::uint64_t read_position = 0;
    std::uint64_t received_position = 0;  // what came, read or not
};

// A process uses io_uring, whose transfers are not recorded.
struct IoUringRecord {
    std::uint64_t time_ns = 0;
    Task task;
};

// A record that is not what wire.h says.
struct MalformedRecord {
    std::uint64_t time_ns = 0;  // what stands in that field; 0 where there is none
    std::string what;
};

using Record =
    std::variant<DataRecord, ProcessRecord, FinRecord, CloseRecord, IoUringRecord, MalformedRecord>;

// When the record was made. CLOCK_BOOTTIME.
std::uint64_t time_of(const Record& record);

// The path of a cgroup in the v2 hierarchy; empty when not known. Where a process record has not
// all names of its ancestors, "..." stands for them.
std::string cgroup_path(std::string_view cgroup_names);

// A wire record, byte for byte, where it lies in memory.
struct WireRecord {
    // The record, or, where there is a payload, its fixed part: as much as its header_size says.
    std::string_view fixed;
    std::string_view payload = {};

    std::size_t size() const { return fixed.size() + payload.size(); }
    // In one piece: where it lies, or put together in `memory`.
    std::string_view joined(std::string& memory) const;
};

// Checks and decodes one wire record. The views of the result point into its memory.
Result<Record> decode_record(const WireRecord& wire);
inline Result<Record> decode_record(std::string_view bytes) {
    return decode_record(WireRecord{bytes});
}

// The time field of a wire record without decoding it; 0 when it is too short to have one.
std::uint64_t record_time_ns(std::string_view bytes);

}  // namespace httpprof::format
