#include "format/output_file.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::format {
namespace {

using test::as_span;
using ::testing::HasSubstr;

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

std::string error_of(const Result<std::unique_ptr<OutputFile>>& file) {
    return file.ok() ? "" : file.error().message;
}

class OutputFileTest : public ::testing::Test {
  protected:
    test::TemporaryDirectory directory_;
    std::string path_ = (directory_.path() / "x.httpprof").string();
    std::string part_ = path_ + ".part";
};

TEST_F(OutputFileTest, GetsItsNameWhenItIsFinished) {
    auto file = OutputFile::create(path_);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->write(as_span("one")).ok());
    ASSERT_TRUE((*file)->sync().ok());
    EXPECT_EQ(content(part_), "one");
    EXPECT_FALSE(std::filesystem::exists(path_));
    ASSERT_TRUE((*file)->write(as_span(" two")).ok());
    ASSERT_TRUE((*file)->finish().ok());
    EXPECT_EQ(content(path_), "one two");
    EXPECT_FALSE(std::filesystem::exists(part_));
}

TEST_F(OutputFileTest, IsForItsOwnerOnly) {
    const auto mask = ::umask(0);
    const auto file = OutputFile::create(path_);
    ::umask(mask);
    ASSERT_TRUE(file.ok());
    struct stat status {};
    ASSERT_EQ(::stat(part_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(OutputFileTest, LeavesThePartWhenItIsNotFinished) {
    {
        auto file = OutputFile::create(path_);
        ASSERT_TRUE(file.ok());
        ASSERT_TRUE((*file)->write(as_span("some")).ok());
    }
    EXPECT_EQ(content(part_), "some");
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(OutputFileTest, NeverTakesAnExistingName) {
    std::ofstream(path_) << "old";
    EXPECT_EQ(error_of(OutputFile::create(path_)),
              "cannot create " + path_ + ": File exists; to replace it, use --force");
    EXPECT_FALSE(std::filesystem::exists(part_));
    EXPECT_EQ(content(path_), "old");
}

TEST_F(OutputFileTest, NeverTakesAnExistingPart) {
    std::ofstream(part_) << "old";
    EXPECT_EQ(error_of(OutputFile::create(path_)),
              "cannot create " + part_ + ": File exists; to replace it, use --force");
    EXPECT_EQ(content(part_), "old");
}

TEST_F(OutputFileTest, IsNoTerminal) {
    const Descriptor controller(::posix_openpt(O_RDWR | O_NOCTTY));
    ASSERT_TRUE(controller.open());
    ASSERT_EQ(::unlockpt(controller.get()), 0);
    const std::string terminal = ::ptsname(controller.get());
    EXPECT_EQ(error_of(OutputFile::create(terminal)),
              "cannot write a capture to " + terminal + ": it is a terminal");
}

TEST_F(OutputFileTest, FollowsNoLinkAtItsName) {
    const std::string target = (directory_.path() / "target").string();
    ASSERT_EQ(::symlink(target.c_str(), part_.c_str()), 0);
    EXPECT_FALSE(OutputFile::create(path_).ok());
    EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(OutputFileTest, DoesNotOverwriteAFileThatCameMeanwhile) {
    auto file = OutputFile::create(path_);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->write(as_span("new")).ok());
    std::ofstream(path_) << "other";
    const auto finished = (*file)->finish();
    ASSERT_FALSE(finished.ok());
    EXPECT_THAT(finished.error().message, HasSubstr("File exists"));
    EXPECT_THAT(finished.error().message, HasSubstr("the capture is in " + part_));
    EXPECT_EQ(content(path_), "other");
    EXPECT_EQ(content(part_), "new");
}

TEST_F(OutputFileTest, GivesItsNameToNoOtherFile) {
    for (const bool overwrite : {false, true}) {
        auto file = OutputFile::create(path_, overwrite);
        ASSERT_TRUE(file.ok());
        std::filesystem::remove(part_);
        std::ofstream(part_) << "other";
        const auto finished = (*file)->finish();
        ASSERT_FALSE(finished.ok());
        EXPECT_EQ(finished.error().message, "cannot finish " + path_ + ": while it was written, " +
                                                part_ + " was removed, and the capture with it");
        (*file)->discard();
        EXPECT_EQ(content(part_), "other");
        EXPECT_FALSE(std::filesystem::exists(path_));
        std::filesystem::remove(part_);
    }
}

TEST_F(OutputFileTest, SaysThatItWasMovedAway) {
    auto file = OutputFile::create(path_);
    ASSERT_TRUE(file.ok());
    std::filesystem::rename(part_, path_ + ".moved");
    const auto finished = (*file)->finish();
    ASSERT_FALSE(finished.ok());
    EXPECT_THAT(finished.error().message, HasSubstr("was moved away, and the capture with it"));
}

TEST_F(OutputFileTest, ReplacesAnExistingFileAtTheEndWhenToldTo) {
    std::ofstream(path_) << "old";
    std::ofstream(part_) << "left by another";
    auto file = OutputFile::create(path_, true);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->write(as_span("new")).ok());
    EXPECT_EQ(content(path_), "old");
    EXPECT_EQ(content(part_), "new");
    ASSERT_TRUE((*file)->finish().ok());
    EXPECT_EQ(content(path_), "new");
    EXPECT_FALSE(std::filesystem::exists(part_));
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(OutputFileTest, LeavesAPartThatIsBeingWritten) {
    auto first = OutputFile::create(path_);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(error_of(OutputFile::create(path_, true)),
              "cannot replace " + part_ + ": another process is writing it");
    ASSERT_TRUE((*first)->write(as_span("first")).ok());
    first->reset();
    EXPECT_EQ(content(part_), "first");
    EXPECT_TRUE(OutputFile::create(path_, true).ok());
}

TEST_F(OutputFileTest, OverwritesNoTargetOfALink) {
    const std::string target = (directory_.path() / "target").string();
    std::ofstream(target) << "precious";
    ASSERT_EQ(::symlink(target.c_str(), part_.c_str()), 0);
    ASSERT_EQ(::symlink(target.c_str(), path_.c_str()), 0);
    auto file = OutputFile::create(path_, true);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->write(as_span("new")).ok());
    ASSERT_TRUE((*file)->finish().ok());
    EXPECT_EQ(content(target), "precious");
    EXPECT_EQ(content(path_), "new");
}

TEST_F(OutputFileTest, WritesToADeviceAsItIs) {
    auto file = OutputFile::create("/dev/null");
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->write(as_span("bytes")).ok());
    EXPECT_TRUE((*file)->sync().ok());
    EXPECT_TRUE((*file)->finish().ok());
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, WritesToANamedPipeAsItIs) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    std::string received;
    std::thread reader([&] { received = content(path_); });
    auto file = OutputFile::create(path_);
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->write(as_span("bytes")).ok());
    EXPECT_TRUE((*file)->finish().ok());
    file->reset();
    reader.join();
    EXPECT_EQ(received, "bytes");
    EXPECT_TRUE(std::filesystem::is_fifo(path_));
}

