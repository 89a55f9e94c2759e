#include "replay/diff/comparison.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/diff/made_run.h"

namespace httpprof::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

// "1.1|2.1" and what differs in it: "response status_code: 200 -> 500".
std::vector<std::string> differences(const MadeRun& a, const MadeRun& b) {
    const auto value = [](const JsonTree* tree) { return tree == nullptr ? "-" : to_json(*tree); };
    const auto name = [](const RecordedExchange* one) { return one == nullptr ? "-" : one->name; };
    std::vector<std::string> texts;
    for (const DifferingExchange& differing : compare(a.set(), b.set()).differing) {
        texts.push_back(name(differing.pair.a) + "|" + name(differing.pair.b));
        for (const Difference& one : differing.differences) {
            texts.push_back(one.message + " " + one.path + ": " + value(one.a) + " -> " +
                            value(one.b));
        }
    }
    return texts;
}

TEST(ComparisonTest, EqualRuns) {
    MadeRun a;
    MadeRun b;
    a.exchange(1, 1, "A").exchange(1, 2, "B");
    b.exchange(5, 1, "A").exchange(5, 2, "B");
    EXPECT_THAT(differences(a, b), IsEmpty());
    const Comparison comparison = compare(a.set(), b.set());
    EXPECT_EQ(comparison.equal, 2u);
    EXPECT_EQ(comparison.different + comparison.only_in_a + comparison.only_in_b, 0u);
    EXPECT_THAT(differences(MadeRun(), MadeRun()), IsEmpty());
}

TEST(ComparisonTest, EveryFieldThatDiffersIsNamed) {
    MadeRun a;
    MadeRun b;
    a.request(1, 1, {{"headers", {{"Host", "a"}, {"Accept", "x"}}}, {"body", "1"}});
    a.response(1, 1, {{"body", R"({"items":[{"price":1},{"price":2}],"odd name":true})"}});
    b.request(1, 1, {{"headers", {{"Host", "b"}, {"X-New", "y"}}}, {"body_base64", "/w=="}});
    b.response(1, 1,
               {{"status_code", 500},
                {"reason", "Oops"},
                {"http_version", "1.0"},
                {"truncated", true},
                {"gaps", {{{"offset", 9}, {"length", 1}, {"cause", "ring-full"}}}},
                {"anomalies", {{{"id", "bare-lf"}, {"severity", "minor"}, {"offset", 16}}}},
                {"body", R"({"odd name":"x","items":[{"price":1},{"price":3},4]})"}});
    EXPECT_THAT(
        differences(a, b),
        ElementsAre("1.1|1.1",  //
                    R"(request body: "1" -> -)", R"(request body_base64: - -> "/w==")",
                    R"(request headers.accept: "x" -> -)", R"(request headers.host: "a" -> "b")",
                    R"(request headers.x-new: - -> "y")",
                    R"(response anomalies: - -> [{"id":"bare-lf","severity":"minor"}])",
                    "response body.items[1].price: 2 -> 3", "response body.items[2]: - -> 4",
                    R"(response body["odd name"]: true -> "x")",
                    R"(response gaps: - -> [{"cause":"ring-full","length":1}])",
                    R"(response http_version: - -> "1.0")", R"(response reason: "OK" -> "Oops")",
                    "response status_code: 200 -> 500", "response truncated: - -> true"));
}

// A capture chooses the names: with all of each in every path, these would take gigabytes.
TEST(ComparisonTest, OfALongPathTheEndIsNamed) {
    const auto run = [](int value) {
        const nlohmann::json numbers(5000, value);
        const nlohmann::json body = {{std::string(1 << 20, 'n'), numbers}};
        MadeRun made;
        return std::move(made.request(1, 1).response(1, 1, {{"body", body.dump()}}));
    };
    const std::vector<std::string> found = differences(run(1), run(2));
    ASSERT_EQ(found.size(), 5001u);
    EXPECT_THAT(found.back(), MatchesRegex(R"(response …n+\[4999\]: 1 -> 2)"));
    EXPECT_LT(found.back().size(), 600u);
}

TEST(ComparisonTest, TheLengthOfABodyThatIsComparedByStructureDoesNotMatter) {
    const auto run = [](const std::string& body, const std::string& other_field) {
        MadeRun made;
        nlohmann::json headers = {{"Content-Length", std::to_string(body.size())}};
        if (!other_field.empty()) headers[other_field] = "x";
        return std::move(made.request(1, 1).response(1, 1, {{"headers", headers}, {"body", body}}));
    };
    for (const char* const field : {"Server", ""}) {
        EXPECT_THAT(differences(run("{\"a\":1}", field), run("{ \"a\": 1 }", field)), IsEmpty());
        EXPECT_THAT(differences(run("{\"a\":1}", field), run("no", field)),
                    ElementsAre("1.1|1.1", R"(response body: {"a":1} -> "no")"));
        EXPECT_THAT(differences(run("no", field), run("{\"a\":1}", field)),
                    ElementsAre("1.1|1.1", R"(response body: "no" -> {"a":1})"));
        EXPECT_THAT(differences(run("no", ""), run("yes", "")),
                    ElementsAre("1.1|1.1", R"(response body: "no" -> "yes")",
                                R"(response headers.content-length: "2" -> "3")"));
    }
}

