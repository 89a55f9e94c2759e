#include "replay/emit/output.h"

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::replay {
namespace {

std::string content(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

TEST(OutputTest, BuffersUntilFlushed) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.path() / "out";
    auto output = Output::open(path);
    ASSERT_TRUE(output.ok());
    EXPECT_TRUE(output->write("ab").ok());
    EXPECT_EQ(content(path), "");
    EXPECT_TRUE(output->flush().ok());
    EXPECT_EQ(content(path), "ab");
    const std::string large(3 * 1024 * 1024, 'x');
    EXPECT_TRUE(output->write(large).ok());
    EXPECT_EQ(content(path).size(), 2 + large.size());
    EXPECT_TRUE(output->write("c").ok());
    EXPECT_TRUE(output->finish().ok());
    EXPECT_EQ(content(path), "ab" + large + "c");
}

TEST(OutputTest, WhatIsAppendedBeginsALine) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.path() / "out";
    for (const char* line : {"half", "one\n", "two\n"}) {
        auto output = Output::open(path, Output::Existing::append);
        ASSERT_TRUE(output.ok());
        EXPECT_TRUE(output->write(line).ok());
        EXPECT_TRUE(output->finish().ok());
    }
    EXPECT_EQ(content(path), "half\none\ntwo\n");
}

TEST(OutputTest, FileIsForItsOwnerOnly) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.path() / "out";
    ASSERT_TRUE(Output::open(path).ok());
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

// As another program left the pipe that it shares.
TEST(OutputTest, WaitsForAPipeThatDoesNotBlock) {
    std::array<int, 2> ends;
    ASSERT_EQ(::pipe(ends.data()), 0);
    const format::Descriptor read_end(ends[0]);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    const format::Descriptor before(::dup(STDOUT_FILENO));
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[1]);
    const std::string sent(1'000'000, 'x');  // more than a pipe holds
    bool written = false;
    std::thread writer([&] {
        auto output = Output::open("-");
        written = output && output->write(sent) && output->finish();
        ::dup2(before.get(), STDOUT_FILENO);
    });
    std::string received(sent.size(), ' ');
    std::size_t have = 0;
    for (ssize_t size = 1; size > 0; have += static_cast<std::size_t>(size))
        size = ::read(read_end.get(), received.data() + have, received.size() - have);
    writer.join();
    EXPECT_TRUE(written);
    EXPECT_EQ(have, sent.size());
}

TEST(OutputTest, FullDiskIsAnError) {
    auto output = Output::open("/dev/full");
    ASSERT_TRUE(output.ok());
    EXPECT_TRUE(output->write("x").ok());
    const auto finished = output->finish();
    ASSERT_FALSE(finished.ok());
    EXPECT_EQ(finished.error().message, "cannot write /dev/full: No space left on device");
    EXPECT_FALSE(finished.error().reader_is_gone);
}

TEST(OutputTest, PathThatCannotBeOpened) {
    const auto output = Output::open("/nonexistent/out");
    ASSERT_FALSE(output.ok());
    EXPECT_EQ(output.error().message,
              "cannot open /nonexistent/out for writing: No such file or directory");
}

}  // namespace
}  // namespace httpprof::replay
