// Decides record by record what a slice keeps, and writes it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "format/edit/connection_numbers.h"
#include "format/edit/derived_capture.h"
#include "format/edit/slice_filter.h"
#include "format/edit/time_range.h"
#include "format/frame.h"
#include "format/keyed_hash.h"
#include "format/process_states.h"
#include "format/record.h"
#include "format/result.h"

namespace httpprof::format {

// What is remembered of processes and sockets is bounded, and what does not fit is forgotten; see
// the cpp.
class Selection {
  public:
    // `out` must outlive it.
    Selection(const SliceFilter& filter, DerivedCapture& out);

    // Whether a Clock must come before the first record.
    bool needs_clock() const { return range_.needs_clock(); }
    // A Clock from further on in the capture: to tell the time, not to be written.
    void look_ahead(const Clock& clock) { range_.add(clock); }

    // In the order of the capture. `bytes` is what `record` was decoded from. `may_be_repeated`:
    // process records may stand here again that are older than what is around them.
    Result<void> take(const Record& record, std::string_view bytes, bool may_be_repeated);
    Result<void> take(const Snapshot& snapshot);
    Result<void> take(const Clock& clock);
    // Writes the Clocks that go ahead of what is kept of `time_ns`, unless they are there.
    Result<void> keep_clocks(std::uint64_t time_ns);
    // All was read.
    Result<void> finish();

    bool is_within(std::uint64_t time_ns) const;

  private:
    struct ProcessState {
        bool is_kept = false;  // a record of it
        std::string io_uring;  // a record that is not written; empty: none
    };
    struct SocketState {
        bool is_of_process = false;       // of those that are asked for
        std::array<std::string, 2> fins;  // by direction, not written; empty: none
    };

    Result<void> take_record(const DataRecord& record, std::string_view bytes);
    Result<void> take_record(const ProcessRecord& record, std::string_view bytes);
    Result<void> take_record(const FinRecord& record, std::string_view bytes);
    Result<void> take_record(const CloseRecord& record, std::string_view bytes);
    Result<void> take_record(const IoUringRecord& record, std::string_view bytes);
    Result<void> take_record(const MalformedRecord& record, std::string_view bytes);

    bool names_processes() const { return !filter_.pids.empty() || !filter_.comms.empty(); }
    bool names_sockets() const { return !filter_.ports.empty() || !filter_.connections.empty(); }
    bool is_wanted(const Task& task) const;
    bool is_wanted(const Socket& socket) const;
    bool is_named(const Socket& socket, const ConnectionName& name) const;
    bool is_of_wanted_process(const Socket& socket) const;

    Result<void> keep(std::string_view bytes);
    Result<void> keep_process(std::uint32_t pid, std::uint64_t start_ns);
    Result<void> keep_fins(const Socket& socket);

    ProcessState& process(const ProcessId& id);
    SocketState& socket(const Socket& socket);

    const SliceFilter filter_;
    DerivedCapture& out_;
    TimeRange range_;
    ConnectionNumbers numbers_;
    ProcessStates states_;
    std::unordered_map<ProcessId, ProcessState, KeyedHash> processes_;
    std::unordered_map<Socket, SocketState, KeyedHash> sockets_;
    std::deque<Clock> clocks_;    // that are not written
    bool has_clock_ = false;      // one is written
    std::uint64_t taken_ns_ = 0;  // time of the record that is being taken
    std::uint64_t seen_ = 0;      // records
    std::uint64_t seen_bytes_ = 0;
    std::uint64_t kept_ = 0;
    std::uint64_t kept_bytes_ = 0;
};

}  // namespace httpprof::format
