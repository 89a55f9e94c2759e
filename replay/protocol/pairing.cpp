#include "replay/protocol/pairing.h"

#include <algorithm>
#include <utility>

#include "replay/protocol/http1_framing.h"
#include "replay/reorder.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using format::MissingCause;

// Of a message that waits for another: more of its body goes to the store's file.
constexpr std::size_t kMostWaiting = 256 * 1024;
constexpr std::size_t kMostHeldResponses = 16;
// Fewer bytes hold none.
constexpr std::uint64_t kLeastRequest = std::string_view("M /\r\n\r\n").size();

}  // namespace

Http1Pairing::Side::Side(Http1Pairing& pairing, Direction direction)
    : pairing_(pairing),
      direction_(direction),
      parser_(*this, Http1Limits(), pairing.options_.store) {}

Http1Pairing::Http1Pairing(ConversationSink& sink, const ConversationOptions& options)
    : sink_(sink),
      options_(options),
      send_(*this, Direction::send),
      recv_(*this, Direction::recv) {}

void Http1Pairing::feed(Direction direction, std::string_view bytes, const Origin& origin) {
    side(direction).feed(bytes, origin);
}

void Http1Pairing::skip(Direction direction, std::uint64_t length, MissingCause cause,
                        const Origin& origin) {
    side(direction).skip(length, cause, origin);
}

void Http1Pairing::expect_gap(Direction direction, std::uint64_t length) {
    side(direction).expect_gap(length);
    side(direction).expect_content();
}

void Http1Pairing::finish(Direction direction, StreamEnd end) {
    Side& ended = side(direction);
    ended.finish(end);
    other(ended).forget_all();  // no response will come
}

std::uint64_t Http1Pairing::oldest_open_ns() const {
    return std::min({send_.open ? send_.open->first_ns : kNever,
                     recv_.open ? recv_.open->first_ns : kNever, send_.oldest_waiting_ns(),
                     recv_.oldest_waiting_ns()});
}

std::size_t Http1Pairing::memory() const {
    return sizeof *this + send_.memory() + recv_.memory();
}

Http1Pairing::Side& Http1Pairing::side(Direction direction) {
    return direction == Direction::send ? send_ : recv_;
}

Http1Pairing::Side& Http1Pairing::other(const Side& side) {
    return &side == &send_ ? recv_ : send_;
}

UnansweredRequest* Http1Pairing::find_answered(Side& responses, std::uint64_t first_ns) {
    Side& requests = other(responses);
    UnansweredRequests& unanswered = requests.unanswered;
    if (requests.unanswered.forgotten() > 0 && !responses.place_lost) return nullptr;
    if (responses.place_lost || unanswered.empty() || unanswered.oldest().is_unknown()) {
        return requests.find_oldest(*responses.open) ? &unanswered.oldest() : nullptr;
    }
    // While the count is right, a request seen later was only overtaken.
    UnansweredRequest& oldest = unanswered.oldest();
    const bool came_later =
        oldest.first_ns > first_ns && oldest.first_ns - first_ns > kReorderWindowNs;
    return came_later ? nullptr : &oldest;
}

void Http1Pairing::Side::feed(std::string_view bytes, const Origin& origin) {
    const bool is_between = !parser_.held_since_ns() && !parser_.is_in_start_line();
    if (is_between) before_next_ = pairing_.other(*this).given;
    passed_in_feed_ = false;
    unread.begin_feed(bytes.size());
    parser_.feed(bytes, origin);
    unread.end_feed(pairing_.requests_);
}

void Http1Pairing::Side::skip(std::uint64_t length, MissingCause cause, const Origin& origin) {
    unread.begin_gap(length, cause);
    parser_.skip(length, cause, origin);
    unread.end_gap();
}

void Http1Pairing::Side::on_place_lost() {
    place_lost = true;
    give_up_early();
    if (const auto gap = unread.lose_place(pairing_.requests_)) return pass_gap(*gap);
    add_unknown();
    before_next_ = pairing_.other(*this).given;
}