TEST_F(OutputFileTest, WritesToADescriptorThatIsNamed) {
    const Descriptor open(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    for (const std::string folder : {"/dev/fd/", "/proc/self/fd/"}) {
        auto file = OutputFile::create(folder + std::to_string(open.get()), true);
        ASSERT_TRUE(file.ok());
        ASSERT_TRUE((*file)->write(as_span("ab")).ok());
        ASSERT_TRUE((*file)->finish().ok());
    }
    EXPECT_EQ(content(path_), "abab");
    EXPECT_EQ(error_of(OutputFile::create("/dev/fd/999")),
              "cannot write /dev/fd/999: Bad file descriptor");
}

TEST_F(OutputFileTest, KnowsTheNamesOfDescriptors) {
    EXPECT_EQ(descriptor_named("/dev/stdout"), 1);
    EXPECT_EQ(descriptor_named("/dev/fd/17"), 17);
    EXPECT_EQ(descriptor_named("/proc/self/fd/0"), 0);
    for (const char* path :
         {"", "-", "stdout", "/dev/fd/", "/dev/fd/-1", "/dev/fd/1x", "/dev/null"})
        EXPECT_EQ(descriptor_named(path), std::nullopt) << path;
    for (const char* path : {"-", "/dev/stderr", "/dev/null"})
        EXPECT_TRUE(is_stream(path)) << path;
    EXPECT_FALSE(is_stream(path_));
}

TEST_F(OutputFileTest, SaysWhyItCannotBeCreated) {
    const std::string path = (directory_.path() / "none/x").string();
    EXPECT_EQ(error_of(OutputFile::create(path)),
              "cannot create " + path + ".part: No such file or directory");
}

TEST_F(OutputFileTest, IsNoDirectory) {
    const std::string path = directory_.path().string();
    EXPECT_EQ(error_of(OutputFile::create(path, true)),
              "cannot create " + path + ": Is a directory");
    EXPECT_EQ(error_of(OutputFile::create(path + "/")),
              "cannot create " + path + "/: Is a directory");
}

TEST_F(OutputFileTest, CanBeInTheCurrentDirectory) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(directory_.path());
    auto file = OutputFile::create("here");
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->finish().ok());
    EXPECT_TRUE(std::filesystem::exists("here"));
    std::filesystem::current_path(before);
}

