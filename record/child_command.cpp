#include "record/child_command.h"

#include <cerrno>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace httpprof::record {
namespace {

[[noreturn]] void run_child(const std::vector<std::string>& command, bool writes_to_errors,
                            const sigset_t& signals, int gate, int outcome) {
    char go = 0;
    if (::read(gate, &go, 1) != 1) ::_exit(0);  // the recorder gave up
    if (writes_to_errors) ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::sigprocmask(SIG_SETMASK, &signals, nullptr);
    std::vector<char*> arguments;
    for (const std::string& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str()));  // NOLINT: execvp's signature
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(outcome, &error, sizeof(error));
    ::_exit(127);
}

}  // namespace

Result<ChildCommand> ChildCommand::fork(const std::vector<std::string>& command,
                                        bool writes_to_errors, const sigset_t& signals) {
    int gate[2];
    int outcome[2];
    if (::pipe2(gate, O_CLOEXEC) != 0 || ::pipe2(outcome, O_CLOEXEC) != 0)
        return format::system_error("cannot make a pipe", errno);
    format::Descriptor gate_read(gate[0]);
    format::Descriptor gate_write(gate[1]);
    format::Descriptor outcome_read(outcome[0]);
    format::Descriptor outcome_write(outcome[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return format::system_error("cannot fork", errno);
    if (pid == 0) {
        ::close(gate_write.release());  // or the child would never see the end of its own pipe
        run_child(command, writes_to_errors, signals, gate_read.get(), outcome_write.get());
    }
    ::signal(SIGCHLD, SIG_DFL);  // where it is ignored, nobody learns of an exit
    return ChildCommand(pid, std::move(gate_write), std::move(outcome_read), command[0]);
}

Result<void> ChildCommand::release() {
    if (::write(gate_.get(), "", 1) != 1)
        return format::system_error("cannot start '" + name_ + "'", errno);
    int error = 0;
    if (::read(outcome_.get(), &error, sizeof(error)) == sizeof(error))
        return format::system_error("cannot execute '" + name_ + "'", error);
    is_released_ = true;
    return {};
}

bool ChildCommand::has_exited() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    exit_status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

}  // namespace httpprof::record