void Http1Pairing::Side::pass_gap(const UnreadMessages::PassedGap& gap) {
    before_next_ = pairing_.other(*this).given;
    const bool is_last_pipelined = !unanswered.empty() && unanswered.newest().is_pipelined;
    UnansweredRequest* const unknown = gap.is_new || gap.is_cut_off ? add_unknown() : nullptr;
    if (unknown != nullptr && gap.is_cut_off) {
        unknown->is_cut = true;
        // Something is behind the message for certain where that ended in the gap.
        unknown->is_pipelined = !gap.is_in_message || is_last_pipelined;
    }
    Side& there = pairing_.other(*this);
    if (gap.due_place && there.unanswered.waits_since(*gap.due_place)) {
        // Where a response was due to begin, the gap has at least the one that answers the oldest
        // request.
        there.answer_oldest(std::nullopt);
        there.unanswered.take_place(*gap.due_place);
        unread.settle_place();
    }
    // It may have the answer to what was sent since it was expected.
    if (gap.may_have_more && there.unanswered.has_known()) unread.count_place(pairing_.requests_);
}

void Http1Pairing::Side::expect_gap(std::uint64_t length) {
    unread.expect_gap(length, pairing_.requests_);
    add_unknown();
}

void Http1Pairing::Side::expect_content() {
    parser_.expect_content();
}

// Requests that were not read; null where it is not they that may have been here.
UnansweredRequest* Http1Pairing::Side::add_unknown() {
    if (pairing_.other(*this).has_had_requests) return nullptr;
    const bool is_same = !unanswered.empty() && unanswered.newest().is_unknown() &&
                         unanswered.newest().before.all == before_next_.all;
    if (!is_same) add_unanswered({.before = before_next_});
    return &unanswered.newest();
}

void Http1Pairing::Side::add_unanswered(UnansweredRequest&& request) {
    unanswered.add(std::move(request));
    if (!unanswered.exceeds_limit()) return;
    unanswered.note_forgotten();
    settle_oldest(std::nullopt);
}

void Http1Pairing::Side::finish(StreamEnd how) {
    end = how;
    parser_.finish(how == StreamEnd::fin);
    give_up_early();
}

void Http1Pairing::Side::leave() {
    parser_.leave();
}

// The open request, where its answer has not come.
UnansweredRequest* Http1Pairing::Side::open_request() {
    return open->answered ? nullptr : unanswered.find(open->number);
}

void Http1Pairing::Side::answer_oldest(const std::optional<ResponseHead>& response) {
    if (!unanswered.empty() && !unanswered.oldest().is_unknown()) settle_oldest(response);
}

void Http1Pairing::Side::settle_oldest(const std::optional<ResponseHead>& response) {
    UnansweredRequest oldest = unanswered.take_oldest();
    if (open && open->number == oldest.number) {
        open->answered = true;
        open->response = response;
    }
    if (early_ && early_->number == oldest.number) early_->response = response;
    if (oldest.waiting) deliver_waiting(*std::move(oldest.waiting), response);
    const bool changes = response && changes_protocol(response->status, oldest.head.method);
    if (!unanswered.has_known() && !changes) go_on();
}

void Http1Pairing::Side::deliver_waiting(Paired&& request,
                                         const std::optional<ResponseHead>& response) {
    request.response = response;
    if (!response && pairing_.other(*this).has_ended_without_answer()) request.ended_early = true;
    pairing_.sink_.on_message(std::move(request));
}

void Http1Pairing::Side::see_answer(std::uint64_t number, int status) {
    if (!open || open->number != number) return;
    if (status == 100) parser_.expect_content();
    if (status / 100 != 1) parser_.answered();
}

void Http1Pairing::Side::go_on() {
    parser_.go_on();
}

bool Http1Pairing::Side::find_oldest(const Open& response) {
    const auto before = unanswered.count_before_answered(
        response.order, response.first_ns, pairing_.other(*this).given, pairing_.client_);
    if (!before) return false;
    for (std::size_t i = 0; i < *before; ++i)
        settle_oldest(std::nullopt);
    unanswered.give_up_forgotten();
    return true;
}

