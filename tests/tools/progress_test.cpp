#include "tools/httpprof/progress.h"

#include <chrono>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

namespace httpprof::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMB = 1'000'000;
constexpr std::uint64_t kMiB = 1024 * 1024;

TEST(ProgressTest, ShareRateAndTimeLeft) {
    EXPECT_EQ(progress_text(100 * kMB, 400 * kMB, 2s), "25 % of 381.5 MiB, 50.0 MB/s, 6 s left");
    EXPECT_EQ(progress_text(kMB, 101 * kMB, 1s), "0 % of 96.3 MiB, 1.0 MB/s, 1 min 40 s left");
    EXPECT_EQ(progress_text(kMB, 7501 * kMB, 1s), "0 % of 7.0 GiB, 1.0 MB/s, 2 h 5 min left");
    EXPECT_EQ(progress_text(kMiB, kMiB, 1s), "100 % of 1.0 MiB, 1.0 MB/s, 0 s left");
}

TEST(ProgressTest, WithoutATotalThereIsNoEnd) {
    EXPECT_EQ(progress_text(100 * kMiB, std::nullopt, 2s), "100.0 MiB, 52.4 MB/s");
}

TEST(ProgressTest, AtFirstThereIsNoRate) {
    EXPECT_EQ(progress_text(100, 400, 99ms), "25 % of 400 bytes");
    EXPECT_EQ(progress_text(0, 400, 10s), "0 % of 400 bytes");
}

TEST(ProgressTest, FilesMayBeEmptyOrGrow) {
    EXPECT_EQ(progress_text(0, 0, 1s), "100 % of 0 bytes");
    EXPECT_EQ(progress_text(3 * kMB, kMiB, 1s), "100 % of 1.0 MiB, 1.0 MB/s, 0 s left");
}

TEST(ProgressTest, TotalIsKnownOfFilesOnly) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.path() / "file";
    std::ofstream(path) << "12345";
    EXPECT_EQ(total_size({path, path}), 10u);
    EXPECT_EQ(total_size({path, "-"}), std::nullopt);
    EXPECT_EQ(total_size({path, "/dev/null"}), std::nullopt);
    EXPECT_EQ(total_size({path + "missing"}), std::nullopt);
}

}  // namespace
}  // namespace httpprof::cli
