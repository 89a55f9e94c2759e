// Runs programs from a test: the httpprof binary, servers and clients.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/temporary_directory.h"

namespace httpprof::test {

std::string read_file(const std::string& path);

// A running program, whose outputs go to files. It is killed with its owner.
class ChildProcess {
  public:
    struct Settings {
        std::vector<std::string> command = {};
        std::optional<std::vector<std::string>> environment = {};  // NAME=VALUE; else inherited
        std::optional<unsigned> uid = {};                          // run as this user
        std::string input = {};                                    // a file for standard input
    };

    explicit ChildProcess(const Settings& settings);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const { return pid_; }
    std::string output() const { return read_file(folder_.path() / "stdout"); }
    std::string errors() const { return read_file(folder_.path() / "stderr"); }

    // Waits until `text` is in what it wrote to standard error; false when it ended without that.
    bool wait_for_error_text(const std::string& text);
    void signal(int number) const;
    // Its exit status, 128 + n when ended by signal n.
    int wait();
    // The same, with a signal to it again and again meanwhile.
    int wait_while_signalling(int number);

  private:
    bool has_ended();

    TemporaryDirectory folder_;
    pid_t pid_ = -1;
    std::optional<int> status_;
};

struct Finished {
    int status = 0;
    std::string output;
    std::string errors;
};

// Runs a program to its end.
Finished run(const std::vector<std::string>& command);
// With a pipe as standard output whose reader has left.
Finished run_without_reader(std::vector<std::string> command);

// The full path of a program on PATH, or nothing.
std::optional<std::string> find_program(const std::string& name);

}  // namespace httpprof::test
