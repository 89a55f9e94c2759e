// A line on standard error that says how far reading has come.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "format/record_source.h"

namespace httpprof::cli {

// "45 % of 4.0 GiB, 512.3 MB/s, 4 s left"; without a total "1.8 GiB, 512.3 MB/s".
std::string progress_text(std::uint64_t position, std::optional<std::uint64_t> total,
                          std::chrono::nanoseconds elapsed);

// The size of all files together; nothing where one is a pipe or the like.
std::optional<std::uint64_t> total_size(const std::vector<std::string>& paths);

class Progress {
  public:
    explicit Progress(std::optional<std::uint64_t> total);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }

    // The same source, which shows how far it was read behind the ones before. The progress must
    // outlive it.
    std::unique_ptr<format::RecordSource> watch(std::unique_ptr<format::RecordSource> source);
    // To be called before anything else is written to standard error.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;
    class WatchedSource;

    void show(std::uint64_t position);

    const std::optional<std::uint64_t> total_;
    const Clock::time_point start_ = Clock::now();
    std::optional<Clock::time_point> shown_at_;
    std::size_t shown_size_ = 0;  // of what stands in the line
    std::uint64_t position_ = 0;  // in all sources
};

}  // namespace httpprof::cli
