#include "replay/diff/exchange_set.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replay/diff/made_run.h"

namespace httpprof::replay {
namespace {

using ::testing::HasSubstr;

std::string only_request(const MadeRun& run) {
    EXPECT_EQ(run.set().exchanges().size(), 1u);
    return to_json(*run.set().exchanges().front().request);
}

TEST(ExchangeSetTest, EventsOfAnExchangeComeTogether) {
    MadeRun run;
    run.request(1, 1, {{"method", "PUT"}, {"url", "/x"}}).request(2, 1).request(1, 2);
    run.response(2, 1).response(1, 1, {{"status_code", 100}}).response(1, 1).response(1, 2);
    const auto& exchanges = run.set().exchanges();
    ASSERT_EQ(exchanges.size(), 3u);
    EXPECT_EQ(exchanges[0].name, "1.1");
    EXPECT_EQ(exchanges[0].connection, "1");
    EXPECT_EQ(exchanges[0].method, "PUT");
    EXPECT_EQ(exchanges[0].target, "/x");
    EXPECT_EQ(exchanges[0].comm, "curl");
    EXPECT_EQ(exchanges[0].responses.size(), 2u);
    EXPECT_EQ(exchanges[1].name, "2.1");
    EXPECT_EQ(exchanges[1].responses.size(), 1u);
}

TEST(ExchangeSetTest, EndsAreToldByDirection) {
    MadeRun run;
    run.request(1, 1).request(2, 1, {{"direction", "recv"}});
    run.response(3, 1, {{"exchange", nullptr}});
    run.response(4, 1, {{"exchange", nullptr}, {"direction", "send"}});
    const auto& exchanges = run.set().exchanges();
    ASSERT_EQ(exchanges.size(), 4u);
    EXPECT_TRUE(exchanges[0].is_client);
    EXPECT_FALSE(exchanges[1].is_client);
    EXPECT_TRUE(exchanges[2].is_client);
    EXPECT_FALSE(exchanges[3].is_client);
    EXPECT_FALSE(exchanges[2].request);
    EXPECT_EQ(exchanges[2].name, "3");
    EXPECT_EQ(exchanges[2].comm, "curl");
}

TEST(ExchangeSetTest, WhatChangesFromRunToRunIsNotThere) {
    MadeRun run({"X-Trace"});
    run.request(1, 1,
                {{"headers", {{"Host", "h"}, {"DATE", "now"}, {"x-trace", "7"}}},
                 {"host", "web-1"},
                 {"ns_pid", 1},
                 {"cmdline", "curl"},
                 {"dest_ip", "127.0.0.1"},
                 {"dest_port", 80},
                 {"bytes", 100},
                 {"duration_ns", 5},
                 {"latency_ns", 5},
                 {"raw_payload", "GET"},
                 {"raw_payload_base64", "R0VU"}});
    EXPECT_EQ(only_request(run), R"({"headers":{"host":"h"}})");
}

TEST(ExchangeSetTest, NamesOfHeaderFieldsAreInLowerCase) {
    MadeRun run;
    run.request(1, 1,
                {{"headers", {{"B", {"2", "3"}}, {"A", "1"}, {"b", "4"}, {"Date", "x"}}},
                 {"trailers", {{"Date", "x"}}}});
    EXPECT_EQ(only_request(run), R"({"headers":{"a":"1","b":["2","3","4"]}})");
}

TEST(ExchangeSetTest, JsonBodiesAreStructures) {
    MadeRun run;
    run.request(1, 1,
                {{"body", " {\"b\": 1, \"a\": [2]} "},
                 {"body_size", 20},
                 {"headers", {{"Content-Length", "20"}}}});
    EXPECT_EQ(only_request(run), R"({"body":{"a":[2],"b":1}})");
}

TEST(ExchangeSetTest, OtherBodiesAreTexts) {
    for (const char* body :
         {"\xEF\xBB\xBF{\"a\":1}", "{\"a\":1", "1", "\"a\"", "text", "{\"a\":1,\"a\":2}"}) {
        MadeRun run;
        run.request(1, 1, {{"body", body}, {"headers", {{"Content-Length", "20"}}}});
        EXPECT_EQ(only_request(run),
                  nlohmann::json({{"body", body}, {"headers", {{"content-length", "20"}}}}).dump());
    }
}

TEST(ExchangeSetTest, SizesOfBodiesCountWhereTheirBytesAreMissing) {
    const auto kept = [](nlohmann::json fields) {
        MadeRun run;
        fields["headers"] = nullptr;
        fields["body_size"] = 9;
        return only_request(run.request(1, 1, fields));
    };
    EXPECT_EQ(kept({}), R"({"body_size":9})");
    EXPECT_EQ(kept({{"body", "a"}}), R"({"body":"a"})");
    EXPECT_EQ(kept({{"body_base64", "/w=="}}), R"({"body_base64":"/w=="})");
    EXPECT_EQ(kept({{"body", "a"}, {"decoded_size", 1}}), R"({"body":"a"})");
    EXPECT_EQ(kept({{"decoded_size", 1}}), R"({"body_size":9,"decoded_size":1})");
    EXPECT_EQ(kept({{"body", "a"}, {"gaps", {{{"offset", 1}, {"length", 8}}}}}),
              R"({"body":"a","body_size":9,"gaps":[{"length":8}]})");
}

TEST(ExchangeSetTest, SizesOfBodiesCountWhereTheyAreCut) {
    const auto kept = [](nlohmann::json fields, bool is_cut) {
        MadeRun run;
        fields.update({{"headers", nullptr}, {"shortened", true}});
        const std::string request = only_request(run.request(1, 1, fields));
        EXPECT_EQ(run.set().has_cut_bodies(), is_cut);
        return request;
    };
    EXPECT_EQ(kept({{"body", "a"}, {"body_size", 9}}, true),
              R"({"body":"a","body_size":9,"shortened":true})");
    EXPECT_EQ(kept({{"body_base64", "/w=="}, {"body_size", 9}}, true),
              R"({"body_base64":"/w==","body_size":9,"shortened":true})");
    EXPECT_EQ(kept({{"body_size", 9}}, true), R"({"body_size":9,"shortened":true})");
    EXPECT_EQ(kept({{"body_base64", "/w=="}, {"body_size", 1}}, false),
              R"({"body_base64":"/w==","shortened":true})");
    EXPECT_EQ(kept({{"body", "a"}, {"body_size", 1}, {"decoded_size", 9}}, true),
              R"({"body":"a","decoded_size":9,"shortened":true})");
    EXPECT_EQ(kept({{"body", "[1]"}, {"body_size", 9}}, true),
              R"({"body":"[1]","body_size":9,"shortened":true})");
    EXPECT_EQ(kept({{"body", "[1]"}, {"body_size", 3}}, false), R"({"body":[1],"shortened":true})");
    EXPECT_EQ(kept({}, false), R"({"shortened":true})");
}

TEST(ExchangeSetTest, WhatIsOddStaysWithoutItsOffset) {
    MadeRun run;
    run.request(1, 1,
                {{"headers", nullptr},
                 {"truncated", true},
                 {"anomalies", {{{"id", "bare-lf"}, {"severity", "minor"}, {"offset", 16}}}}});
    EXPECT_EQ(only_request(run),
              R"({"anomalies":[{"id":"bare-lf","severity":"minor"}],"truncated":true})");
}

TEST(ExchangeSetTest, MemoryIsBounded) {
    ExchangeSet set({}, std::size_t{1} << 20U);
    const std::string event = R"({"direction":"send","body":")" + std::string(300'000, 'x') + "\"}";
    EXPECT_TRUE(set.add_event(event));
    auto added = set.add_event(event);
    for (int i = 0; i < 3 && added; ++i)
        added = set.add_event(event);
    ASSERT_FALSE(added);
    EXPECT_THAT(added.error().message, HasSubstr("more than 1 MiB of memory"));
}

TEST(ExchangeSetTest, WhatIsNoEvent) {
    ExchangeSet set({});
    const auto error = [&set](const char* line) {
        const auto added = set.add_event(line);
        return added ? "" : added.error().message;
    };
    EXPECT_THAT(error(""), HasSubstr("not a line of JSON"));
    EXPECT_THAT(error("{\"direction\":\"send\""), HasSubstr("not a line of JSON"));
    EXPECT_THAT(error("[1]"), HasSubstr("not a JSON object"));
    EXPECT_THAT(error("{}"), HasSubstr("direction"));
    EXPECT_THAT(error("{\"direction\":5}"), HasSubstr("direction"));
    EXPECT_EQ(error("{\"direction\":\"send\",\"exchange\":\"1.1\"}"), "");
    EXPECT_THAT(error("{\"direction\":\"send\",\"exchange\":\"1.1\"}"),
                HasSubstr("a second request of exchange 1.1"));
}

// Fields of a kind that analyze would not write.
TEST(ExchangeSetTest, OddEventsDoNoHarm) {
    ExchangeSet set({});
    EXPECT_TRUE(set.add_event(R"({"direction":"send","comm":1,"method":[],"url":{},"headers":[1],)"
                              R"("trailers":"x","body":5,"gaps":{},"anomalies":[1,"a",[2]],)"
                              R"("exchange":7,"connection":"x"})")
                    .ok());
    ASSERT_EQ(set.exchanges().size(), 1u);
    EXPECT_EQ(set.exchanges()[0].name, "");
}

}  // namespace
}  // namespace httpprof::replay
