// Runs a part of a test where what it does to the process cannot be undone.
#pragma once

#include <cstdio>
#include <functional>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace httpprof::test {

// In a child of its own; false when an expectation failed there, or it did not live to the end.
inline bool in_child(const std::function<void()>& part) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        part();
        std::fflush(nullptr);
        ::_exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    return pid > 0 && ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

}  // namespace httpprof::test
