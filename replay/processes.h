// What the capture knows about processes: what the kernel programs read in the process's own
// context, and what user space read from /proc where that left something open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "format/frame.h"
#include "format/record.h"
#include "replay/emit/emitter.h"
#include "replay/process_shelf.h"

namespace httpprof::replay {

class Processes {
  public:
    // `shelf` must outlive this. Unless `with_environments` nothing of these is kept.
    explicit Processes(ProcessShelf& shelf, bool with_environments = true)
        : shelf_(shelf), with_environments_(with_environments) {}

    void add(const format::ProcessRecord& record);
    void add(const format::Snapshot& snapshot);

    // The process of a message, with the program that ran in it then; one that the capture says
    // nothing else about is made. Its number on the shelf stays when more comes to be known.
    struct Known {
        std::size_t number = 0;
        std::shared_ptr<const Process> process;
    };
    Known of(const Origin& origin);

  private:
    // Where a part of a process was read, worst first.
    enum class Source : std::uint8_t { none, kernel_cut, snapshot, kernel };

    // One program in a process: exec(2) makes another.
    struct Entry {
        std::size_t number = 0;                // on the shelf
        std::optional<std::uint64_t> exec_id;  // nothing: no record of it came yet
        std::uint64_t since_ns = 0;            // CLOCK_BOOTTIME: its first message
        Source arguments = Source::none;
        Source environment = Source::none;
        std::uint32_t arguments_size = 0;  // as the kernel saw them; 0 when no record came
        std::uint32_t environment_size = 0;
        std::string snapshot_error;
    };
    using Programs = std::list<Entry>;  // of one process, in the order in which they came

    Entry& add_program(Programs& programs, const format::ProcessId& id);
    Entry& program(const format::ProcessId& id, std::uint64_t exec_id, std::uint64_t time_ns);
    static void explain_missing(const Entry& entry, Process& process);
    void replace(const Entry& entry, Process process);

    ProcessShelf& shelf_;
    const bool with_environments_;
    std::map<format::ProcessId, Programs> programs_;
};

}  // namespace httpprof::replay
