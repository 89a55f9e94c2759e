// Processes by number. What they take in memory is bounded: those that were not asked for lately
// are in a temporary file.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "format/result.h"
#include "replay/emit/emitter.h"
#include "replay/spool.h"

namespace httpprof::replay {

class ProcessShelf {
  public:
    static constexpr std::size_t kDefaultLimit = 32 * 1024 * 1024;

    explicit ProcessShelf(std::size_t limit = kDefaultLimit) : limit_(limit) {}

    // Its number: 0, 1 and so on.
    std::size_t add(Process process);
    void replace(std::size_t number, Process process);
    // Where the file fails, which error() then says, nothing is known of the process.
    std::shared_ptr<const Process> at(std::size_t number);
    std::size_t size() const { return places_.size(); }

    const std::optional<Error>& error() const { return error_; }

  private:
    struct Place {
        std::shared_ptr<const Process> process;  // null while it is in the file alone
        std::optional<Extent> written;
        std::list<std::size_t>::iterator by_use = {};  // while it is in memory
    };

    void hold(std::size_t number, Process process);
    void let_go(Place& place);
    bool write(Place& place);

    const std::size_t limit_;
    std::vector<Place> places_;
    std::list<std::size_t> by_use_;  // numbers of those in memory, the one asked for last behind
    std::size_t bytes_ = 0;          // of these
    Spool spool_;
    std::optional<Error> error_;
};

}  // namespace httpprof::replay
