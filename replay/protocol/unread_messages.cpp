#include "replay/protocol/unread_messages.h"

#include <utility>

#include "replay/protocol/conversation.h"

namespace httpprof::replay {

void UnreadMessages::expect_gap(std::uint64_t length, std::uint64_t begun) {
    expected_until_ = position_ + length;
    has_gap_ = true;
    count_place(begun);
    if (!expected_place_) expected_place_ = given_.unmatched;
}

void UnreadMessages::begin_feed(std::uint64_t length) {
    feed_begin_ = position_;
    position_ += length;
}

void UnreadMessages::begin_gap(std::uint64_t length, format::MissingCause cause) {
    gap_ = cause;
    cut_message_ = cut_interim_ = false;
    position_ += length;
}

void UnreadMessages::end_gap() {
    gap_.reset();
    expected_place_.reset();
}

void UnreadMessages::end_message(const Message& message) {
    cut_message_ = message.truncated;
    cut_interim_ = message.truncated && message.kind == Message::Kind::response &&
                   !is_final_response(message.status);
}

std::optional<UnreadMessages::PassedGap> UnreadMessages::lose_place(std::uint64_t begun) {
    const bool was_searching = std::exchange(is_searching_, true);
    if (gap_) return pass_gap(was_searching, begun);
    count_place(begun);
    return std::nullopt;
}

UnreadMessages::PassedGap UnreadMessages::pass_gap(bool was_searching, std::uint64_t begun) {
    PassedGap gap{.is_cut_off = gap_ == format::MissingCause::snaplen,
                  .is_in_message = was_searching || cut_message_};
    if (gap.is_cut_off && gap.is_in_message) {
        has_gap_ = true;
        counted_at_ = begun;
        // What follows may be of its final response, which was in the gap.
        if (cut_interim_) counted_at_.reset();
        return gap;
    }
    gap.is_new = !expected_place_;
    if (gap.is_new) expect_gap(0, begun);
    gap.may_have_more = position_ > expected_until_ && counted_at_ != begun;
    if (!gap.is_in_message) gap.due_place = expected_place_;
    return gap;
}

void UnreadMessages::pass_bytes(std::uint64_t end, std::uint64_t begun) {
    const std::uint64_t begun_before = is_in_feed(end) ? begun : begun_before_feed_;
    if (is_searching_ && counted_at_ != begun_before) count_place(begun);
}

void UnreadMessages::count_place(std::uint64_t begun) {
    ++given_.all;
    ++given_.unmatched;
    counted_at_ = begun;
}

}  // namespace httpprof::replay