void Http1Pairing::Side::begin_early() {
    if (early_) return;
    const auto line = parser_.cut_start_line();
    if (!line || line->kind != Message::Kind::request) return;
    const std::uint64_t first_ns = *parser_.held_since_ns();
    const std::uint64_t order = ++pairing_.begun_;
    early_ =
        Early{.number = add_request(first_ns, order, *line), .first_ns = first_ns, .order = order};
}

// The start line is all there.
void Http1Pairing::Side::take_up_early(const StartLine& line) {
    const Early early = *std::exchange(early_, std::nullopt);
    open = Open{.first_ns = early.first_ns, .order = early.order, .number = early.number};
    open->response = early.response;
    UnansweredRequest* const request = unanswered.find(early.number);
    open->answered = request == nullptr;
    if (request == nullptr) return;
    unanswered.update(*request, [&](UnansweredRequest& each) {
        each.head.method = line.method;
        each.head.target = line.target;
    });
}

// It is no request that can be read after all.
void Http1Pairing::Side::give_up_early() {
    if (!early_) return;
    if (unanswered.find(early_->number) != nullptr) {
        unanswered.remove(early_->number);
    } else {
        ResponseCounts& given_there = pairing_.other(*this).given;
        ++given_there.unmatched;
        ++given_there.seen;
    }
    early_.reset();
    release_responses(nullptr);
}

bool Http1Pairing::Side::hold_response(std::uint64_t number, Paired& response) {
    const bool is_early = early_ && early_->number == number;
    const bool is_open = open && open->number == number && !open->has_head;
    if ((!is_early && !is_open) || held_responses_.size() == kMostHeldResponses) return false;
    put_away(*response.message);
    held_responses_.push_back(std::move(response));
    return true;
}

// `head`: of the request; null where it stays what it was when they began.
void Http1Pairing::Side::release_responses(const std::shared_ptr<const RequestHead>& head) {
    for (Paired& response : std::exchange(held_responses_, {})) {
        if (head) response.request = head;
        pairing_.sink_.on_message(std::move(response));
    }
}

void Http1Pairing::Side::forget_all() {
    while (!unanswered.empty())
        settle_oldest(std::nullopt);
}

std::uint64_t Http1Pairing::Side::oldest_waiting_ns() const {
    return std::min(unanswered.oldest_waiting_ns(), parser_.held_since_ns().value_or(kNever));
}

std::size_t Http1Pairing::Side::memory() const {
    std::size_t held = 0;
    for (const Paired& response : held_responses_)
        held += response.message->memory_of_head() + response.message->raw.size();
    return parser_.memory() + unanswered.memory() + held;
}

void Http1Pairing::Side::on_begin(const Origin& first, const StartLine& line) {
    unread.begin_message();
    if (line.kind == Message::Kind::request) {
        begin_request(first, line);
    } else {
        pairing_.other(*this).begin_early();
        open = Open{.first_ns = first.time_ns, .order = ++pairing_.begun_};
    }
    before_next_ = pairing_.other(*this).given;
}

void Http1Pairing::Side::begin_request(const Origin& first, const StartLine& line) {
    if (early_) return take_up_early(line);
    open = Open{.first_ns = first.time_ns, .order = ++pairing_.begun_};
    open->number = add_request(open->first_ns, open->order, line);
}

// Returns its number.
std::uint64_t Http1Pairing::Side::add_request(std::uint64_t first_ns, std::uint64_t order,
                                              const StartLine& line) {
    has_had_requests = true;
    learn_about_client();
    if (is_all_answered()) {
        unanswered.clear();
        pairing_.other(*this).place_lost = false;
    }
    const Side& there = pairing_.other(*this);
    if (there.place_lost && !there.is_in_unpaired()) give_up_waiting();
    const std::uint64_t number = ++pairing_.requests_;
    add_unanswered({.number = number,
                    .first_ns = first_ns,
                    .order = order,
                    .before = before_next_,
                    .is_pipelined = passed_in_feed_,
                    .head = {std::string(line.method), std::string(line.target), {}}});
    return number;
}

