#pragma once

#include <ctime>
#include <utility>

namespace httpprof::bench {

// Seconds of one of the system's clocks.
class Stopwatch {
  public:
    explicit Stopwatch(clockid_t clock) : clock_(clock) {}

    // Since the last lap.
    double lap() {
        const double now = read();
        return now - std::exchange(last_, now);
    }

  private:
    double read() const {
        timespec time{};
        ::clock_gettime(clock_, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }

    clockid_t clock_;
    double last_ = read();
};

}  // namespace httpprof::bench
