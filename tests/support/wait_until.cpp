#include "tests/support/wait_until.h"

#include <chrono>
#include <thread>

namespace httpprof::test {
namespace {

constexpr std::chrono::milliseconds kPollInterval{5};
constexpr std::chrono::seconds kPatience{60};

}  // namespace

bool wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(kPollInterval);
    }
    return true;
}

}  // namespace httpprof::test
