#include "tests/support/child_process.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/wait_until.h"

namespace httpprof::test {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (const std::string& string : strings)
        result.push_back(const_cast<char*>(string.c_str()));
    result.push_back(nullptr);
    return result;
}

void redirect(const std::string& path, int flags, int descriptor) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
}

[[noreturn]] void run_child(const ChildProcess::Settings& settings,
                            const std::filesystem::path& folder) {
    redirect(settings.input.empty() ? "/dev/null" : settings.input, O_RDONLY, 0);
    redirect(folder / "stdout", O_WRONLY | O_CREAT | O_TRUNC, 1);
    redirect(folder / "stderr", O_WRONLY | O_CREAT | O_TRUNC, 2);
    if (settings.uid && (::setgroups(0, nullptr) != 0 || ::setgid(*settings.uid) != 0 ||
                         ::setuid(*settings.uid) != 0))
        ::_exit(126);
    const std::vector<char*> arguments = pointers(settings.command);
    if (settings.environment)
        ::execvpe(arguments[0], arguments.data(), pointers(*settings.environment).data());
    else
        ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

}  // namespace

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

ChildProcess::ChildProcess(const Settings& settings) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ == 0) run_child(settings, folder_.path());
}

ChildProcess::~ChildProcess() {
    if (status_) return;
    signal(SIGKILL);
    wait();
}

bool ChildProcess::has_ended() {
    if (status_) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

bool ChildProcess::wait_for_error_text(const std::string& text) {
    bool is_there = false;
    wait_until([&] {
        const bool ended = has_ended();
        is_there = errors().find(text) != std::string::npos;
        return is_there || ended;
    });
    return is_there;
}

void ChildProcess::signal(int number) const {
    if (!status_) ::kill(pid_, number);
}

int ChildProcess::wait_while_signalling(int number) {
    wait_until([&] {
        if (has_ended()) return true;
        signal(number);
        return false;
    });
    return wait();
}

int ChildProcess::wait() {
    while (!wait_until([this] { return has_ended(); }))
        signal(SIGKILL);
    return *status_;
}

Finished run(const std::vector<std::string>& command) {
    ChildProcess child({.command = command});
    const int status = child.wait();
    return {status, child.output(), child.errors()};
}

Finished run_without_reader(std::vector<std::string> command) {
    const TemporaryDirectory directory;
    const std::string pipe = directory.path() / "pipe";
    // Only who reads and writes opens it without waiting for another.
    const std::string script = R"(mkfifo "$0" && exec 3<>"$0" 4>"$0" 3<&- && exec "$@" >&4 4>&-)";
    command.insert(command.begin(), {"/bin/sh", "-c", script, pipe});
    return run(command);
}

std::optional<std::string> find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "/usr/bin:/bin");
    for (std::string folder; std::getline(folders, folder, ':');) {
        std::string candidate = std::filesystem::path(folder) / name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    const std::string administrators = "/usr/sbin/" + name;
    if (::access(administrators.c_str(), X_OK) == 0) return administrators;
    return std::nullopt;
}

}  // namespace httpprof::test
