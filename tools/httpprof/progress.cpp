#include "tools/httpprof/progress.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(100);

std::string rate_text(double bytes_per_second) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.1f MB/s", bytes_per_second / 1e6);
    return text.data();
}

std::string time_text(std::uint64_t seconds) {
    if (seconds < 60) return std::to_string(seconds) + " s";
    const std::uint64_t minutes = seconds / 60;
    if (minutes < 60) {
        return std::to_string(minutes) + " min " + std::to_string(seconds % 60) + " s";
    }
    return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

}  // namespace

std::string progress_text(std::uint64_t position, std::optional<std::uint64_t> total,
                          std::chrono::nanoseconds elapsed) {
    std::string text = size_text(position);
    if (total) {
        // A file may grow while it is read.
        position = std::min(position, *total);
        const double share =
            *total == 0 ? 1 : static_cast<double>(position) / static_cast<double>(*total);
        text = std::to_string(static_cast<int>(100 * share)) + " % of " + size_text(*total);
    }
    if (elapsed < kInterval || position == 0) return text;  // too early for a rate
    const double rate =
        static_cast<double>(position) / std::chrono::duration<double>(elapsed).count();
    text += ", " + rate_text(rate);
    if (total) {
        const double left = static_cast<double>(*total - position) / rate;
        text += ", " + time_text(static_cast<std::uint64_t>(left + 0.5)) + " left";
    }
    return text;
}

std::optional<std::uint64_t> total_size(const std::vector<std::string>& paths) {
    std::uint64_t total = 0;
    for (const std::string& path : paths) {
        std::error_code error;
        if (path == "-" || !std::filesystem::is_regular_file(path, error)) return std::nullopt;
        const std::uintmax_t size = std::filesystem::file_size(path, error);
        if (error) return std::nullopt;
        total += size;
    }
    return total;
}

class Progress::WatchedSource final : public format::RecordSource {
  public:
    WatchedSource(std::unique_ptr<format::RecordSource> source, Progress& progress)
        : source_(std::move(source)), progress_(progress), start_(progress.position_) {}

    Result<std::optional<format::Frame>> next() override {
        auto frame = source_->next();
        if (frame.ok() && *frame) progress_.show(start_ + (*frame)->offset);
        return frame;
    }

  private:
    std::unique_ptr<format::RecordSource> source_;
    Progress& progress_;
    const std::uint64_t start_;
};

Progress::Progress(std::optional<std::uint64_t> total) : total_(total) {}

std::unique_ptr<format::RecordSource> Progress::watch(
    std::unique_ptr<format::RecordSource> source) {
    return std::make_unique<WatchedSource>(std::move(source), *this);
}

void Progress::clear() {
    if (shown_size_ == 0) return;
    std::fprintf(stderr, "\r%*s\r", static_cast<int>(shown_size_), "");
    shown_size_ = 0;
}

void Progress::show(std::uint64_t position) {
    position_ = std::max(position_, position);
    const Clock::time_point now = Clock::now();
    if (shown_at_ && now - *shown_at_ < kInterval) return;
    shown_at_ = now;
    const std::string text = progress_text(position_, total_, now - start_);
    // What was longer before is written over.
    const std::size_t width = std::max(shown_size_, text.size());
    std::fprintf(stderr, "\r%-*s", static_cast<int>(width), text.c_str());
    shown_size_ = width;
}

}  // namespace httpprof::cli
