#include "replay/filter/filter.h"

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/characters.h"

namespace httpprof::replay {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct FakeSubject final : FilterSubject {
    void texts(TextField field, std::vector<std::string_view>& values) override {
        for (const std::string& value : texts_of[field])
            values.push_back(value);
    }
    void headers(std::string_view name, std::vector<std::string_view>& values) override {
        for (const std::string& value : headers_of[format::lower_case(name)])
            values.push_back(value);
    }
    void numbers(NumberField field, std::vector<std::uint64_t>& values) override {
        for (const std::uint64_t value : numbers_of[field])
            values.push_back(value);
    }

    std::map<TextField, std::vector<std::string>> texts_of;
    std::map<std::string, std::vector<std::string>> headers_of;
    std::map<NumberField, std::vector<std::uint64_t>> numbers_of;
};

constexpr std::uint64_t kMillisecond = 1'000'000;

// A request with two responses, the first of them an interim one.
FakeSubject subject() {
    FakeSubject subject;
    subject.texts_of = {
        {TextField::method, {"POST"}},
        {TextField::host, {"shop.example"}},
        {TextField::path, {"/api/items"}},
        {TextField::query, {"page=2"}},
        {TextField::url, {"/api/items?page=2"}},
        {TextField::comm, {"curl"}},
        {TextField::cmdline, {"curl -s http://shop"}},
        {TextField::direction, {"recv"}},
        {TextField::side, {"client"}},
        {TextField::version, {"1.1", "1.1"}},
        {TextField::source_ip, {"10.0.0.2"}},
        {TextField::dest_ip, {"::1"}},
        {TextField::body, {"{\"a\":1}", "caf\xC3\xA9"}},
        {TextField::anomaly, {"bare-lf"}},
        {TextField::severity, {"minor"}},
    };
    subject.headers_of = {{"content-type", {"application/json", "text/plain"}}};
    subject.numbers_of = {
        {NumberField::status, {100, 503}},
        {NumberField::pid, {2}},
        {NumberField::port, {8080, 40000}},
        {NumberField::source_port, {8080}},
        {NumberField::dest_port, {40000}},
        {NumberField::connection, {7}},
        {NumberField::latency, {250 * kMillisecond}},
        {NumberField::duration, {kMillisecond}},
        {NumberField::bytes, {300, 2048}},
        {NumberField::body_size, {1536}},
        {NumberField::truncated, {0}},
    };
    return subject;
}

bool matches(const std::string& expression) {
    const auto parsed = Filter::parse(expression);
    if (const auto* error = std::get_if<FilterError>(&parsed)) {
        ADD_FAILURE() << expression << ": column " << error->column << ": " << error->message;
        return false;
    }
    FakeSubject asked = subject();
    return std::get<Filter>(parsed).matches(asked);
}

TEST(FilterTest, WhatTheDocumentationShows) {
    EXPECT_TRUE(matches(R"(method == "POST" && status >= 500 && path startsWith "/api" )"
                        R"(&& latency > 200ms && pid in (1,2))"));
    EXPECT_FALSE(matches(R"(method == "POST" && status >= 500 && path startsWith "/api" )"
                         R"(&& latency > 300ms && pid in (1,2))"));
}

TEST(FilterTest, EveryField) {
    for (const char* expression : {R"(method == "POST")",
                                   "status == 503",
                                   R"(host == "shop.example")",
                                   R"(path == "/api/items")",
                                   R"(query == "page=2")",
                                   R"(url == "/api/items?page=2")",
                                   R"(version == "1.1")",
                                   "pid == 2",
                                   R"(comm == "curl")",
                                   R"(cmdline contains "shop")",
                                   "port == 8080",
                                   "port == 40000",
                                   R"(source_ip == "10.0.0.2")",
                                   R"(dest_ip == "::1")",
                                   "source_port == 8080",
                                   "dest_port == 40000",
                                   R"(direction == "recv")",
                                   R"(side == "client")",
                                   "latency == 250ms",
                                   "duration == 1ms",
                                   "bytes == 300",
                                   "body_size == 1536",
                                   R"(body contains "a")",
                                   "connection == 7",
                                   R"(anomaly == "bare-lf")",
                                   R"(severity == "minor")",
                                   "truncated == false",
                                   R"(header("Content-Type") == "text/plain")",
                                   R"(header["content-type"] == "text/plain")"}) {
        EXPECT_TRUE(matches(expression)) << expression;
        EXPECT_FALSE(matches("!(" + std::string(expression) + ")")) << expression;
    }
}

TEST(FilterTest, TextsAreComparedAsEventsShowThem) {
    FakeSubject latin;  // ISO-8859-1
    latin.texts_of[TextField::url] = {"/caf\xE9"};
    latin.texts_of[TextField::body] = {"caf\xE9"};
    latin.headers_of["x-name"] = {"\xE9t\xE9", "other"};
    const auto is = [&latin](const std::string& expression) {
        return std::get<Filter>(Filter::parse(expression)).matches(latin);
    };
    for (const char* expression :
         {R"(url == "/café")", R"(url == "/caf\xe9")", R"(url in ("/caf\xc3\xa9"))",
          R"(url endsWith "é")", R"(url matches "^/caf.$")", R"(url matches "f\xe9")",
          R"(header["X-Name"] == "été")", R"(header["X-Name"] matches "^.t.$")",
          R"(body == "caf\xe9")", R"(!(body contains "é"))"}) {
        EXPECT_TRUE(is(expression)) << expression;
    }
}

TEST(FilterTest, TextOperators) {
    EXPECT_FALSE(matches(R"(method == "post")"));
    EXPECT_TRUE(matches(R"(method != "GET")"));
    EXPECT_FALSE(matches(R"(method != "POST")"));
    EXPECT_TRUE(matches(R"(method in ("GET", "POST"))"));
    EXPECT_FALSE(matches(R"(method in ("GET"))"));
    EXPECT_TRUE(matches(R"(path startsWith "/api/")"));
    EXPECT_FALSE(matches(R"(path startsWith "api")"));
    EXPECT_TRUE(matches(R"(path endsWith "items")"));
    EXPECT_FALSE(matches(R"(path endsWith "item")"));
    EXPECT_TRUE(matches(R"(path contains "pi/it")"));
    EXPECT_FALSE(matches(R"(path contains "PI")"));
}

TEST(FilterTest, RegularExpressionsMatchAnywhere) {
    EXPECT_TRUE(matches(R"(path matches "i[st]ems?$")"));
    EXPECT_TRUE(matches(R"(path matches "^/api")"));
    EXPECT_FALSE(matches(R"(path matches "^api")"));
    EXPECT_TRUE(matches(R"(path matches "(?i)ITEMS")"));
    EXPECT_TRUE(matches(R"(url matches "page=\\d$")"));
    EXPECT_TRUE(matches(R"(body matches "^caf.$")"));
    EXPECT_TRUE(matches(R"(header["Content-Type"] matches "json|xml")"));
}

TEST(FilterTest, NumberOperators) {
    EXPECT_TRUE(matches("latency > 249ms"));
    EXPECT_FALSE(matches("latency > 250ms"));
    EXPECT_TRUE(matches("latency >= 250ms"));
    EXPECT_FALSE(matches("latency < 250ms"));
    EXPECT_TRUE(matches("latency <= 250ms"));
    EXPECT_TRUE(matches("pid != 3"));
    EXPECT_FALSE(matches("pid != 2"));
    EXPECT_TRUE(matches("pid in (1, 2, 3)"));
    EXPECT_FALSE(matches("pid in (1, 3)"));
}

TEST(FilterTest, Units) {
    EXPECT_TRUE(matches("latency == 250000000ns"));
    EXPECT_TRUE(matches("latency == 250000us"));
    EXPECT_TRUE(matches("latency == 0.25s"));
    EXPECT_TRUE(matches("latency == 0.250000000s"));
    EXPECT_TRUE(matches("latency < 1m and latency < 1h"));
    EXPECT_TRUE(matches("duration < 0.00001h and duration > 0.00000000025h"));
    EXPECT_TRUE(matches("bytes == 2KiB"));
    EXPECT_TRUE(matches("body_size == 1.5KiB"));
    EXPECT_TRUE(matches("body_size < 1MiB && body_size < 1GiB"));
    EXPECT_TRUE(matches("pid < 18446744073709551615"));
}

TEST(FilterTest, OneOfSeveralValuesIsEnough) {
    EXPECT_TRUE(matches("status == 100 && status == 503"));
    EXPECT_TRUE(matches("status < 200 && status >= 500"));
    EXPECT_FALSE(matches("status == 200"));
    EXPECT_TRUE(matches("status != 200"));
    EXPECT_FALSE(matches("status != 100"));
    EXPECT_TRUE(matches(R"(header["Content-Type"] == "application/json")"));
}

TEST(FilterTest, NothingHoldsOfAFieldWithoutValues) {
    FakeSubject empty;
    const auto holds = [&empty](const std::string& expression) {
        return std::get<Filter>(Filter::parse(expression)).matches(empty);
    };
    for (const char* expression :
         {"status == 200", "status != 200", "status < 200", "status >= 0", "status in (200)",
          "status", R"(path == "")", R"(path != "/")", R"(path contains "")", R"(path matches "")",
          "path", R"(header["A"] != "1")", R"(header["A"])", "truncated", "truncated == false",
          "truncated != true"}) {
        EXPECT_FALSE(holds(expression)) << expression;
        EXPECT_TRUE(holds("!(" + std::string(expression) + ")")) << expression;
    }
}

TEST(FilterTest, AFieldAloneSaysThatItIsThereABooleanThatItIsTrue) {
    EXPECT_TRUE(matches("status"));
    EXPECT_TRUE(matches("latency && anomaly"));
    EXPECT_TRUE(matches(R"(header["Content-Type"])"));
    EXPECT_FALSE(matches(R"(header["Content-Length"])"));
    EXPECT_FALSE(matches("truncated"));
    EXPECT_TRUE(matches("!truncated"));
    EXPECT_TRUE(matches("truncated != true"));
}

TEST(FilterTest, Logic) {
    // pid is 2; 1 and 3 are wrong. And binds tighter than or, not tighter than both.
    EXPECT_TRUE(matches("pid == 2 || pid == 1 && pid == 3"));
    EXPECT_FALSE(matches("(pid == 2 || pid == 1) && pid == 3"));
    EXPECT_TRUE(matches("pid == 2 or pid == 1 and pid == 3"));
    EXPECT_TRUE(matches("pid == 1 && pid == 1 || pid == 2"));
    EXPECT_TRUE(matches("!pid == 1 && pid == 2"));
    EXPECT_TRUE(matches("not pid == 1 and not pid == 3"));
    EXPECT_FALSE(matches("not(pid == 2)"));
    EXPECT_TRUE(matches("!!(pid == 2)"));
    EXPECT_TRUE(matches("((pid == 1) || ((pid == 2)))"));
    EXPECT_TRUE(matches("pid == 1 || pid == 3 || pid == 2"));
    EXPECT_FALSE(matches("pid == 2 && pid == 2 && pid == 1"));
}

TEST(FilterTest, WhiteSpaceIsFree) {
    EXPECT_TRUE(matches("pid==2&&status>=500&&!truncated"));
    EXPECT_TRUE(matches(" \t\r\n pid\n==\n2 \n"));
    EXPECT_TRUE(matches("pid in(1,2)"));
    EXPECT_TRUE(matches(R"(header [ "Content-Type" ] == "text/plain")"));
}

TEST(FilterTest, TextLiterals) {
    FakeSubject odd;
    odd.texts_of[TextField::body] = {"a\"b'c\\d\ne\rf\tg\0h\xFF"s};
    const auto is = [&odd](const std::string& literal) {
        const auto parsed = Filter::parse("body == " + literal);
        return std::holds_alternative<Filter>(parsed) && std::get<Filter>(parsed).matches(odd);
    };
    EXPECT_TRUE(is(R"("a\"b'c\\d\ne\rf\tg\x00h\xfF")"));
    EXPECT_TRUE(is(R"('a"b\'c\\d\x0ae\x0Df\x09g\x00h\xff')"));
    EXPECT_FALSE(is(R"("a")"));
    EXPECT_TRUE(matches("body == 'caf\xC3\xA9'"));
    EXPECT_TRUE(matches(R"(body == "caf\xC3\xA9")"));
}

TEST(FilterTest, RegularExpressionsAreRunOnHostileTextInLinearTime) {
    FakeSubject hostile;
    hostile.texts_of[TextField::body] = {std::string(1'000'000, 'a')};
    const auto parsed = Filter::parse(R"(body matches "^(a+)+(a*)*b$")");
    EXPECT_FALSE(std::get<Filter>(parsed).matches(hostile));
}

struct Wrong {
    std::string expression;
    std::size_t column;
    const char* message;
};

void expect_errors(const std::vector<Wrong>& cases) {
    for (const Wrong& wrong : cases) {
        SCOPED_TRACE(wrong.expression);
        const auto parsed = Filter::parse(wrong.expression);
        const auto* error = std::get_if<FilterError>(&parsed);
        ASSERT_NE(error, nullptr);
        EXPECT_EQ(error->column, wrong.column) << error->message;
        EXPECT_THAT(error->message, HasSubstr(wrong.message));
    }
}

TEST(FilterErrorTest, Structure) {
    expect_errors({{"", 1, "a field is expected here"},
                   {"  ", 3, "a field is expected here"},
                   {"pid == 1 &&", 12, "a field is expected here"},
                   {"|| pid == 1", 1, "a field is expected here"},
                   {"pid == 1 && && pid == 2", 13, "a field is expected here"},
                   {"200 == status", 1, "a field is expected here"},
                   {"\"GET\" == method", 1, "a field is expected here"},
                   {"()", 2, "a field is expected here"},
                   {"pid == 1 pid == 2", 10, "an operator is expected here, or the end"},
                   {"status 200", 8, "an operator is expected here, or the end"},
                   {"pid == 1)", 9, "this ')' closes nothing"},
                   {"(pid == 1", 1, "this '(' is not closed"},
                   {"pid == 2 && (pid == 1 || (pid == 3)", 13, "this '(' is not closed"},
                   {"(pid == 1 pid == 2)", 11, "an operator is expected here, or ')'"},
                   {"!", 2, "a field is expected here"},
                   {"stauts == 1", 1, "there is no field 'stauts'; there are method, status, host"},
                   {"pid == 1 && Status == 2", 13, "there is no field 'Status'"},
                   {"and == 1", 1, "there is no field 'and'"},
                   {"pid in 1", 8, "'(' is expected here"},
                   {"pid in (1", 10, "',' or ')'"},
                   {"pid in (1 2)", 11, "',' or ')'"},
                   {"pid in ()", 9, "pid is a number"},
                   {"pid in (1,)", 11, "pid is a number"},
                   {"header == 1", 8, "header[\"Name\"]"},
                   {"header[Name] == \"a\"", 8, "header[\""},
                   {"header[\"\"]", 8, "header[\"Name\"]"},
                   {"header[\"A\") == \"a\"", 11, "']' is expected here"},
                   {"header(\"A\"] == \"a\"", 11, "')' is expected here"}});
}

TEST(FilterErrorTest, Types) {
    expect_errors(
        {{"status == \"200\"", 11, "status is a number without a unit"},
         {"status == 200ms", 11, "status is a number without a unit"},
         {"pid in (1, \"2\")", 12, "pid is a number"},
         {"pid ==", 7, "pid is a number"},
         {"pid == pid", 8, "pid is a number"},
         {"status startsWith \"5\"", 8, "'startsWith' is not for numbers"},
         {"status matches \"5..\"", 8, "'matches' is not for numbers"},
         {"method == POST", 11, "method is a text: its value belongs in quotes"},
         {"method == 5", 11, "method is a text"},
         {"method ==", 10, "method is a text"},
         {"method in (\"GET\", 5)", 19, "method is a text"},
         {"method > \"GET\"", 8, "'>' is not for texts, and method is one"},
         {"header[\"A\"] < \"1\"", 13, "'<' is not for texts, and header is one"},
         {"header[\"Content-Length\"] == 5", 29, "header is a text"},
         {"latency > 200", 11, "latency is a duration: a number with a unit, as in 200ms"},
         {"latency > 2KiB", 11, "latency is a duration"},
         {"bytes > 2ms", 9, "bytes is a size in bytes, as in 1500 or 64KiB"},
         {"truncated == 1", 14, "truncated is true or false"},
         {"truncated == \"true\"", 14, "truncated is true or false"},
         {"truncated < true", 11, "'<' is not for booleans"},
         {"status == true", 11, "status is a number"},
         {"direction == \"out\"", 14, "direction is \"send\" or \"recv\""},
         {"side in (\"client\", \"peer\")", 20, "side is \"client\" or \"server\""},
         {"severity == \"bad\"", 13, "severity is \"severe\", \"ambiguous\", \"minor\" or"},
         {"path matches 5", 14, "a regular expression in quotes"},
         {"path matches \"(a\"", 14, "not a regular expression: missing )"},
         {"path matches \"(?=a)\"", 14, "not a regular expression"}});
}

TEST(FilterErrorTest, Tokens) {
    expect_errors(
        {{"pid = 1", 5, "'=' is no operator; use '=='"},
         {"pid == 1 & pid == 2", 10, "use '&&'"},
         {"pid == 1 | pid == 2", 10, "use '||'"},
         {"pid == -1", 8, "no negative numbers"},
         {"path == /api", 9, "unexpected '/'"},
         {"pid == 1;", 9, "unexpected ';'"},
         {"path == \"/api", 9, "this text has no closing quote"},
         {"path == '/api\"", 9, "this text has no closing quote"},
         {"path == \"/api\\", 14, "unknown escape sequence"},
         {"path matches \"^\\d\"", 16, "unknown escape sequence; there are \\\\ "},
         {"path == \"\\x4\"", 10, "unknown escape sequence"},
         {"path == \"\\xg0\"", 10, "unknown escape sequence"},
         {"latency > 5sec", 11, "'5sec' has an unknown unit; there are ns, us, ms, s, m, h"},
         {"bytes > 10KB", 9, "'10KB' has an unknown unit"},
         {"bytes > 1.2.3", 9, "'1.2.3' has an unknown unit"},
         {"pid == 1x", 8, "'1x' has an unknown unit"},
         {"pid == 18446744073709551616", 8, "is too large"},
         {"latency > 99999999999h", 11, "is too large"},
         {"bytes > 17179869184GiB", 9, "is too large"},
         {"bytes > 17179869183.9999999999GiB", 9, "is too precise"},
         {"latency > 0.5ns", 11, "'0.5ns' is too precise: durations are whole nanoseconds"},
         {"bytes > 0.3KiB", 9, "is too precise: sizes are whole bytes"},
         {"bytes > 0." + std::string(18, '0') + "1GiB", 9, "is too precise"},
         {"bytes > 0." + std::string(19, '0') + "1GiB", 9, "is too precise"},
         {"bytes > 0." + std::string(63, '0') + "1KiB", 9, "is too precise"},
         {"pid == 1.5", 8, "is too precise: a number without a unit is whole"},
         {"path \xC3\xA4 1", 6, "this character has to be inside of quotes"},
         {"pid == 1 \x01", 10, "this character has to be inside of quotes"},
         // Columns count characters, not bytes.
         {"path == \"\xC3\xA4\xE2\x82\xAC\" && pid = 1", 21, "'=' is no operator"}});
}

TEST(FilterTest, ErrorsHaveACaretBelowTheirPlace) {
    const std::string expression = "path == \"\xC3\xA4\" &&\n\tpid = 1";
    const auto parsed = Filter::parse(expression);
    EXPECT_THAT(error_lines(expression, std::get<FilterError>(parsed)),
                ElementsAre("column 21: '=' is no operator; use '=='",
                            "path == \"\xC3\xA4\" &&  pid = 1",  //
                            "                    ^"));
}

TEST(FilterTest, DepthIsBounded) {
    const auto nested = [](std::size_t depth, const std::string& opening,
                           const std::string& closing) {
        std::string text;
        for (std::size_t i = 0; i < depth; ++i)
            text += opening;
        text += "pid == 2";
        for (std::size_t i = 0; i < depth; ++i)
            text += closing;
        return text;
    };
    EXPECT_TRUE(matches(nested(100, "(", ")")));
    EXPECT_TRUE(matches(nested(100, "!", "")));
    EXPECT_TRUE(matches(nested(50, "!(", ")")));
    for (const auto& text : {nested(101, "(", ")"), nested(101, "!", ""), nested(9000, "(", "")}) {
        const auto parsed = Filter::parse(text);
        ASSERT_TRUE(std::holds_alternative<FilterError>(parsed));
        EXPECT_EQ(std::get<FilterError>(parsed).column, 101u);
        EXPECT_THAT(std::get<FilterError>(parsed).message, HasSubstr("at most 100 deep"));
    }
}

TEST(FilterTest, LengthIsBounded) {
    const std::string longest = "pid == 2" + std::string(16 * 1024 - 8, ' ');
    EXPECT_TRUE(matches(longest));
    const auto parsed = Filter::parse(longest + ' ');
    ASSERT_TRUE(std::holds_alternative<FilterError>(parsed));
    EXPECT_THAT(std::get<FilterError>(parsed).message, HasSubstr("at most 16384 bytes"));
}

TEST(FilterTest, LongChainsAreNotDeep) {
    std::string text = "pid == 1";
    while (text.size() < 16'000)
        text += "||pid==1";
    EXPECT_FALSE(matches(text));
    EXPECT_TRUE(matches(text + "||pid==2"));
}

// The same ones at every run: some pieces are put together at random, some bytes are random.
TEST(FilterTest, WhateverIsAskedIsAnsweredOrRefusedAtAColumnOfIt) {
    constexpr std::string_view kPieces[] = {
        "pid",   "==",  "2",      "&&",        "||",    "!",        "(",      ")",   "method",
        "\"a\"", "in",  ",",      "latency",   "200ms", "header",   "[",      "]",   "'",
        "true",  "and", "status", "truncated", "<=",    "matches",  "\"(a\"", "\\",  " ",
        "not",   "or",  "\xC3",   "bytes",     "1KiB",  "contains", "body",   "side"};
    std::mt19937 random(42);
    FakeSubject asked = subject();
    std::size_t accepted = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::string text;
        const std::size_t count = random() % 8 + 1;
        for (std::size_t j = 0; j < count; ++j) {
            text += random() % 50 == 0 ? std::string(1, static_cast<char>(random() % 256))
                                       : std::string(kPieces[random() % std::size(kPieces)]);
            text += random() % 2 == 0 ? " " : "";
        }
        const auto parsed = Filter::parse(text);
        if (const auto* filter = std::get_if<Filter>(&parsed)) {
            filter->matches(asked);
            ++accepted;
        } else {
            const auto& error = std::get<FilterError>(parsed);
            EXPECT_GE(error.column, 1u) << text;
            EXPECT_LE(error.column, text.size() + 1) << text;
            EXPECT_NE(error.message, "") << text;
        }
    }
    EXPECT_GT(accepted, 100u);
}

}  // namespace
}  // namespace httpprof::replay
