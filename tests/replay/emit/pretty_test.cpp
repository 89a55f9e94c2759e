#include "replay/emit/pretty.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/emit/columns.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string repeated(const std::string& text) {
    std::string all;
    for (int i = 0; i < 300; ++i)
        all += text;
    return all;
}

class PrettyTest : public testing::Test {
  protected:
    PrettyTest() {
        event_.message = std::make_shared<Message>();
        event_.message->kind = Message::Kind::response;
        event_.message->status = 404;
        event_.message->size = 2048;
        event_.message->first.comm = "curl";
        event_.message->first.pid = 42;
        event_.realtime_ns = 1'712'600'650'123'456'789;
        event_.direction = format::Direction::recv;
        event_.source = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1}, 8080};
        event_.latency_ns = 1'234'567;
        event_.request =
            std::make_shared<const RequestHead>(RequestHead{"GET", "/things?a=b", "shop", 85});
    }

    std::string line(unsigned width, bool colour = false) {
        auto output = Output::open("/dev/null");
        EXPECT_TRUE(output.ok());
        std::string text;
        const auto options = [=] { return PrettyOptions{width, colour}; };
        PrettyEmitter(*output, options).render(event_, text);
        return text;
    }

    Event event_;
};

TEST_F(PrettyTest, AWideLineHasEverything) {
    const std::string text = line(130);
    EXPECT_THAT(text, testing::StartsWith("18:24:10.123 curl[42]"));
    for (const char* part :
         {"→ 127.0.0.1:8080 ", " GET ", " shop/things?a=b ", " 404 1.2ms 85B→2.0K"})
        EXPECT_THAT(text, HasSubstr(part));
}

TEST_F(PrettyTest, MarksAnomaliesOfTheRequestAndOfTheResponse) {
    EXPECT_THAT(line(130), Not(EndsWith(" !\n")));
    event_.message->anomalies = {{AnomalyKind::bare_lf, 0}};
    EXPECT_THAT(line(130), EndsWith(" !\n"));
    event_.message->anomalies.clear();
    event_.request = std::make_shared<const RequestHead>(
        RequestHead{"GET", "/", "shop", 85, /*has_anomalies=*/true});
    EXPECT_THAT(line(130), EndsWith(" !\n"));
}

TEST_F(PrettyTest, FitsTheTerminal) {
    for (const std::string& long_text : {std::string(500, 'x'), repeated("é"), repeated("漢字")}) {
        event_.request =
            std::make_shared<const RequestHead>(RequestHead{"GET", "/" + long_text, "shop", 85});
        for (const unsigned width : {50u, 79u, 80u, 81u, 130u, 131u, 200u}) {
            const std::string text = line(width);
            EXPECT_EQ(text.back(), '\n');
            EXPECT_EQ(columns(text.substr(0, text.size() - 1)), width) << text;
            EXPECT_THAT(text, HasSubstr("…"));
        }
    }
}

TEST_F(PrettyTest, ColoursOnlyWhereWanted) {
    EXPECT_THAT(line(100), Not(HasSubstr("\x1b")));
    EXPECT_THAT(line(100, true), HasSubstr("\x1b[33m404\x1b[0m"));
}

TEST_F(PrettyTest, WhatComesFromTheWireCannotActOnTheTerminal) {
    event_.request = std::make_shared<const RequestHead>(
        RequestHead{"GET\x1b[2J", "/\x1b]0;title\x07\xC2\x9B", "h\r\n", 85});
    event_.message->first.comm = "\x1b[31m";
    const std::string text = line(130);
    EXPECT_THAT(text.substr(0, text.size() - 1), Not(testing::ContainsRegex("[\x01-\x1f\x7f]")));
    EXPECT_THAT(text, HasSubstr("\\x1b"));
}

TEST_F(PrettyTest, AResponseWithoutItsRequestIsShown) {
    event_.request = nullptr;
    event_.latency_ns.reset();
    EXPECT_THAT(line(100), HasSubstr(" 404 ?→2.0K"));
}

TEST_F(PrettyTest, ARequestIsShownWhenNoResponseComes) {
    event_.message->kind = Message::Kind::request;
    event_.latency_ns.reset();
    event_.request = nullptr;
    EXPECT_THAT(line(100), HasSubstr(" no response 2.0K→\n"));
    event_.response = ResponseHead{200, 5};
    EXPECT_EQ(line(100), "");
}

TEST_F(PrettyTest, InterimResponsesWaitForTheFinalOne) {
    event_.message->status = 100;
    EXPECT_EQ(line(100), "");
}

}  // namespace
}  // namespace httpprof::replay
