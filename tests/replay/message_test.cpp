#include "replay/message.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

// The ids are written to outputs that others read: one may be added, none may change.
const std::map<std::string, std::string>& known_ids() {
    static const std::map<std::string, std::string> ids = {
        {"content-length-differs", "severe"},
        {"content-length-invalid", "severe"},
        {"transfer-coding-unknown", "severe"},
        {"transfer-coding-repeated", "severe"},
        {"chunk-size-invalid", "severe"},
        {"chunk-end-missing", "severe"},
        {"chunk-bare-lf", "severe"},
        {"control-character", "severe"},
        {"start-line-invalid", "severe"},
        {"field-line-invalid", "severe"},
        {"content-length-with-transfer-encoding", "ambiguous"},
        {"content-length-repeated", "ambiguous"},
        {"folded-field-line", "ambiguous"},
        {"space-before-colon", "ambiguous"},
        {"colon-missing", "ambiguous"},
        {"chunked-in-http-1-0", "ambiguous"},
        {"space-after-chunk-size", "ambiguous"},
        {"host-missing", "ambiguous"},
        {"host-repeated", "ambiguous"},
        {"host-invalid", "ambiguous"},
        {"host-differs", "ambiguous"},
        {"data-after-coded-body", "ambiguous"},
        {"framing-lookalike", "ambiguous"},
        {"framing-field-misplaced", "ambiguous"},
        {"chunk-extension-invalid", "ambiguous"},
        {"content-not-sent", "ambiguous"},
        {"version-unknown", "ambiguous"},
        {"status-invalid", "ambiguous"},
        {"target-invalid", "ambiguous"},
        {"bare-lf", "minor"},
        {"blank-line-before-start", "minor"},
        {"response-without-request", "capture"},
        {"gap-in-header", "capture"},
        {"gap-in-body", "capture"},
        {"truncated", "capture"},
        {"joined-mid-stream", "capture"},
        {"too-large", "capture"},
        {"body-not-decodable", "capture"},
        {"decompression-limit-reached", "capture"},
    };
    return ids;
}

TEST(Origins, ProgramsThatGoOnWithAMessageAreNotedOnce) {
    Message message;
    message.first = {1, 10, 5, "a"};
    for (const Origin& origin : {Origin{2, 10, 5, "a"}, Origin{3, 11, 6, "b"},
                                 Origin{4, 10, 5, "executed"}, Origin{5, 11, 6, "b"}})
        note_origin(message, origin);
    ASSERT_EQ(message.others.size(), 2U);
    EXPECT_EQ(message.others[0].pid, 11U);
    EXPECT_EQ(message.others[1].comm, "executed");
    EXPECT_EQ(message.last_time_ns, 5U);
}

// A process may change its name before each byte that it sends.
TEST(Origins, OfOneProcessFewNamesAreNoted) {
    Message message;
    message.first = {1, 10, 5, "a"};
    for (std::uint64_t i = 0; i < 100; ++i)
        note_origin(message, {i, 10, 5, "t" + std::to_string(i)});
    EXPECT_EQ(message.others.size(), 8U);
    note_origin(message, {100, 11, 6, "b"});
    EXPECT_EQ(message.others.size(), 9U);
}

TEST(Anomalies, HaveDistinctAndStableIds) {
    std::map<std::string, std::string> found;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(AnomalyKind::decompression_limit_reached);
         ++i) {
        const auto kind = static_cast<AnomalyKind>(i);
        const auto id = std::string(to_string(kind));
        EXPECT_TRUE(found.emplace(id, to_string(severity(kind))).second) << id << " twice";
        EXPECT_THAT(id, testing::MatchesRegex("[a-z0-9-]+"));
    }
    EXPECT_EQ(found, known_ids());
}

TEST(Anomalies, AreNotedOnceOfEachKind) {
    Message message;
    note(message, AnomalyKind::bare_lf, 3);
    note(message, AnomalyKind::host_missing, 0);
    note(message, AnomalyKind::bare_lf, 9);
    ASSERT_EQ(message.anomalies.size(), 2U);
    EXPECT_EQ(message.anomalies[0].offset, 3U);
}

}  // namespace
}  // namespace httpprof::replay
