// What a capture has said last about each process, so that a file that begins or leaves out
// something on the way can say it again ahead of the records of that process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "format/frame.h"
#include "format/keyed_hash.h"
#include "format/record.h"

namespace httpprof::format {

// Bytes of what a snapshot says.
std::size_t size_of(const Snapshot& snapshot);

// Holds at most 16 MiB; of more, the processes that nothing was heard of for longest are forgotten.
class ProcessStates {
  public:
    // What must be written ahead of a record of a process. Good until the next call.
    struct Unwritten {
        std::string_view record;             // a process record; empty: none
        const Snapshot* snapshot = nullptr;  // that completes it; null: none
    };

    // `bytes` is what `record` was decoded from. `written`: it is in the file already.
    void add(const ProcessRecord& record, std::string_view bytes, bool written);
    void add(const Snapshot& snapshot, bool written);

    // Whether this is what was added last for the process.
    bool has(const ProcessRecord& record, std::string_view bytes);
    bool has(const Snapshot& snapshot);

    // What the file does not have yet of this process, which counts as written from now on.
    Unwritten take_unwritten(std::uint32_t pid, std::uint64_t start_ns);

    // A new file begins: nothing is written yet.
    void start_file() { ++file_; }

  private:
    // The number of the file that has it; 0: none.
    using FileNumber = std::uint64_t;
    struct KnownSnapshot {
        Snapshot snapshot;
        FileNumber in_file = 0;
    };
    struct State {
        ProcessId process;
        std::string record;  // empty: none came yet
        std::uint64_t exec_id = 0;
        FileNumber record_in_file = 0;
        std::optional<KnownSnapshot> snapshot;  // of the record's program
        std::optional<KnownSnapshot> early;     // of a program whose record may yet come
        std::size_t size = 0;                   // as counted in size_
    };
    using States = std::list<State>;  // the one used last is first

    States::iterator find(const ProcessId& process);
    State& get(const ProcessId& process);
    void settle_size(State& state);

    States states_;
    std::unordered_map<ProcessId, States::iterator, KeyedHash> places_;
    std::size_t size_ = 0;  // bytes, of all
    FileNumber file_ = 1;
};

}  // namespace httpprof::format
