#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/diff/diff_json.h"
#include "replay/diff/diff_text.h"
#include "tests/replay/diff/made_run.h"

namespace httpprof::replay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text(const MadeRun& a, const MadeRun& b) {
    return diff_text(compare(a.set(), b.set()), "a.jsonl", "b.jsonl");
}

struct Two {
    MadeRun a;
    MadeRun b;
};

// One exchange of each kind.
Two different_runs() {
    Two two;
    two.a.exchange(1, 1, "A").request(1, 2, {{"url", "/a"}}).response(1, 2);
    two.a.response(7, 1, {{"exchange", nullptr}});
    two.b.request(2, 1).response(2, 1, {{"status_code", 500}, {"body", "A"}});
    two.b.request(3, 1, {{"method", "POST"}, {"direction", "recv"}, {"comm", "nginx"}});
    return two;
}

TEST(DiffTextTest, ReadsLikeAUnifiedDiff) {
    const Two two = different_runs();
    EXPECT_EQ(text(two.a, two.b),
              "--- a.jsonl\n"
              "+++ b.jsonl\n"
              "@@ GET /, curl (client), 1.1 | 2.1 @@\n"
              "response status_code\n"
              "-200\n"
              "+500\n"
              "@@ GET /a, curl (client), 1.2 | - @@\n"
              "-200 OK\n"
              "@@ response without its request, curl (client), 7 | - @@\n"
              "-200 OK\n"
              "@@ POST /, nginx (server), - | 3.1 @@\n"
              "+no response\n");
}

TEST(DiffTextTest, NothingIsSaidOfWhatIsEqual) {
    MadeRun a;
    MadeRun b;
    EXPECT_EQ(text(a.exchange(1, 1), b.exchange(1, 1)), "");
}

TEST(DiffTextTest, OfLongValuesThePlaceIsShown) {
    MadeRun a;
    MadeRun b;
    const std::string same = std::string(5000, 'a') + "the place: ";
    a.exchange(1, 1, same + "old" + std::string(5000, 'z'));
    b.exchange(1, 1, same + "new" + std::string(5000, 'z'));
    const std::string shown = text(a, b);
    EXPECT_THAT(shown, HasSubstr("\n-\xE2\x80\xA6"
                                 "aaaaaaaaaaaaaaaaaaathe place: oldzzz"));
    EXPECT_THAT(shown, HasSubstr("\n+\xE2\x80\xA6"
                                 "aaaaaaaaaaaaaaaaaaathe place: newzzz"));
    EXPECT_THAT(shown, HasSubstr("z\xE2\x80\xA6\n"));
    EXPECT_LT(shown.size(), 500u);
}

TEST(DiffTextTest, CharactersAreCutNowhere) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        MadeRun a;
        MadeRun b;
        std::string same(shift, 'a');
        for (int i = 0; i < 100; ++i)
            same += "\xF0\x9F\x98\x80";
        a.exchange(1, 1, same + "1" + same);
        b.exchange(1, 1, same + "2" + same);
        EXPECT_THAT(nlohmann::json(text(a, b)).dump(),
                    HasSubstr("@@ GET /"));  // throws if not UTF-8
    }
}

TEST(DiffTextTest, ManyDifferencesAreCounted) {
    MadeRun a;
    MadeRun b;
    nlohmann::json list = nlohmann::json::array();
    for (int i = 0; i < 25; ++i)
        list.push_back(i);
    a.exchange(1, 1, list.dump());
    for (auto& element : list)
        element = -1;
    b.exchange(1, 1, list.dump());
    EXPECT_THAT(text(a, b), HasSubstr("response body[19]\n-19\n+-1\nand 5 more differences\n"));
}

TEST(DiffTextTest, NothingThatATerminalActsOn) {
    MadeRun a;
    MadeRun b;
    a.request(1, 1, {{"url", "/\x1B[31m\n"}, {"comm", "\xC2\x9B"}, {"body", "\x1B]0;\xC2\x9B"}});
    b.request(1, 1, {{"url", "/\x1B[31m\n"}, {"comm", "\xC2\x9B"}, {"body", R"({"\u001b":1})"}});
    const std::string shown = text(a, b);
    EXPECT_THAT(shown, Not(HasSubstr("\x1B")));
    EXPECT_THAT(shown, Not(HasSubstr("\xC2\x9B")));
    EXPECT_THAT(shown, HasSubstr(R"(@@ GET /\x1b[31m\x0a, \xc2\x9b (client), 1.1 | 1.1 @@)"));
}

TEST(DiffJsonTest, ALineForEachExchangeAndTheCounts) {
    const Two two = different_runs();
    EXPECT_EQ(diff_json(compare(two.a.set(), two.b.set())),
              R"({"found":"different","comm":"curl","side":"client","method":"GET","url":"/",)"
              R"("a":"1.1","b":"2.1","differences":[{"message":"response","path":"status_code",)"
              R"("a":200,"b":500}]})"
              "\n"
              R"({"found":"only_in_a","comm":"curl","side":"client","method":"GET","url":"/a",)"
              R"("a":"1.2"})"
              "\n"
              R"({"found":"only_in_a","comm":"curl","side":"client","a":"7"})"
              "\n"
              R"({"found":"only_in_b","comm":"nginx","side":"server","method":"POST","url":"/",)"
              R"("b":"3.1"})"
              "\n"
              R"({"found":"summary","equal":0,"different":1,"only_in_a":2,"only_in_b":1})"
              "\n");
}

TEST(DiffJsonTest, ValuesAreWhole) {
    MadeRun a;
    MadeRun b;
    const std::string body(5000, 'a');
    a.exchange(1, 1, body);
    b.exchange(1, 1, R"({"x":[1,null,"\n"]})");
    const std::string lines = diff_json(compare(a.set(), b.set()));
    const auto line = nlohmann::json::parse(lines.substr(0, lines.find('\n')));
    EXPECT_EQ(line["differences"][0]["a"], body);
    EXPECT_EQ(line["differences"][0]["b"], nlohmann::json::parse(R"({"x":[1,null,"\n"]})"));
}

}  // namespace
}  // namespace httpprof::replay