TEST(ComparisonTest, ResponsesAreMatchedFromTheFinalOne) {
    MadeRun a;
    MadeRun b;
    a.request(1, 1).response(1, 1, {{"status_code", 100}, {"reason", "Continue"}}).response(1, 1);
    b.request(1, 1).response(1, 1, {{"reason", "Fine"}});
    EXPECT_THAT(differences(a, b),
                ElementsAre("1.1|1.1",
                            R"(interim response 1 : {"reason":"Continue","status_code":100} -> -)",
                            R"(response reason: "OK" -> "Fine")"));
}

TEST(ComparisonTest, MissingResponse) {
    MadeRun a;
    MadeRun b;
    a.exchange(1, 1);
    b.request(1, 1);
    EXPECT_THAT(
        differences(a, b),
        ElementsAre("1.1|1.1", R"(response : {"body":"A","reason":"OK","status_code":200} -> -)"));
}

TEST(ComparisonTest, ExchangesOfOneRun) {
    MadeRun a;
    MadeRun b;
    a.exchange(1, 1).request(1, 2, {{"url", "/a"}}).response(3, 1, {{"exchange", nullptr}});
    b.request(1, 1, {{"url", "/b"}}).exchange(1, 2).request(2, 1, {{"method", "POST"}});
    EXPECT_THAT(differences(a, b), ElementsAre("1.2|-", "3|-", "-|1.1", "-|2.1"));
    const Comparison comparison = compare(a.set(), b.set());
    EXPECT_EQ(comparison.equal, 1u);
    EXPECT_EQ(comparison.different, 0u);
    EXPECT_EQ(comparison.only_in_a, 2u);
    EXPECT_EQ(comparison.only_in_b, 2u);
}

// A request of which nothing could be read has the key of a response without its request.
TEST(ComparisonTest, ARequestIsNoResponse) {
    MadeRun a;
    MadeRun b;
    a.request(1, 1, {{"method", nullptr}, {"url", nullptr}, {"headers", nullptr}});
    b.response(1, 1, {{"exchange", nullptr}});
    EXPECT_THAT(differences(a, b),
                ElementsAre("1.1|1", "request : {} -> -",
                            R"(response : - -> {"reason":"OK","status_code":200})"));
}

TEST(ComparisonTest, BothEndsOfAnExchangeAreTwo) {
    MadeRun a;
    MadeRun b;
    a.request(1, 1).request(2, 1, {{"direction", "recv"}, {"comm", "nginx"}});
    b.request(1, 1, {{"direction", "recv"}, {"comm", "nginx"}}).request(2, 1);
    EXPECT_THAT(differences(a, b), IsEmpty());
    MadeRun other;
    other.request(1, 1).request(2, 1, {{"direction", "recv"}, {"comm", "apache"}});
    EXPECT_THAT(differences(a, other), ElementsAre("2.1|-", "-|2.1"));
}

TEST(ComparisonTest, WhichThreadOfManyDoesNotMatter) {
    MadeRun a;
    MadeRun b;
    a.request(1, 1, {{"comm", "nio-8080-exec-1"}});
    b.request(1, 1, {{"comm", "nio-8080-exec-12"}});
    EXPECT_THAT(differences(a, b), IsEmpty());
}

TEST(ComparisonTest, ConnectionsMayInterleaveAsTheyLike) {
    MadeRun a;
    MadeRun b;
    a.exchange(1, 1, "A").exchange(2, 1, "X").exchange(1, 2, "B").exchange(2, 2, "Y");
    b.exchange(1, 1, "X").exchange(2, 1, "A").exchange(1, 2, "Y").exchange(2, 2, "B");
    EXPECT_THAT(differences(a, b), IsEmpty());
}

TEST(ComparisonTest, ConnectionsMayBeSharedOtherwise) {
    MadeRun a;
    MadeRun b;
    a.exchange(1, 1, "A").exchange(1, 2, "B").exchange(1, 3, "C");
    b.exchange(1, 1, "A").exchange(2, 1, "B").exchange(3, 1, "C");
    EXPECT_THAT(differences(a, b), IsEmpty());
    EXPECT_THAT(differences(b, a), IsEmpty());
}

TEST(ComparisonTest, OrderOnOneConnectionMatters) {
    MadeRun a;
    MadeRun b;
    a.exchange(1, 1, "A").exchange(1, 2, "B");
    b.exchange(1, 1, "B").exchange(1, 2, "A");
    EXPECT_THAT(differences(a, b), ElementsAre("1.1|1.1", R"(response body: "A" -> "B")",  //
                                               "1.2|1.2", R"(response body: "B" -> "A")"));
}

TEST(ComparisonTest, OneMoreInTheMiddleMovesNoOther) {
    MadeRun a;
    MadeRun b;
    a.exchange(1, 1, "A").exchange(1, 2, "B").exchange(1, 3, "C");
    b.exchange(1, 1, "A").exchange(1, 2, "new").exchange(1, 3, "B").exchange(1, 4, "C");
    EXPECT_THAT(differences(a, b), ElementsAre("-|1.2"));
    EXPECT_THAT(differences(b, a), ElementsAre("1.2|-"));
}

TEST(ComparisonTest, OneDifferenceAmongConnectionsIsOne) {
    MadeRun a;
    MadeRun b;
    a.exchange(1, 1, "A").exchange(2, 1, "B").exchange(3, 1, "C");
    b.exchange(1, 1, "C").exchange(2, 1, "changed").exchange(3, 1, "A");
    EXPECT_THAT(differences(a, b), ElementsAre("2.1|2.1", R"(response body: "B" -> "changed")"));
}

}  // namespace
}  // namespace httpprof::replay
