#include "record/segment_files.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

namespace httpprof::record {
namespace {

TEST(SegmentPath, NumbersStandBeforeTheEnding) {
    EXPECT_EQ(segment_path("/a.b/x.httpprof", 0), "/a.b/x.000000.httpprof");
    EXPECT_EQ(segment_path("x.httpprof", 1'234'567), "x.1234567.httpprof");
    EXPECT_EQ(segment_path("capture", 12), "capture.000012");
}

class SegmentFilesTest : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() / name; }
    void make(const std::string& name) const { std::ofstream(path(name)) << "x"; }

    test::TemporaryDirectory directory_;
};

TEST_F(SegmentFilesTest, AnySegmentOfTheNameIsInTheWay) {
    const std::string output = path("x.httpprof");
    make("x.httpprof");
    make("y.000000.httpprof");
    make("x.0.httpprof");
    make("x.00000a.httpprof");
    make("x.000000.httpprof.txt");
    EXPECT_TRUE(check_no_segments(output).ok());
    make("x.000007.httpprof");
    const auto checked = check_no_segments(output);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().message,
              "cannot create segments of " + output + ": " + path("x.000007.httpprof") +
                  " is there already; move it away or choose another name");
}

TEST_F(SegmentFilesTest, AnUnfinishedSegmentIsInTheWay) {
    make("x.000000.httpprof.part");
    EXPECT_FALSE(check_no_segments(path("x.httpprof")).ok());
}

TEST_F(SegmentFilesTest, CreatesAndRemovesByNumber) {
    SegmentFiles files(path("x.httpprof"), true, false);
    auto file = files.create(3);
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE(std::filesystem::exists(path("x.000003.httpprof.part")));
    ASSERT_TRUE((*file)->finish().ok());
    EXPECT_TRUE(std::filesystem::exists(path("x.000003.httpprof")));
    const auto again = files.create(3);
    ASSERT_FALSE(again.ok());
    const std::string segment = path("x.000003.httpprof");
    EXPECT_EQ(again.error().message, "cannot create " + segment + ": " + segment +
                                         " is there already; move it away or choose another name");
    EXPECT_TRUE(files.remove(3).ok());
    EXPECT_FALSE(std::filesystem::exists(path("x.000003.httpprof")));
    EXPECT_TRUE(files.remove(3).ok());
}

TEST_F(SegmentFilesTest, OneFileHasTheNameItself) {
    SegmentFiles files(path("x.httpprof"), false, false);
    auto file = files.create(0);
    ASSERT_TRUE(file.ok() && (*file)->finish().ok());
    EXPECT_TRUE(std::filesystem::exists(path("x.httpprof")));
}

}  // namespace
}  // namespace httpprof::record
