#include "format/input.h"

#include <random>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/capture_bytes.h"

namespace httpprof::format {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string some_bytes(std::size_t size) {
    std::mt19937 random(7);
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

Input input_of(const std::string& bytes) {
    return Input(Descriptor(test::descriptor_of(bytes)), "some file");
}

struct Pipe {
    Pipe() {
        std::array<int, 2> ends;
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        from = Descriptor(ends[0]);
        to = Descriptor(ends[1]);
    }
    void write(const std::string& bytes) const {
        EXPECT_EQ(::write(to.get(), bytes.data(), bytes.size()),
                  static_cast<ssize_t>(bytes.size()));
    }

    Descriptor from;
    Descriptor to;
};

TEST(Input, ShowsWhatIsAsked) {
    Input input = input_of("0123456789");
    EXPECT_EQ(input.name(), "some file");
    EXPECT_EQ(text_of(input.peek(4).value()), "0123");
    EXPECT_EQ(text_of(input.peek(2).value()), "01") << "nothing is passed over by looking";
    EXPECT_EQ(text_of(input.peek(0).value()), "");
    EXPECT_EQ(input.offset(), 0U);
    input.consume(2);
    EXPECT_EQ(input.offset(), 2U);
    EXPECT_EQ(text_of(input.peek(3).value()), "234");
}

TEST(Input, ShowsLessAtTheEnd) {
    Input input = input_of("0123456789");
    EXPECT_EQ(text_of(input.peek(11).value()), "0123456789");
    input.consume(8);
    EXPECT_EQ(text_of(input.peek(3).value()), "89");
    input.consume(2);
    EXPECT_EQ(text_of(input.peek(1).value()), "");
    EXPECT_EQ(text_of(input.peek(1).value()), "");
    EXPECT_EQ(input.offset(), 10U);
}

TEST(Input, GivesEveryByteInOrderHoweverItIsAsked) {
    const std::string bytes = some_bytes(3'000'000);
    for (const std::size_t most : {10'000U, 700'000U}) {
        std::mt19937 random(11);
        Input input = input_of(bytes);
        while (input.offset() < bytes.size()) {
            const std::size_t asked = 1 + random() % most;
            const auto seen = input.peek(asked);
            ASSERT_TRUE(seen.ok());
            ASSERT_EQ(text_of(*seen), bytes.substr(input.offset(), asked));
            input.consume(1 + random() % seen->size());
        }
    }
}

TEST(Input, ReadsPastWhatWasInView) {
    const std::string bytes = some_bytes(1'000'000);
    Input input = input_of(bytes);
    ASSERT_TRUE(input.peek(10).ok());
    std::string read(900'000, '\0');
    EXPECT_EQ(input.read(std::as_writable_bytes(std::span(read))).value(), read.size());
    EXPECT_EQ(read, bytes.substr(0, read.size()));
    EXPECT_EQ(input.offset(), read.size());
    EXPECT_EQ(input.read(std::as_writable_bytes(std::span(read))).value(), 100'000U);
    EXPECT_EQ(read.substr(0, 100'000), bytes.substr(900'000));
    EXPECT_EQ(input.read(std::as_writable_bytes(std::span(read))).value(), 0U);
}

TEST(Input, GivesBytesBack) {
    Input input = input_of("0123456789");
    std::string read(7, '\0');
    ASSERT_TRUE(input.read(std::as_writable_bytes(std::span(read))).ok());
    input.unread(std::as_bytes(std::span(read)).subspan(3));
    EXPECT_EQ(input.offset(), 3U);
    EXPECT_EQ(text_of(input.peek(100).value()), "3456789");
}

TEST(Input, TakesNoMemoryForWhatIsNotThere) {
    Input input = input_of("0123456789");
    EXPECT_EQ(text_of(input.peek(std::size_t{1} << 60).value()), "0123456789");
}

TEST(Input, WaitsForAPipe) {
    const std::string bytes = some_bytes(300'000);
    Pipe pipe;
    std::thread writer([&] {
        for (std::size_t at = 0; at < bytes.size(); at += 1000)
            pipe.write(bytes.substr(at, 1000));
        pipe.to = Descriptor();
    });
    Input input(std::move(pipe.from), "pipe");
    EXPECT_EQ(text_of(input.peek(bytes.size() - 1).value()), bytes.substr(0, bytes.size() - 1));
    EXPECT_EQ(text_of(input.peek(bytes.size() + 1).value()), bytes);
    writer.join();
}

TEST(Input, AsksAPipeForNoMoreThanItNeeds) {
    Pipe pipe;
    pipe.write("0123");
    Input input(std::move(pipe.from), "pipe");
    EXPECT_EQ(text_of(input.peek(4).value()), "0123") << "though the pipe is still open";
}

TEST(Input, GivesUpWhenItIsCancelled) {
    Pipe pipe;
    Pipe cancel;
    Input input(std::move(pipe.from), "the pipe");
    input.set_cancel(cancel.from.get());
    pipe.write("01");
    EXPECT_EQ(text_of(input.peek(2).value()), "01");
    std::thread canceller([&] { cancel.to = Descriptor(); });
    for (int i = 0; i < 2; ++i) {
        const auto seen = input.peek(3);
        ASSERT_FALSE(seen.ok());
        EXPECT_EQ(seen.error().message, "reading the pipe was cancelled");
    }
    EXPECT_EQ(text_of(input.peek(2).value()), "01") << "what came is still there";
    canceller.join();
}

TEST(Input, SaysWhatCannotBeRead) {
    Input input(Descriptor(::open(".", O_RDONLY | O_CLOEXEC)), "the folder");
    const auto seen = input.peek(1);
    ASSERT_FALSE(seen.ok());
    EXPECT_EQ(seen.error().message, "cannot read the folder: Is a directory");
}

}  // namespace
}  // namespace httpprof::format
