#include "replay/protocol/http1_search.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bpf/http_start.h"

namespace httpprof::replay {
namespace {

constexpr auto kRequest = Message::Kind::request;
constexpr auto kResponse = Message::Kind::response;

TEST(FindStartLine, FindsARequestLineAtTheEndOfALine) {
    EXPECT_EQ(find_start_line("GET / HTTP/1.1\r\n", std::nullopt, false), 0U);
    EXPECT_EQ(find_start_line("{\"a\": 1}GET / HTTP/1.1\r\n", std::nullopt, false), 8U);
    EXPECT_EQ(find_start_line("a b=cPOST http://a/ HTTP/1.0\r\n", kRequest, true), 5U);
    EXPECT_EQ(find_start_line("\x01\x02M-SEARCH * HTTP/1.1\r\n", kRequest, true), 2U);
    EXPECT_EQ(find_start_line("xCONNECT a:1 HTTP/1.1\r\n", kRequest, true), 1U);
}

TEST(FindStartLine, FindsAStatusLineThatReachesToTheEnd) {
    EXPECT_EQ(find_start_line("HTTP/1.1 200 OK\r\n", std::nullopt, false), 0U);
    EXPECT_EQ(find_start_line("</p>HTTP/1.1 200\r\n", kResponse, false), 4U);
    EXPECT_EQ(find_start_line("HTTP/1.1 2000 HTTP/1.1 \x01HTTP/1.0 404 HTTP/1.1 200 \r\n",
                              std::nullopt, false),
              24U);
}

TEST(FindStartLine, BelievesAnUnknownMethodOnlyAtTheStartOfALine) {
    EXPECT_EQ(find_start_line("FROB / HTTP/1.1\r\n", std::nullopt, true), 0U);
    EXPECT_EQ(find_start_line("FROB / HTTP/1.1\r\n", std::nullopt, false), std::nullopt);
    EXPECT_EQ(find_start_line("{}FROB / HTTP/1.1\r\n", std::nullopt, true), std::nullopt);
    EXPECT_EQ(find_start_line("ET / HTTP/1.1\r\n", std::nullopt, false), std::nullopt);
}

TEST(FindStartLine, MethodsThatEndLikeAnotherAreTheirOwn) {
    EXPECT_EQ(find_start_line("ORDERPATCH / HTTP/1.1\r\n", std::nullopt, true), 0U);
    EXPECT_EQ(find_start_line("xUNCHECKOUT / HTTP/1.1\r\n", std::nullopt, true), 1U);
}

// What begins with one is recorded.
TEST(FindStartLine, FindsEveryRegisteredMethod) {
    std::size_t methods = 0;
    for (const std::string start : http_starts) {
        if (start.find(' ') != start.size() - 1 || start == "PRI ") continue;
        EXPECT_EQ(find_start_line("{}" + start + "/ HTTP/1.1\r\n", std::nullopt, false), 2U)
            << start;
        ++methods;
    }
    EXPECT_EQ(methods, 39U);
}

TEST(SizeBeforeMethod, IsThatOfTheUnknownBeginning) {
    EXPECT_EQ(size_before_method("XGET"), 1U);
    EXPECT_EQ(size_before_method("xxxxUNLOCK"), 4U);
    for (const auto* method : {"GET", "UNLOCK", "ORDERPATCH", "GETX", "get", "FROB", ""}) {
        EXPECT_EQ(size_before_method(method), 0U) << method;
    }
}

TEST(FindStartLine, IsStrict) {
    for (const auto* line : {"GET / HTTP/1.1\n",
                             "GET / HTTP/1.1",
                             "GET / HTTP/1.10\r\n",
                             "GET / HTTP/2.0\r\n",
                             "GET  / HTTP/1.1\r\n",
                             "GET\t/ HTTP/1.1\r\n",
                             "GET a HTTP/1.1\r\n",
                             "GET /a b HTTP/1.1\r\n",
                             "GET /\x01 HTTP/1.1\r\n",
                             "say GET / HTTP/1.1\r\n",
                             "GET HTTP/1.1\r\n",
                             " HTTP/1.1\r\n",
                             "HTTP/1.1\r\n",
                             "\r\n",
                             "",
                             "HTTP/1.1 20 OK\r\n",
                             "HTTP/1.1 200OK\r\n",
                             "see HTTP/1.1 200 OK\r\n",
                             "HTTP/1.1 200 \x01\r\n",
                             "HTTP/1.1 099 Low\r\n"}) {
        EXPECT_EQ(find_start_line(line, std::nullopt, true), std::nullopt) << line;
    }
}

TEST(FindStartLine, LooksForOneKindOnly) {
    EXPECT_EQ(find_start_line("GET / HTTP/1.1\r\n", kResponse, true), std::nullopt);
    EXPECT_EQ(find_start_line("HTTP/1.1 200 OK\r\n", kRequest, true), std::nullopt);
}

TEST(StartSearch, KeepsNoMoreThanTwoWindows) {
    StartSearch search(100);
    search.restart(std::nullopt, true, false);
    std::uint64_t fed = 0;
    std::uint64_t passed = 0;
    for (const std::size_t size : {50U, 60U, 70U, 80U, 99U, 1000U, 3U}) {
        search.consume(std::string(size, 'x'), {});
        fed += size;
        passed += search.take_passed();
        EXPECT_LE(fed - passed, 200U);
    }
    search.pass_pending();
    EXPECT_EQ(passed + search.take_passed(), fed);
}

TEST(StartSearch, FindsWhatAFieldLineFollows) {
    StartSearch search(100);
    search.restart(std::nullopt, true, false);
    EXPECT_EQ(search.consume("xGET / HTTP/1.1\r\nHost: a\r\n", {}), 17U);
    EXPECT_TRUE(search.has_start_line());
    EXPECT_FALSE(search.found());
    EXPECT_EQ(search.consume("Host: a\r\n", {}), 5U);
    EXPECT_TRUE(search.found());
    EXPECT_EQ(search.take().view(), "GET / HTTP/1.1\r\nHost:");
    EXPECT_EQ(search.take_passed(), 1U);
}

}  // namespace
}  // namespace httpprof::replay