void Http1Pairing::Side::learn_about_client() {
    if (refills_pipeline()) pairing_.client_.refills = true;
    const bool waited = unanswered.empty() && !pairing_.other(*this).place_lost;
    if (waited && pairing_.client_.pipelines) pairing_.client_.waits = true;
    if (passed_in_feed_ && unanswered.has_known()) pairing_.client_.pipelines = true;
}

// Was the request that begins sent after an answer, while another was to come? A server may read it
// long after it was sent.
bool Http1Pairing::Side::refills_pipeline() const {
    if (direction_ == Direction::recv || pairing_.other(*this).place_lost || unanswered.empty())
        return false;
    const UnansweredRequest& oldest = unanswered.oldest();
    const bool is_gap_between = oldest.before.places() != before_next_.places();
    return !oldest.is_unknown() && !is_gap_between && oldest.before.all != before_next_.all;
}

// None but the request that begins can be answered while the count is lost.
void Http1Pairing::Side::give_up_waiting() {
    unanswered.for_each([this](UnansweredRequest& request) {
        if (!request.waiting) return;
        unanswered.update(request, [this](UnansweredRequest& each) {
            deliver_waiting(*std::exchange(each.waiting, std::nullopt), std::nullopt);
        });
    });
}

// Whether what comes next from the other side answers the request that begins.
bool Http1Pairing::Side::is_all_answered() const {
    const Side& there = pairing_.other(*this);
    if (unanswered.has_known() || unanswered.forgotten() > 0 || there.unread.is_searching())
        return false;
    if (before_next_.all != there.given.all || there.is_in_unpaired()) return false;
    if (unanswered.empty()) return true;
    const UnansweredRequest& gap = unanswered.newest();
    const bool may_have_more = gap.is_cut && !pairing_.client_.waits;
    return !pairing_.client_.refills && !passed_in_feed_ && !may_have_more &&
           gap.before.unmatched != before_next_.unmatched;
}

void Http1Pairing::Side::on_request_head(const Message& message) {
    open->has_head = true;
    const Field* host = message.find("Host");
    UnansweredRequest* const request = open_request();
    if (request != nullptr && host != nullptr) {
        unanswered.update(*request, [&](UnansweredRequest& open_one) {
            open_one.head.host = message.value(*host);
        });
    }
    if (held_responses_.empty()) return;
    release_responses(std::make_shared<const RequestHead>(RequestHead{
        std::string(message.text(message.method)), std::string(message.text(message.target)),
        host == nullptr ? std::string() : std::string(message.value(*host))}));
}

void Http1Pairing::Side::on_message(std::shared_ptr<Message> message) {
    unread.end_message(*message);
    if (message->kind == Message::Kind::request) {
        complete_request(std::move(message));
    } else {
        complete_response(std::move(message));
    }
    open.reset();
}

void Http1Pairing::Side::complete_request(std::shared_ptr<Message> message) {
    UnansweredRequest* const request = open_request();
    if (request != nullptr) {
        unanswered.update(*request, [&](UnansweredRequest& each) {
            each.head.bytes = message->size;
            each.head.has_anomalies = !message->anomalies.empty();
        });
    }
    Paired paired{std::move(message), direction_, open->order, open->number};
    paired.ended_early = paired.message->truncated && has_ended();
    paired.response = open->response;
    const Side& responses = pairing_.other(*this);
    if (request != nullptr && pairing_.options_.join_responses && !responses.end) {
        return wait(*request, std::move(paired));
    }
    if (!paired.response && responses.has_ended_without_answer()) paired.ended_early = true;
    pairing_.sink_.on_message(std::move(paired));
}

// What is large of a message that waits.
void Http1Pairing::Side::put_away(Message& message) {
    MessageStore* const store = pairing_.options_.store;
    if (store == nullptr || message.raw.size() - message.head_size <= kMostWaiting) return;
    store->grow(message.raw.size() - message.head_size);
    store->put_away(message);
}