// Past the size limit of the process writing fails as it does on a full disk, after a part of the
// bytes went.
TEST_F(OutputFileTest, SaysWhenThereIsNoRoom) {
    auto file = OutputFile::create(path_);
    ASSERT_TRUE(file.ok());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto written = (*file)->write(as_span(std::string(1500, 'x')));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().message, "cannot write " + part_ + ": File too large");
    EXPECT_EQ(content(part_).size(), 1000U);
}

class StandardOutputTest : public ::testing::Test {
  protected:
    // Takes the place of standard output until restore().
    void redirect(int descriptor) {
        std::fflush(stdout);
        saved_ = ::dup(STDOUT_FILENO);
        ::dup2(descriptor, STDOUT_FILENO);
    }
    void restore() {
        ::dup2(saved_, STDOUT_FILENO);
        ::close(saved_);
    }

    int saved_ = -1;
};

TEST_F(StandardOutputTest, GoesThroughAPipe) {
    std::array<int, 2> ends;
    ASSERT_EQ(::pipe(ends.data()), 0);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    redirect(ends[1]);
    auto file = OutputFile::create("-");
    restore();
    ::close(ends[1]);
    ASSERT_TRUE(file.ok());

    std::string received;
    std::thread reader([&] {
        std::array<char, 4096> buffer;
        while (true) {
            const ssize_t size = ::read(ends[0], buffer.data(), buffer.size());
            if (size <= 0) return;
            received.append(buffer.data(), static_cast<std::size_t>(size));
        }
    });
    const std::string sent(1'000'000, 'x');  // more than a pipe holds
    EXPECT_TRUE((*file)->write(as_span(sent)).ok());
    EXPECT_TRUE((*file)->sync().ok());
    EXPECT_TRUE((*file)->finish().ok());
    file->reset();
    reader.join();
    ::close(ends[0]);
    EXPECT_EQ(received, sent);
}

TEST_F(StandardOutputTest, SaysWhenNobodyReads) {
    std::array<int, 2> ends;
    ASSERT_EQ(::pipe(ends.data()), 0);
    redirect(ends[1]);
    auto file = OutputFile::create("-");
    restore();
    ::close(ends[0]);
    ::close(ends[1]);
    ASSERT_TRUE(file.ok());
    const auto handler = std::signal(SIGPIPE, SIG_IGN);
    const auto written = (*file)->write(as_span("x"));
    std::signal(SIGPIPE, handler);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().message, "cannot write standard output: Broken pipe");
}

TEST_F(StandardOutputTest, CanBeAFile) {
    const test::TemporaryDirectory directory;
    const std::string path = (directory.path() / "x").string();
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
    ASSERT_GE(descriptor, 0);
    redirect(descriptor);
    auto file = OutputFile::create("-");
    restore();
    ::close(descriptor);
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->write(as_span("bytes")).ok());
    EXPECT_TRUE((*file)->sync().ok());
    EXPECT_TRUE((*file)->finish().ok());
    EXPECT_EQ(content(path), "bytes");
}

}  // namespace
}  // namespace httpprof::format
