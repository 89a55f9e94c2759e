#include "format/rename.h"

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

namespace httpprof::format {
namespace {

// Both ways behave alike.
class Rename : public ::testing::TestWithParam<int (*)(const std::string&, const std::string&)> {
  protected:
    int rename() const { return GetParam()(from_, to_); }

    test::TemporaryDirectory directory_;
    std::string from_ = (directory_.path() / "from").string();
    std::string to_ = (directory_.path() / "to").string();
};

INSTANTIATE_TEST_SUITE_P(Ways, Rename, ::testing::Values(&rename_to_new, &link_to_new));

TEST_P(Rename, GivesTheNewNameOnly) {
    std::ofstream(from_) << "x";
    EXPECT_EQ(rename(), 0);
    EXPECT_TRUE(std::filesystem::exists(to_));
    EXPECT_FALSE(std::filesystem::exists(from_));
}

TEST_P(Rename, NeverOverwrites) {
    std::ofstream(from_) << "x";
    std::ofstream(to_) << "longer";
    EXPECT_EQ(rename(), EEXIST);
    EXPECT_EQ(std::filesystem::file_size(from_), 1U);
    EXPECT_EQ(std::filesystem::file_size(to_), 6U);
}

TEST(RenameOver, TakesThePlaceOfAFile) {
    const test::TemporaryDirectory directory;
    const std::string from = (directory.path() / "from").string();
    const std::string to = (directory.path() / "to").string();
    EXPECT_EQ(rename_over(from, to), ENOENT);
    std::ofstream(from) << "x";
    std::ofstream(to) << "longer";
    EXPECT_EQ(rename_over(from, to), 0);
    EXPECT_FALSE(std::filesystem::exists(from));
    EXPECT_EQ(std::filesystem::file_size(to), 1U);
}

TEST_P(Rename, SaysWhatIsMissing) {
    EXPECT_EQ(rename(), ENOENT);
}

}  // namespace
}  // namespace httpprof::format