void Http1Pairing::Side::wait(UnansweredRequest& request, Paired&& paired) {
    put_away(*paired.message);
    unanswered.update(request, [&](UnansweredRequest& each) { each.waiting = std::move(paired); });
}

void Http1Pairing::Side::complete_response(std::shared_ptr<Message> message) {
    if (!open->paired) pair(message->status);
    if (!open->answers) {
        message->anomalies.insert(message->anomalies.begin(),
                                  {AnomalyKind::response_without_request, 0});
    }
    // Its parser does not change the protocol behind what it has not seen the end of.
    if (message->truncated) pairing_.other(*this).go_on();
    Paired paired{std::move(message), direction_, open->order};
    paired.ended_early = paired.message->truncated && has_ended();
    if (const auto& request = open->answers) {
        paired.exchange = request->number;
        paired.latency_ns = request->latency_ns;
        paired.request = request->head;
        if (pairing_.other(*this).hold_response(request->number, paired)) return;
    }
    pairing_.sink_.on_message(std::move(paired));
}

// Behind what is unknown, requests that were sent since may be passed.
void Http1Pairing::Side::pass_requests() {
    if (unanswered.empty() || !unanswered.newest().is_unknown()) return;
    before_next_ = pairing_.other(*this).given;
    add_unknown();
}

void Http1Pairing::Side::on_skipped(std::uint64_t offset, std::uint64_t bytes) {
    const std::uint64_t end_of_bytes = offset + bytes;
    if (unread.is_in_feed(end_of_bytes)) passed_in_feed_ = true;
    if (unread.is_in_feed(offset + 1) && bytes >= kLeastRequest) pass_requests();
    // The answer to a request that began before they came may be among them.
    if (pairing_.other(*this).has_had_requests) unread.pass_bytes(end_of_bytes, pairing_.requests_);
    pairing_.sink_.on_skipped(direction_, offset, bytes);
}

std::string_view Http1Pairing::Side::method_answered_by(int status) {
    pair(status);
    return open->answers ? std::string_view(open->answers->head->method) : std::string_view();
}

bool Http1Pairing::Side::awaits_answer() {
    return unanswered.has_known() && !pairing_.other(*this).end;
}

std::optional<Message::Kind> Http1Pairing::Side::role() {
    const auto there = pairing_.other(*this).parser_.role();
    if (!there) return std::nullopt;
    return there == Message::Kind::request ? Message::Kind::response : Message::Kind::request;
}

void Http1Pairing::Side::pair(int status) {
    open->paired = true;
    if (UnansweredRequest* const request = pairing_.find_answered(*this, open->first_ns)) {
        if (!request->said) request->said = std::make_shared<const RequestHead>(request->head);
        open->answers = Answered{request->number, {}, request->said};
        if (open->first_ns >= request->first_ns) {
            open->answers->latency_ns = open->first_ns - request->first_ns;
        }
        place_lost = false;
    }
    Side& requests = pairing_.other(*this);
    if (open->answers) requests.see_answer(open->answers->number, status);
    if (!is_final_response(status)) return;
    ++given.all;
    if (open->answers) {
        return requests.answer_oldest(ResponseHead{status, open->answers->latency_ns});
    }
    ++given.unmatched;
    ++given.seen;
    if (requests.unanswered.forgotten() > 0 && !place_lost) {
        requests.unanswered.answer_forgotten();
    } else {
        place_lost = true;
    }
}

void Http1Pairing::Side::on_protocol_change(std::string_view protocol) {
    pairing_.sink_.on_protocol_change(protocol);
    pairing_.other(*this).leave();
}

void Http1Pairing::Side::on_opaque(std::uint64_t bytes) {
    pairing_.sink_.on_opaque(bytes);
}

void Http1Pairing::Side::on_boundary(const Boundary& boundary) {
    if (boundary.kind != Boundary::Kind::begin && unread.is_in_feed(boundary.position))
        passed_in_feed_ = true;
    pairing_.sink_.on_boundary(direction_, boundary);
}

}  // namespace httpprof::replay
