#include "replay/completeness.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

TEST(CompletenessTest, NothingWrongIsComplete) {
    EXPECT_TRUE(is_complete({}));
}

TEST(CompletenessTest, WhatHttpAllowsIsComplete) {
    Summary summary;
    summary.requests_without_response = 1;
    summary.responses_without_request = 1;
    summary.tally.opaque("websocket") = 1;
    summary.tally.proxy_header_bytes = 1;
    summary.tally.duplicate_bytes = 1;
    summary.tally.missing(format::MissingCause::urgent, 1);
    summary.tally.missing(format::MissingCause::unread, 1);
    EXPECT_TRUE(is_complete(summary));
}

TEST(CompletenessTest, WhatWasLeftOutOnPurposeIsNotMissed) {
    Summary summary;
    summary.changes["not-selected"] = {1, 100};
    summary.changes["redacted-header"] = {1, 10};
    for (const char* cause : {"not-http", "other-port", "not-consumed"})
        summary.left_out[cause] = {1, 10};
    EXPECT_TRUE(is_complete(summary));
}

template <typename Change>
void expect_incomplete(Change change) {
    Summary summary;
    change(summary);
    EXPECT_FALSE(is_complete(summary));
}

TEST(CompletenessTest, AnythingLostDamagedOrNotUnderstoodIsNot) {
    expect_incomplete([](Summary& s) { s.lost["ring-full"] = {1, 0}; });
    expect_incomplete([](Summary& s) { s.io_uring.emplace(1, "x"); });
    expect_incomplete([](Summary& s) { s.left_out["kernel-tls"] = {1, 10}; });
    expect_incomplete([](Summary& s) { s.left_out["of a later version"] = {1, 0}; });
    expect_incomplete([](Summary& s) { s.damaged_places = 1; });
    expect_incomplete([](Summary& s) { s.changes["unreadable"] = {1, 100}; });
    expect_incomplete([](Summary& s) { s.changes["unclosed"] = {1, 0}; });
    expect_incomplete([](Summary& s) { s.changes["missing-segments"] = {1, 0}; });
    expect_incomplete([](Summary& s) { s.missing_segments = {{2, 2, "x.000003.httpprof"}}; });
    expect_incomplete([](Summary& s) { s.malformed_records = 1; });
    expect_incomplete([](Summary& s) { s.unknown_frames = 1; });
    expect_incomplete([](Summary& s) { s.tally.not_http_bytes = 1; });
    expect_incomplete([](Summary& s) { s.tally.given_up_connections = 1; });
    expect_incomplete([](Summary& s) { s.tally.unparsed["HTTP/2"] = {1, 24}; });
    expect_incomplete([](Summary& s) { s.tally.missing(format::MissingCause::sendfile, 1); });
    expect_incomplete([](Summary& s) { s.tally.missing(format::MissingCause::lost, 1); });
}

// Which of them are in a slice is known.
TEST(CompletenessTest, ProcessesSayThatTheyUsedIoUring) {
    Summary summary;
    summary.left_out[std::string(kIoUring)] = {1, 0};
    EXPECT_TRUE(is_unrecorded(kIoUring));
    EXPECT_TRUE(is_complete(summary));
}

}  // namespace
}  // namespace httpprof::replay
