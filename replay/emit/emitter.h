// What turns analysis results into an output. To add one: write a file pair beside this one and
// name it in the table of emitters in the command that offers it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "format/frame.h"
#include "format/record.h"
#include "format/result.h"
#include "replay/message.h"
#include "replay/protocol/conversation.h"
#include "replay/transfer.h"
#include "replay/wall_clock.h"

namespace httpprof::replay {

struct Summary;

// What names a process beside its pid. Namespaces are inode numbers, as in /proc/PID/ns, or all 0
// where they are not to be shown.
struct ProcessIdentity {
    std::uint32_t uid = 0;            // real user id, in the initial user namespace
    std::uint32_t namespace_pid = 0;  // in its own pid namespace
    std::uint32_t pid_namespace = 0;
    std::uint32_t mount_namespace = 0;
    std::uint32_t user_namespace = 0;
    std::uint32_t network_namespace = 0;
};

// A process as far as the capture knows it, with the program that exec(2) put into it.
struct Process {
    std::uint32_t pid = 0;
    std::uint64_t start_ns = 0;  // CLOCK_BOOTTIME
    std::string comm;
    std::optional<std::string> arguments;    // NUL-terminated strings
    std::optional<std::string> environment;  // NUL-terminated NAME=VALUE
    format::EnvironmentKept environment_kept = format::EnvironmentKept::whole;
    std::string executable;  // empty when not known
    std::string cgroup;      // likewise
    std::optional<ProcessIdentity> identity;
    std::string error;  // why something above is missing
};

// What it takes in memory, roughly.
std::size_t memory_of(const Process& process);

// Whether all events before it were emitted. A stage that needs much memory for an event asks for
// its turn, and is then applied to it again.
enum class Turn : std::uint8_t { not_asked, asked, come };

// A process that spoke HTTP, with the wall time of its start.
struct ProcessReport {
    std::shared_ptr<const Process> process;
    std::int64_t start_realtime_ns = 0;
    std::size_t number = 0;  // in the analysis, from 0
};

// One HTTP message and all that is known about its place.
struct Event {
    std::shared_ptr<Message> message;
    std::shared_ptr<const Process> process;  // of its first byte
    std::size_t process_number = 0;          // ProcessReport::number
    std::int64_t process_start_realtime_ns = 0;
    std::vector<ProcessReport> others;  // of Message::others
    std::int64_t realtime_ns = 0;       // of its first byte, since 1970-01-01T00:00:00Z
    format::Direction direction = format::Direction::send;
    format::Endpoint source;  // the end that sent the bytes
    format::Endpoint destination;
    std::uint64_t connection = 0;  // by order of appearance in the capture, from 1
    // In the stream, of the first byte of its start line. The low half is the sequence number of
    // TCP, which is the same at both ends and in any part of the capture.
    std::uint64_t position = 0;
    // Number of the connection as the process at the other end saw it, where that was recorded.
    std::optional<std::uint64_t> other_end;
    std::optional<std::uint64_t> exchange;       // number of the request on its connection, from 1
    std::optional<std::uint64_t> latency_ns;     // responses: from the first byte of the request
    std::shared_ptr<const RequestHead> request;  // responses: what they answer, where known
    // Requests and 1xx responses: the final response of their exchange, where joined.
    std::optional<ResponseHead> response;
    bool ended_early = false;  // as of Paired
    // Where the capture was made, and its 16 bytes; null where its Header could not be read.
    std::shared_ptr<const std::string> host;
    std::shared_ptr<const std::string> capture_id;
    Turn turn = Turn::not_asked;
};

// What an event takes in memory besides its bytes, roughly.
inline constexpr std::size_t kAroundEvent = 1024;

// Which end of the connection the event was recorded at.
enum class Side : std::uint8_t { client, server };

inline Side side_of(const Event& event) {
    const bool is_request = event.message->kind == Message::Kind::request;
    const bool is_sent = event.direction == format::Direction::send;
    return is_request == is_sent ? Side::client : Side::server;
}

class Emitter {
  public:
    virtual ~Emitter() = default;

    // Whether it says anything of environments: else they are not kept.
    virtual bool wants_environments() const { return true; }

    // Appends what an event is in the output, as far as that follows from the event alone. Called
    // on several threads at once.
    virtual void render(const Event& event, std::string& text) const;
    // These come in the order of the output, by time of the first byte, then by connection, and one
    // at a time: each of a run of events, then the text that was rendered of them.
    virtual Result<void> event(const Event& event);
    virtual Result<void> rendered(std::string_view text);
    // These two come while the capture is read, long before the events of it, and on a thread of
    // their own: flush() may be called at the same time.
    // A capture begins; the transfers that follow are of it. Segments of one recording are one
    // capture.
    virtual Result<void> capture(const format::Header& header);
    // For outputs of bytes.
    virtual Result<void> transfer(const Transfer& transfer, const WallClock& clock);
    // What was said so far should reach its reader: called about once a second of capture time.
    virtual Result<void> flush();
    // What was read and found (analyzer.h), after all events.
    virtual Result<void> summary(const Summary& summary);
    // Each process that spoke HTTP once, in order of its first event: after all events, or live
    // before its first one.
    virtual Result<void> process(const ProcessReport& report);
    // Everything was said; flush.
    virtual Result<void> finish() = 0;
};

}  // namespace httpprof::replay
