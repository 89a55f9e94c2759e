// What the capture knows about processes: what the kernel programs read in the process's own
// context, and what user space read from /proc where that left something open.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "format/frame.h"
#include "format/record.h"
#include "replay/emit/emitter.h"

namespace httpprof::replay {

class Processes {
  public:
    void add(const format::ProcessRecord& record);
    void add(const format::Snapshot& snapshot);

    // The process of a message; one that the capture says nothing else about is made. The reference
    // stays valid as long as this object.
    const Process& of(const Origin& origin);

  private:
    // Where a part of a process was read, worst first.
    enum class Source : std::uint8_t { none, kernel_cut, snapshot, kernel };

    struct Entry {
        Process process;
        Source arguments = Source::none;
        Source environment = Source::none;
        std::uint32_t arguments_size = 0;  // as the kernel saw them; 0 when no record came
        std::uint32_t environment_size = 0;
        std::string snapshot_error;
    };

    Entry& entry(std::uint32_t pid, std::uint64_t start_ns);
    static void set_error(Entry& entry);

    std::map<std::pair<std::uint32_t, std::uint64_t>, Entry> entries_;  // by pid and start
};

}  // namespace httpprof::replay
