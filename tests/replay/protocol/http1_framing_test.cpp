#include "replay/protocol/http1_framing.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/protocol/http1_chunked.h"

namespace httpprof::replay {
namespace {

using Kind = Framing::Kind;

struct Framed {
    Framing framing;
    std::vector<std::string> anomalies;
};

Framed frame(Message message, std::string_view section, std::string_view answered = {}) {
    LineIndex index;
    index_lines(section, index);
    parse_fields(section, index, 0, 0, 0, message.fields, message);
    message.anomalies.clear();
    Framed result;
    result.framing = frame_body(section, answered, message);
    for (const auto& each : message.anomalies) {
        result.anomalies.emplace_back(to_string(each.kind));
    }
    return result;
}

Framed frame_request(std::string_view section, const char* version = "1.1") {
    Message message;
    message.kind = Message::Kind::request;
    message.version = version;
    return frame(message, section);
}

Framed frame_response(int status, std::string_view section, std::string_view answered = {}) {
    Message message;
    message.kind = Message::Kind::response;
    message.version = "1.1";
    message.status = status;
    return frame(message, section, answered);
}

TEST(Http1Framing, WithoutFieldsARequestHasNoBodyAndAResponseLastsUntilClose) {
    EXPECT_EQ(frame_request("").framing, Framing{Kind::none});
    EXPECT_EQ(frame_response(200, "").framing, Framing{Kind::until_close});
}

TEST(Http1Framing, SomeResponsesHaveNoBodyWhateverTheFieldsSay) {
    const auto* fields = "Content-Length: 5\r\n";
    for (const int status : {100, 102, 103, 199, 204, 304}) {
        EXPECT_EQ(frame_response(status, fields).framing, Framing{}) << status;
    }
    EXPECT_EQ(frame_response(200, fields, "HEAD").framing, Framing{});
    EXPECT_EQ(frame_response(200, fields, "head").framing, (Framing{Kind::length, 5}));
    EXPECT_EQ(frame_response(205, fields).framing, (Framing{Kind::length, 5}));
}

TEST(Http1Framing, TheProtocolChangesAfter101AndAfter2xxToConnect) {
    EXPECT_EQ(frame_response(101, "").framing, (Framing{Kind::none, 0, true}));
    EXPECT_EQ(frame_response(200, "Content-Length: 5\r\n", "CONNECT").framing,
              (Framing{Kind::none, 0, true}));
    EXPECT_EQ(frame_response(204, "", "CONNECT").framing, (Framing{Kind::none, 0, true}));
    EXPECT_EQ(frame_response(502, "Content-Length: 5\r\n", "CONNECT").framing,
              (Framing{Kind::length, 5}));
}

TEST(Http1Framing, ReadsContentLength) {
    const auto largest = frame_request("content-LENGTH: 18446744073709551615\r\n");
    EXPECT_EQ(largest.framing, (Framing{Kind::length, 18446744073709551615U}));
    EXPECT_THAT(largest.anomalies, testing::IsEmpty());

    const auto list = frame_request("Content-Length: 5 , 5\r\nContent-Length: 005\r\n");
    EXPECT_EQ(list.framing, (Framing{Kind::length, 5}));
    EXPECT_THAT(list.anomalies, testing::ElementsAre("content-length-repeated"));
}

TEST(Http1Framing, DoesNotGuessTheEndOfARequestWithABadContentLength) {
    for (const auto* value : {"", "x", "-1", "+1", "0x1", "1 1", "1.0", "1,", ",1", "1x",
                              "18446744073709551616", "1, x"}) {
        const auto section = "Content-Length: " + std::string(value) + "\r\n";
        const auto request = frame_request(section);
        EXPECT_EQ(request.framing, Framing{Kind::unknown}) << value;
        EXPECT_THAT(request.anomalies, testing::ElementsAre("content-length-invalid")) << value;
        EXPECT_EQ(frame_response(200, section).framing, Framing{Kind::until_close}) << value;
    }
    const auto differing = frame_request("Content-Length: 1\r\nContent-Length: 2\r\n");
    EXPECT_EQ(differing.framing, Framing{Kind::unknown});
    EXPECT_THAT(differing.anomalies, testing::ElementsAre("content-length-differs"));
}

TEST(Http1Framing, TransferEncodingComesBeforeContentLength) {
    const auto both = frame_request("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n");
    EXPECT_EQ(both.framing, Framing{Kind::chunked});
    EXPECT_THAT(both.anomalies, testing::ElementsAre("content-length-with-transfer-encoding"));
}

TEST(Http1Framing, ChunkedHasToBeTheLastCoding) {
    const auto* list = "Transfer-Encoding: gzip\r\nTransfer-Encoding: x-gzip, ChunkeD\r\n";
    EXPECT_EQ(frame_request(list).framing, Framing{Kind::chunked});
    EXPECT_THAT(frame_request(list).anomalies, testing::IsEmpty());
    for (const auto* value : {"gzip", "chunked, gzip", "", ",", "identity", "chunked;a=b",
                              "\"chunked\"", "xchunked", "\vchunked"}) {
        const auto section = "Transfer-Encoding: " + std::string(value) + "\r\n";
        EXPECT_EQ(frame_request(section).framing, Framing{Kind::unknown}) << value;
        EXPECT_THAT(frame_request(section).anomalies,
                    testing::ElementsAre("transfer-coding-unknown"))
            << value;
        EXPECT_EQ(frame_response(200, section).framing, Framing{Kind::until_close}) << value;
    }
}

// RFC 9110, 5.6.1: nobody may send one, everybody should ignore it, and not all do.
TEST(Http1Framing, NotesAnEmptyTransferCoding) {
    for (const auto* value : {",chunked", "chunked,", "chunked, ,", "gzip,, chunked",
                              "\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding:"}) {
        const auto section = "Transfer-Encoding: " + std::string(value) + "\r\n";
        EXPECT_EQ(frame_request(section).framing, Framing{Kind::chunked}) << value;
        EXPECT_THAT(frame_request(section).anomalies,
                    testing::ElementsAre("transfer-coding-unknown"))
            << value;
    }
    const auto only = frame_response(200, "Transfer-Encoding:\r\n");
    EXPECT_EQ(only.framing, Framing{Kind::until_close});
    EXPECT_THAT(only.anomalies, testing::ElementsAre("transfer-coding-unknown"));
}

TEST(Http1Framing, NotesOddUsesOfChunked) {
    EXPECT_THAT(frame_request("Transfer-Encoding: chunked, chunked\r\n").anomalies,
                testing::ElementsAre("transfer-coding-repeated"));
    EXPECT_THAT(frame_request("Transfer-Encoding: magic, chunked\r\n").anomalies,
                testing::ElementsAre("transfer-coding-unknown"));
    EXPECT_THAT(frame_request("Transfer-Encoding: chunked\r\n", "1.0").anomalies,
                testing::ElementsAre("chunked-in-http-1-0"));
}

TEST(Http1Framing, NotesNamesThatPassForFramingFields) {
    for (const auto* name :
         {"Content_Length", "content-length-", "CONTENT.LENGTH", "ContentLength", "-Content-Length",
          "C-ontent-Length", "Transfer_Encoding", "Transfer--Encoding", "Transfer\x01-Encoding",
          "..TransferEncoding", "T+ransfer-Encoding"}) {
        EXPECT_THAT(frame_request(std::string(name) + ": 5\r\n").anomalies,
                    testing::ElementsAre("framing-lookalike"))
            << name;
    }
    for (const auto* name : {"Content-Lengths", "Content-Length1", "1Content-Length", "Content",
                             "X-Transfer-Encoding", "Transfer-Encodin", "-", "Te"}) {
        EXPECT_THAT(frame_request(std::string(name) + ": 5\r\n").anomalies, testing::IsEmpty())
            << name;
    }
}

TEST(Http1Framing, TellsOfRequestsWhoseAnswerMayChangeTheProtocol) {
    EXPECT_TRUE(frame_request("Host: a\r\nuPGRADE: h2c\r\n").framing.protocol_may_change);
    EXPECT_FALSE(frame_request("Host: a\r\nUpgrades: h2c\r\n").framing.protocol_may_change);
    EXPECT_FALSE(frame_response(200, "Upgrade: h2c\r\n").framing.protocol_may_change);
}

TEST(Http1Framing, NotesHowResponsesWithoutBodyAreFramed) {
    const auto* fields = "Content-Length: 5\r\n";
    for (const auto* answered : {"", "GET", "HEAD"}) {
        EXPECT_THAT(frame_response(204, fields, answered).anomalies,
                    testing::ElementsAre("framing-field-misplaced"))
            << answered;
        EXPECT_THAT(frame_response(304, fields, answered).anomalies, testing::IsEmpty());
    }
    EXPECT_THAT(frame_response(200, fields, "HEAD").anomalies, testing::IsEmpty());
}

std::vector<std::string> anomalies_of_cut(std::string_view section, bool goes_on) {
    Message message;
    message.version = "1.1";
    LineIndex index;
    index_lines(section, index);
    parse_fields(section, index, 0, 0, 0, message.fields, message);
    check_cut_framing(section, {}, goes_on, message);
    std::vector<std::string> ids;
    for (const auto& each : message.anomalies)
        ids.emplace_back(to_string(each.kind));
    return ids;
}

TEST(Http1Framing, OfACutSectionNotesWhatNoFurtherLineChanges) {
    EXPECT_THAT(anomalies_of_cut("Content-Length: 1\r\nContent-Length: 2\r\n"
                                 "Transfer-Encoding: xchunked\r\nTransfer_Encoding: y\r\n",
                                 true),
                testing::ElementsAre("content-length-differs", "transfer-coding-unknown",
                                     "framing-lookalike", "content-length-with-transfer-encoding"));
    for (const auto* section :
         {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding:\r\n", "Transfer-Encoding: gzip,\r\n",
          "Content-Length:\r\n", "Content-Length: 5 ,\t,\r\n", "A: b\r\n", ""}) {
        EXPECT_THAT(anomalies_of_cut(section, true), testing::IsEmpty()) << section;
    }
    EXPECT_THAT(anomalies_of_cut("Transfer-Encoding: gzip,\r\n", false),
                testing::ElementsAre("transfer-coding-unknown"));
    EXPECT_THAT(anomalies_of_cut("Content-Length:\r\n", false),
                testing::ElementsAre("content-length-invalid"));
    EXPECT_THAT(anomalies_of_cut("Content-Length:\r\nA: b\r\n", true),
                testing::ElementsAre("content-length-invalid"));
}

TEST(Http1Framing, ReadsFoldedValues) {
    EXPECT_EQ(frame_request("Transfer-Encoding: gzip,\r\n chunked\r\n").framing,
              Framing{Kind::chunked});
    EXPECT_EQ(frame_request("Content-Length: 1\r\n 2\r\n").framing, Framing{Kind::unknown});
}

TEST(Http1ChunkLine, HasASizeAndMayHaveExtensions) {
    for (const auto* line :
         {"1f\r\n", "1F\r\n", "00001f\r\n", "1f;a\r\n", "1f ; a=\"b;c\"\r\n", "1f\t;a\r\n"}) {
        EXPECT_EQ(parse_chunk_line(line), ChunkLine{0x1f}) << line;
    }
    EXPECT_EQ(parse_chunk_line("ffffffffffffffff\r\n"), ChunkLine{18446744073709551615U});
    EXPECT_EQ(parse_chunk_line("0\r\n"), ChunkLine{0});
}

TEST(Http1ChunkLine, TellsWhatIsOdd) {
    EXPECT_EQ(parse_chunk_line("a\n"), (ChunkLine{.size = 10, .bare_lf = true}));
    EXPECT_EQ(parse_chunk_line("a  \r\n"), (ChunkLine{.size = 10, .space_after_size = true}));
    EXPECT_EQ(parse_chunk_line("a;\r\n"), (ChunkLine{.size = 10, .extension_invalid = true}));
    EXPECT_EQ(parse_chunk_line("a;\r;\r\n"),
              (ChunkLine{.size = 10, .control_character = true, .extension_invalid = true}));
}

TEST(Http1ChunkLine, IsRefusedWithoutAProperSize) {
    for (const auto* line : {"\r\n", ";a\r\n", " 1\r\n", "0x1\r\n", "-1\r\n", "+1\r\n", "1 2\r\n",
                             "1,\r\n", "g\r\n", "10000000000000000\r\n", "1\r\r\n"}) {
        EXPECT_EQ(parse_chunk_line(line), std::nullopt) << line;
    }
}

}  // namespace
}  // namespace httpprof::replay
