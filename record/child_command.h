// The command that is recorded: started, but held before its exec until recording has begun.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "format/descriptor.h"
#include "format/result.h"

namespace httpprof::record {

class ChildCommand {
  public:
    // Forks. Call it while this process has one thread, with the signals blocked that the recorder
    // takes through a descriptor: the child gets `signals` back as its mask. `writes_to_errors`:
    // its standard output is this process's standard error.
    static Result<ChildCommand> fork(const std::vector<std::string>& command, bool writes_to_errors,
                                     const sigset_t& signals);
    ChildCommand(ChildCommand&&) = default;
    ChildCommand& operator=(ChildCommand&&) = default;
    // A child that was never released ends by itself.
    ~ChildCommand() = default;

    pid_t pid() const { return pid_; }
    // Lets it run. Fails when the command cannot be executed.
    Result<void> release();
    bool was_released() const { return is_released_; }
    // To be asked until it is true: exit_status() is known then.
    bool has_exited();
    // As a shell gives it: 128 + n when ended by signal n. None as long as it runs.
    std::optional<int> exit_status() const { return exit_status_; }

  private:
    ChildCommand(pid_t pid, format::Descriptor gate, format::Descriptor outcome, std::string name)
        : pid_(pid), gate_(std::move(gate)), outcome_(std::move(outcome)), name_(std::move(name)) {}

    pid_t pid_;
    format::Descriptor gate_;     // written to: go
    format::Descriptor outcome_;  // read from: errno of a failed exec, or end of file
    std::string name_;
    bool is_released_ = false;  // and executed
    std::optional<int> exit_status_;
};

}  // namespace httpprof::record
