#include "replay/protocol/http1_message_head.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::pair<AnomalyKind, std::uint64_t>> anomalies(const Message& message) {
    std::vector<std::pair<AnomalyKind, std::uint64_t>> result;
    for (const auto& each : message.anomalies)
        result.emplace_back(each.kind, each.offset);
    return result;
}

Message filled(std::string_view head, std::size_t start = 0) {
    LineIndex index;
    index_lines(head.substr(start), index);
    Message message;
    const auto line = parse_start_line(head.substr(start, index.lines.at(0).end));
    fill_message(head, start, line.value(), index, message);
    message.raw = head;
    return message;
}

Message filled_from_cut(std::string_view head, std::size_t start = 0) {
    Message message;
    fill_cut_message(head, start, parse_cut_start_line(head.substr(start)).value(), message);
    message.raw = head;
    return message;
}

TEST(Http1MessageHead, FillsARequest) {
    const auto message = filled("GET /a HTTP/1.1\r\nHost: b\r\n\r\n");
    EXPECT_EQ(message.kind, Message::Kind::request);
    EXPECT_EQ(message.text(message.method), "GET");
    EXPECT_EQ(message.text(message.target), "/a");
    EXPECT_EQ(message.version, "1.1");
    ASSERT_EQ(message.fields.size(), 1U);
    EXPECT_EQ(message.text(message.fields[0].name), "Host");
    EXPECT_THAT(anomalies(message), IsEmpty());
}

TEST(Http1MessageHead, FillsAResponse) {
    const auto message = filled("HTTP/1.0 404 Not Found\r\n\r\n");
    EXPECT_EQ(message.kind, Message::Kind::response);
    EXPECT_EQ(message.status, 404);
    EXPECT_EQ(message.text(message.reason), "Not Found");
    EXPECT_EQ(message.version, "1.0");
    EXPECT_THAT(message.fields, IsEmpty());
}

TEST(Http1MessageHead, PlacesAndAnomaliesCountFromTheFirstByteOfTheMessage) {
    const auto message = filled("\r\nGET /a HTTP/1.1\r\nA: \x01\n\r\n", 2);
    EXPECT_EQ(message.text(message.target), "/a");
    EXPECT_EQ(message.text(message.fields.at(0).name), "A");
    EXPECT_THAT(anomalies(message), ElementsAre(Pair(AnomalyKind::blank_line_before_start, 0),
                                                Pair(AnomalyKind::bare_lf, 23),
                                                Pair(AnomalyKind::control_character, 22)));
}

TEST(Http1MessageHead, TakesFromACutStartLineWhatIsThere) {
    const auto request = filled_from_cut("\r\nPOST /ab", 2);
    EXPECT_EQ(request.text(request.method), "POST");
    EXPECT_EQ(request.text(request.target), "/ab");
    EXPECT_THAT(anomalies(request), ElementsAre(Pair(AnomalyKind::blank_line_before_start, 0)));
    const auto response = filled_from_cut("HTTP/1.1 200 O");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.text(response.reason), "O");
}

// It may be of the line end.
TEST(Http1MessageHead, TheLastCrOfACutStartLineIsNotOdd) {
    EXPECT_THAT(anomalies(filled_from_cut("HTTP/1.1 200 OK\r")), IsEmpty());
    EXPECT_THAT(anomalies(filled_from_cut("HTTP/1.1 200 O\rK\r")),
                ElementsAre(Pair(AnomalyKind::control_character, 14)));
}

}  // namespace
}  // namespace httpprof::replay
