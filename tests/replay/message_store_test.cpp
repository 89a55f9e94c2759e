#include "replay/message_store.h"

#include <cstdlib>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "replay/protocol/http1.h"

namespace httpprof::replay {
namespace {

using namespace std::string_literals;

std::string long_request(std::size_t chunks) {
    std::string bytes = "POST /long HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < chunks; ++i)
        bytes += "3e8\r\n" + std::string(1000, static_cast<char>('a' + i % 26)) + "\r\n";
    return bytes + "0\r\nSum: 1\r\n\r\n";
}

class LastMessageSink final : public Http1Sink {
  public:
    void on_begin(const Origin&, const StartLine&) override {}
    void on_message(std::shared_ptr<Message> message) override { last = std::move(message); }
    void on_skipped(std::uint64_t, std::uint64_t) override {}
    std::string_view method_answered_by(int) override { return {}; }
    void on_protocol_change(std::string_view) override {}
    void on_opaque(std::uint64_t) override {}

    std::shared_ptr<Message> last;
};

TEST(MessageStoreTest, LongOpenMessagesAreTheSameWithAndWithoutRoom) {
    const std::string bytes = long_request(200);
    LastMessageSink plain;
    Http1Parser unbounded(plain);
    unbounded.feed(bytes, {});

    MessageStore store(10'000);
    LastMessageSink stored;
    Http1Parser parser(stored, {}, &store);
    for (std::size_t i = 0; i < bytes.size(); i += 700) {
        parser.feed(std::string_view(bytes).substr(i, 700), {});
        EXPECT_LT(store.used(), 40'000u);
    }
    ASSERT_TRUE(stored.last);
    Message& message = *stored.last;
    EXPECT_FALSE(message.spooled.empty());
    EXPECT_EQ(message.text(message.target), "/long");
    EXPECT_EQ(message.raw_size(), bytes.size());
    ASSERT_TRUE(store.restore(message).ok());
    EXPECT_TRUE(message.spooled.empty());
    EXPECT_EQ(message.raw, bytes);
    EXPECT_EQ(message.body(), plain.last->body());
    EXPECT_EQ(message.value(message.trailers.at(0)), "1");
    EXPECT_EQ(store.used(), 0u);
}

TEST(MessageStoreTest, KeepsWhatTheFileDoesNotTake) {
    ::setenv("TMPDIR", "/nowhere", 1);
    MessageStore store(10);
    Message message;
    message.raw = "head bytes";
    message.head_size = 4;
    store.grow(message.raw.size());
    store.put_away(message);
    ::unsetenv("TMPDIR");
    EXPECT_EQ(message.raw, "head bytes");
    ASSERT_TRUE(store.error());
    EXPECT_EQ(store.error()->message,
              "cannot make a temporary file in /nowhere: No such file or directory");
}

TEST(SpoolTest, UsesItsSpaceAgainWhenNothingIsWanted) {
    Spool spool;
    const auto first = spool.write("first");
    const auto second = spool.write("second");
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(second->offset, 5u);
    std::string text = "> ";
    ASSERT_TRUE(spool.read(*second, text).ok());
    ASSERT_TRUE(spool.read(*first, text).ok());
    EXPECT_EQ(text, "> secondfirst");
    spool.drop(*first);
    const auto third = spool.write("third");
    ASSERT_TRUE(third.ok());
    EXPECT_EQ(third->offset, 11u);
    spool.drop(*second);
    spool.drop(*third);
    const auto fourth = spool.write("x");
    ASSERT_TRUE(fourth.ok());
    EXPECT_EQ(fourth->offset, 0u);
}

}  // namespace
}  // namespace httpprof::replay
