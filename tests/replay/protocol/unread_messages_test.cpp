#include "replay/protocol/unread_messages.h"

#include <optional>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using format::MissingCause;

Message cut_response(int status) {
    Message message;
    message.kind = Message::Kind::response;
    message.status = status;
    message.truncated = true;
    return message;
}

class UnreadMessagesTest : public ::testing::Test {
  protected:
    // A gap in which the place is lost.
    UnreadMessages::PassedGap pass(std::uint64_t length, MissingCause cause, std::uint64_t begun,
                                   const std::optional<Message>& cut = {}) {
        unread_.begin_gap(length, cause);
        if (cut) unread_.end_message(*cut);
        const auto gap = unread_.lose_place(begun);
        unread_.end_gap();
        return gap.value();
    }

    ResponseCounts given_ = {.all = 4, .unmatched = 2, .seen = 2};
    UnreadMessages unread_{given_};
};

TEST_F(UnreadMessagesTest, BytesCountAgainWhereAnotherRequestHasBegun) {
    unread_.begin_feed(100);
    EXPECT_FALSE(unread_.lose_place(1).has_value());
    EXPECT_TRUE(unread_.is_searching());
    EXPECT_EQ(given_.places(), 1u);
    unread_.pass_bytes(10, 1);
    EXPECT_EQ(given_.places(), 1u);
    unread_.pass_bytes(20, 2);
    EXPECT_EQ(given_.places(), 2u);
    unread_.begin_message();
    unread_.pass_bytes(30, 3);
    EXPECT_EQ(given_.places(), 2u);
    EXPECT_EQ(given_.all, 6u);
    EXPECT_EQ(given_.seen, 2u);
    EXPECT_FALSE(unread_.has_gap());
}

TEST_F(UnreadMessagesTest, BytesThatCameBeforeARequestHaveNoAnswerToIt) {
    unread_.begin_feed(100);
    unread_.lose_place(1);
    unread_.end_feed(1);
    unread_.begin_feed(100);
    EXPECT_FALSE(unread_.is_in_feed(100));
    unread_.pass_bytes(100, 2);
    EXPECT_EQ(given_.places(), 1u);
    EXPECT_TRUE(unread_.is_in_feed(101));
    unread_.pass_bytes(101, 2);
    EXPECT_EQ(given_.places(), 2u);
}

TEST_F(UnreadMessagesTest, AGapCountsOnce) {
    const auto gap = pass(100, MissingCause::lost, 1);
    EXPECT_TRUE(gap.is_new);
    EXPECT_FALSE(gap.is_in_message);
    EXPECT_FALSE(gap.may_have_more);
    EXPECT_EQ(gap.due_place, 3u);
    EXPECT_TRUE(unread_.has_gap());
    unread_.pass_bytes(100, 1);
    EXPECT_EQ(given_.places(), 1u);
}

TEST_F(UnreadMessagesTest, AnExpectedGapCountsBeforeItComes) {
    unread_.expect_gap(100, 1);
    EXPECT_EQ(given_.places(), 1u);
    given_.unmatched += 1;  // another response is read meanwhile
    given_.seen += 1;
    const auto gap = pass(100, MissingCause::lost, 2);
    EXPECT_FALSE(gap.is_new);
    EXPECT_FALSE(gap.may_have_more);
    EXPECT_EQ(gap.due_place, 3u);
    EXPECT_EQ(given_.places(), 1u);
}

TEST_F(UnreadMessagesTest, AGapThatIsLongerThanExpectedMayHaveTheAnswerToALaterRequest) {
    unread_.expect_gap(100, 1);
    EXPECT_TRUE(pass(101, MissingCause::lost, 2).may_have_more);
    unread_.expect_gap(100, 2);
    EXPECT_FALSE(pass(101, MissingCause::lost, 2).may_have_more);
}

TEST_F(UnreadMessagesTest, AGapThatIsExpectedAgainIsTheSame) {
    unread_.expect_gap(100, 1);
    unread_.expect_gap(150, 2);
    EXPECT_EQ(given_.places(), 2u);
    EXPECT_EQ(pass(150, MissingCause::lost, 2).due_place, 3u);
}

TEST_F(UnreadMessagesTest, AGapSaysNothingOfTheNext) {
    unread_.expect_gap(100, 1);
    pass(100, MissingCause::snaplen, 1, cut_response(103));
    unread_.begin_message();
    EXPECT_FALSE(unread_.lose_place(1).has_value());
    unread_.begin_message();
    const auto gap = pass(100, MissingCause::lost, 1);
    EXPECT_TRUE(gap.is_new);
    EXPECT_FALSE(gap.is_in_message);
    EXPECT_EQ(gap.due_place, 5u);
}

TEST_F(UnreadMessagesTest, WhatFollowsAPlaceThatIsSettledCountsAgain) {
    pass(100, MissingCause::lost, 1);
    unread_.settle_place();
    unread_.pass_bytes(110, 1);
    EXPECT_EQ(given_.places(), 2u);
}

TEST_F(UnreadMessagesTest, NothingIsDueInAMessage) {
    const auto gap = pass(100, MissingCause::lost, 1, cut_response(200));
    EXPECT_TRUE(gap.is_in_message);
    EXPECT_TRUE(gap.is_new);
    EXPECT_EQ(gap.due_place, std::nullopt);
    EXPECT_EQ(pass(100, MissingCause::lost, 1).due_place, std::nullopt);  // still searching
}

TEST_F(UnreadMessagesTest, WhatIsCutOffBehindTheBeginningOfAMessageDoesNotCount) {
    const auto gap = pass(100, MissingCause::snaplen, 1, cut_response(200));
    EXPECT_TRUE(gap.is_cut_off);
    EXPECT_FALSE(gap.is_new);
    unread_.pass_bytes(110, 1);
    EXPECT_EQ(given_.places(), 0u);
    EXPECT_TRUE(unread_.has_gap());
}

TEST_F(UnreadMessagesTest, WhatFollowsACutInterimResponseCounts) {
    pass(100, MissingCause::snaplen, 1, cut_response(103));
    EXPECT_EQ(given_.places(), 0u);
    unread_.pass_bytes(110, 1);
    EXPECT_EQ(given_.places(), 1u);
}

TEST_F(UnreadMessagesTest, ACallThatIsCutOffBetweenMessagesCounts) {
    const auto gap = pass(100, MissingCause::snaplen, 1);
    EXPECT_TRUE(gap.is_cut_off);
    EXPECT_EQ(gap.due_place, 3u);
    EXPECT_EQ(given_.places(), 1u);
}

}  // namespace
}  // namespace httpprof::replay
