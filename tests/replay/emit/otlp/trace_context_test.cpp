#include "replay/emit/otlp/trace_context.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kParent = "00f067aa0ba902b7";

TEST(TraceContextTest, TakesAValidTraceparent) {
    const std::string value = "00-" + kTrace + "-" + kParent + "-01";
    const auto parent = parse_traceparent(value);
    ASSERT_TRUE(parent.has_value());
    EXPECT_EQ(parent->trace_id, kTrace);
    EXPECT_EQ(parent->parent_id, kParent);
    EXPECT_EQ(parent->flags, 1);
}

TEST(TraceContextTest, TakesWhatLaterVersionsSayToo) {
    for (const std::string rest : {"-ff", "-01-", "-01-what-may-come"}) {
        EXPECT_TRUE(parse_traceparent("cc-" + kTrace + "-" + kParent + rest)) << rest;
    }
    EXPECT_EQ(parse_traceparent("cc-" + kTrace + "-" + kParent + "-ff")->flags, 255);
}

TEST(TraceContextTest, RefusesWhatIsNotValid) {
    for (const std::string& value : {
             std::string(),
             "00-" + kTrace + "-" + kParent,
             "00-" + kTrace + "-" + kParent + "-1",
             "00-" + kTrace + "-" + kParent + "-01-more",
             "01-" + kTrace + "-" + kParent + "-01more",
             "ff-" + kTrace + "-" + kParent + "-01",
             "0x-" + kTrace + "-" + kParent + "-01",
             "00-" + kTrace + "-" + kParent + "-0g",
             "00-" + std::string(32, '0') + "-" + kParent + "-01",
             "00-" + kTrace + "-" + std::string(16, '0') + "-01",
             "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kParent + "-01",
             "00_" + kTrace + "-" + kParent + "-01",
             "00-" + kTrace + "_" + kParent + "-01",
             "00-" + kTrace + "-" + kParent + "_01",
         }) {
        EXPECT_FALSE(parse_traceparent(value)) << value;
    }
}

TEST(TraceContextTest, IdsFollowFromTheKeyAlone) {
    const format::Endpoint here{.address = {1}, .port = 80};
    const format::Endpoint there{.address = {1}, .port = 81};
    const SpanKey key{"capture", here, there, 7};
    EXPECT_EQ(trace_id_of(key), trace_id_of(key));
    EXPECT_EQ(trace_id_of(key).size(), 32u);
    EXPECT_EQ(span_id_of(key, Side::client).size(), 16u);
    EXPECT_NE(trace_id_of(key).substr(0, 16), span_id_of(key, Side::client));
    EXPECT_NE(span_id_of(key, Side::client), span_id_of(key, Side::server));
    for (const SpanKey& other : {SpanKey{"Capture", here, there, 7},
                                 {"capture", there, here, 7},
                                 {"capture", here, here, 7},
                                 {"capture", here, there, 8}}) {
        EXPECT_NE(trace_id_of(key), trace_id_of(other));
        EXPECT_NE(span_id_of(key, Side::client), span_id_of(other, Side::client));
    }
}

}  // namespace
}  // namespace httpprof::replay
