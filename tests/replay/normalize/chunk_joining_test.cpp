#include "replay/normalize/chunk_joining.h"

#include <string>

#include <gtest/gtest.h>

#include "replay/protocol/http1.h"
#include "tests/replay/http1_log.h"

namespace httpprof::replay {
namespace {

const std::string kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

Message message_of(const std::string& bytes, bool is_all = false) {
    test::Http1Log log({"GET"});
    Http1Parser parser(log);
    parser.feed(bytes, {1, 42, 1, "curl"});
    if (is_all) parser.finish(true);
    EXPECT_EQ(log.messages().size(), 1u) << bytes;
    return *log.messages().at(0);
}

Message joined(Message message) {
    join_chunks(message);
    return message;
}

TEST(ChunkJoiningTest, GivesTheMessageOfOneChunk) {
    const std::string rest = "\r\n0\r\nETag: x\r\nA: b\r\n\r\n";
    const Message wanted = message_of(kHead + "1f\r\n" + std::string(31, 'x') + rest);
    for (const std::string& chunks :
         {"1\r\nx\r\n1E\r\n" + std::string(30, 'x'), "1F\r\n" + std::string(31, 'x'),
          "001f\r\n" + std::string(31, 'x'), "1f\r\n" + std::string(31, 'x'),
          "A\r\n" + std::string(10, 'x') + "\r\n0014\r\n" + std::string(20, 'x') + "\r\n1\r\nx"}) {
        const Message message = joined(message_of(kHead + chunks + rest));
        EXPECT_EQ(message.raw, wanted.raw);
        EXPECT_EQ(message.size, wanted.size);
        EXPECT_EQ(message.body_size, wanted.body_size);
        EXPECT_EQ(message.content, wanted.content);
        ASSERT_EQ(message.trailers.size(), 2u);
        EXPECT_EQ(message.name(message.trailers[0]), "ETag");
        EXPECT_EQ(message.value(message.trailers[1]), "b");
    }
}

TEST(ChunkJoiningTest, MovesOffsets) {
    Message message = message_of(kHead + "2\r\nab\r\n3\r\ncde\r\n0\r\nA: b\r\n\r\n");
    const std::uint64_t data = message.content[0].begin;
    message.anomalies = {{AnomalyKind::host_missing, 3},
                         {AnomalyKind::body_not_decodable, data},
                         {AnomalyKind::bare_lf, data + 5},
                         {AnomalyKind::data_after_coded_body, data + 8},
                         {AnomalyKind::folded_field_line, message.trailers[0].name.begin}};
    join_chunks(message);
    EXPECT_EQ(message.anomalies[0].offset, 3u);
    EXPECT_EQ(message.anomalies[1].offset, data);
    EXPECT_EQ(message.anomalies[2].offset, data + 2);
    EXPECT_EQ(message.anomalies[3].offset, data + 3);
    EXPECT_EQ(message.anomalies[4].offset, message.trailers[0].name.begin);
}

TEST(ChunkJoiningTest, LeavesChunksOfAnotherForm) {
    const std::string end = "0\r\n\r\n";
    for (const std::string& body :
         {"2;a=b\r\nab\r\n1\r\nc\r\n" + end, "2\r\nab\r\n1;x\r\nc\r\n" + end,
          std::string("2\r\nab\r\n1\r\nc\r\n0;x\r\n\r\n"), "2 \r\nab\r\n1\r\nc\r\n" + end,
          "2\nab\r\n1\r\nc\r\n" + end, "2\r\nab\n1\r\nc\r\n" + end,
          std::string("2\r\nab\r\n1\r\nc\r\n0\n\r\n"), end}) {
        const Message message = message_of(kHead + body, true);
        EXPECT_EQ(joined(message).raw, message.raw);
    }
    const Message plain =
        message_of("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n1\r\na\r\n1\r\nb\r\n" + end);
    EXPECT_EQ(joined(plain).raw, plain.raw);
}

TEST(ChunkJoiningTest, LeavesMessagesOfWhichSomethingIsMissing) {
    const std::string chunks = kHead + "2\r\nab\r\n1\r\nc\r\n";
    for (const char* rest : {"", "0\r\n", "0\r\nA: b\r\n"}) {
        const Message cut = message_of(chunks + rest, true);
        EXPECT_TRUE(cut.truncated);
        EXPECT_EQ(joined(cut).raw, cut.raw);
    }
    Message message = message_of(chunks + "0\r\n\r\n");
    message.gaps = {{message.content[1].begin, 4, format::MissingCause::lost}};
    EXPECT_EQ(joined(message).raw, message.raw);
    message.gaps.clear();
    EXPECT_NE(joined(message).raw, message.raw);
    ++message.size;  // the rest was too large
    EXPECT_EQ(joined(message).raw, message.raw);
}

}  // namespace
}  // namespace httpprof::replay
