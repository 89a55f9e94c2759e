// What turns analysis results into an output. To add one: write a file pair beside this one and
// name it in the table of emitters in the command that offers it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "format/record.h"
#include "format/result.h"
#include "replay/message.h"

namespace httpprof::replay {

// What names a process beside its pid. Namespaces are inode numbers, as in /proc/PID/ns.
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

// One HTTP message and all that is known about its place.
struct Event {
    const Message* message = nullptr;
    const Process* process = nullptr;
    std::int64_t realtime_ns = 0;  // of its first byte, since 1970-01-01T00:00:00Z
    format::Direction direction = format::Direction::send;
    format::Endpoint source;  // the end that sent the bytes
    format::Endpoint destination;
    std::uint64_t connection = 0;             // by order of appearance in the capture, from 1
    std::optional<std::uint64_t> exchange;    // number of the request on its connection, from 1
    std::optional<std::uint64_t> latency_ns;  // responses: from the first byte of the request
    std::string host;                         // where the capture was made
};

// A process that spoke HTTP, with the wall time of its start.
struct ProcessReport {
    const Process* process = nullptr;
    std::int64_t start_realtime_ns = 0;
};

class Emitter {
  public:
    virtual ~Emitter() = default;
    // Events come in the order of the output: by time of the first byte, then by connection.
    virtual Result<void> event(const Event& event) = 0;
    // What was said so far should reach its reader: called about once a second of capture time.
    virtual Result<void> flush() = 0;
    // Each process that spoke HTTP once, in order of its first event, after all events.
    virtual Result<void> process(const ProcessReport& report) = 0;
    // Everything was said; flush.
    virtual Result<void> finish() = 0;
};

}  // namespace httpprof::replay
