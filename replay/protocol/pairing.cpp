#include "replay/protocol/pairing.h"

#include <algorithm>

#include "replay/protocol/http1_framing.h"
#include "replay/reorder.h"

namespace httpprof::replay {
namespace {

using format::Direction;
using format::MissingCause;

// Requests that are remembered without an answer, for instance where only one direction was
// captured. Clients pipeline far fewer.
constexpr std::size_t kMaxUnanswered = 1024;

std::shared_ptr<const RequestHead> head_of(const Message& request) {
    const Field* host = request.find("Host");
    return std::make_shared<RequestHead>(RequestHead{
        std::string(request.text(request.method)), std::string(request.text(request.target)),
        host != nullptr ? std::string(request.value(*host)) : std::string(), request.size});
}

}  // namespace

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

void Http1Pairing::expect_gap(Direction direction) {
    side(direction).expect_gap();
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

Http1Pairing::Side& Http1Pairing::side(Direction direction) {
    return direction == Direction::send ? send_ : recv_;
}

Http1Pairing::Side& Http1Pairing::other(const Side& side) {
    return &side == &send_ ? recv_ : send_;
}

const Http1Pairing::Request* Http1Pairing::find_answered(Side& responses, std::uint64_t first_ns) {
    Side& requests = other(responses);
    if (responses.place_lost) requests.forget_before_last(first_ns);
    const Request* oldest = requests.oldest_unanswered();
    if (oldest == nullptr || (oldest->before_gap && responses.place_lost)) return nullptr;
    // While the count is right, a request seen later was only overtaken.
    const std::uint64_t tolerance = responses.place_lost ? 0 : kReorderWindowNs;
    const bool came_later = oldest->first_ns > first_ns && oldest->first_ns - first_ns > tolerance;
    return came_later ? nullptr : oldest;
}

void Http1Pairing::Side::feed(std::string_view bytes, const Origin& origin) {
    parser(bytes).feed(bytes, origin);
}

void Http1Pairing::Side::skip(std::uint64_t length, MissingCause cause, const Origin& origin) {
    const bool was_open = open.has_value();
    const std::uint64_t completed = completed_;
    skipping_ = length;
    end_in_gap_ = EndInGap::none;
    parser({}).skip(length, cause, origin);
    skipping_ = 0;
    const bool is_within_message = was_open && completed == completed_;
    if (is_within_message || end_in_gap_ == EndInGap::with_gap) return;

    place_lost = true;
    Side& there = pairing_.other(*this);
    // Where a response was due to begin, or had hardly begun, the gap has at least the one that
    // answers the oldest request.
    const bool has_response = !was_open || end_in_gap_ != EndInGap::none;
    if (has_response && there.has_had_requests) there.answer_oldest(std::nullopt);
    expect_gap();
}

// Requests may be in the gap whose responses come next.
void Http1Pairing::Side::expect_gap() {
    has_gap = true;
    const bool may_have_requests = !pairing_.other(*this).has_had_requests;
    if (may_have_requests) {
        pairing_.counted_until_ = std::min(pairing_.counted_until_, pairing_.requests_);
    }
    if (unanswered.empty()) {
        pairing_.other(*this).place_lost = true;
    } else {
        unanswered.back().before_gap = true;
    }
}

void Http1Pairing::Side::finish(StreamEnd how) {
    end = how;
    if (parser_) parser_->finish(how == StreamEnd::fin);
}

void Http1Pairing::Side::leave() {
    left_ = true;
    if (parser_) parser_->leave();
}

Http1Parser& Http1Pairing::Side::parser(std::string_view first_bytes) {
    if (!parser_) {
        const bool mid_stream =
            first_bytes.empty() || !Http1Parser::could_start_message(first_bytes);
        place_lost = place_lost || mid_stream;
        parser_.emplace(*this, mid_stream, Http1Limits(), pairing_.options_.store);
        if (left_) parser_->leave();
    }
    return *parser_;
}

const Http1Pairing::Request* Http1Pairing::Side::oldest_unanswered() {
    if (!unanswered.empty()) return &unanswered.front();
    if (!open || open->answered) return nullptr;
    incomplete_ = {pairing_.requests_ + 1, open->first_ns};
    return &incomplete_;
}

void Http1Pairing::Side::answer_oldest(const std::optional<ResponseHead>& response) {
    if (!unanswered.empty()) {
        forget_oldest(response);
    } else if (open) {
        open->answered = true;
        open->response = response;
    }
}

void Http1Pairing::Side::forget_oldest(const std::optional<ResponseHead>& response) {
    Request oldest = std::move(unanswered.front());
    unanswered.pop_front();
    if (oldest.waiting) deliver_waiting(*std::move(oldest.waiting), response);
    const bool changes = response && changes_protocol(response->status, oldest.head->method);
    if (unanswered.empty() && !changes) go_on();
}

void Http1Pairing::Side::deliver_waiting(Paired&& request,
                                         const std::optional<ResponseHead>& response) {
    request.response = response;
    if (!response && pairing_.other(*this).has_ended_without_answer()) request.ended_early = true;
    pairing_.sink_.on_message(std::move(request));
}

void Http1Pairing::Side::go_on() {
    if (parser_) parser_->go_on();
}

void Http1Pairing::Side::forget_before_last(std::uint64_t time_ns) {
    if (open && !open->answered && open->first_ns <= time_ns) return forget_all();
    const auto last = std::find_if(unanswered.rbegin(), unanswered.rend(),
                                   [&](const Request& r) { return r.first_ns <= time_ns; });
    for (auto count = unanswered.rend() - last; count > 1; --count)
        forget_oldest(std::nullopt);
}

void Http1Pairing::Side::forget_all() {
    while (!unanswered.empty())
        forget_oldest(std::nullopt);
}

std::uint64_t Http1Pairing::Side::oldest_waiting_ns() const {
    const bool waits = !unanswered.empty() && unanswered.front().waiting;
    const auto held_since_ns = parser_ ? parser_->held_since_ns() : std::nullopt;
    return std::min(waits ? unanswered.front().first_ns : kNever, held_since_ns.value_or(kNever));
}

void Http1Pairing::Side::on_begin(const Origin& first) {
    open = Open{first.time_ns, ++pairing_.begun_};
}

void Http1Pairing::Side::on_message(std::shared_ptr<Message> message) {
    if (skipping_ > 0 && !message->truncated) {
        const bool has_all = !message->gaps.empty() && message->gaps.back().length >= skipping_;
        end_in_gap_ = has_all ? EndInGap::with_gap : EndInGap::before;
    }
    if (message->kind == Message::Kind::request) {
        complete_request(std::move(message));
    } else {
        complete_response(std::move(message));
    }
    ++completed_;
    open.reset();
}

void Http1Pairing::Side::complete_request(std::shared_ptr<Message> message) {
    const std::uint64_t number = ++pairing_.requests_;
    has_had_requests = true;
    Request request{number, message->first.time_ns, head_of(*message)};
    Paired paired{std::move(message), direction_, open->order, number};
    paired.ended_early = paired.message->truncated && has_ended();
    paired.is_miscounted = number > pairing_.counted_until_;
    if (open->answered) {
        paired.response = open->response;
        return pairing_.sink_.on_message(std::move(paired));
    }
    const Side& responses = pairing_.other(*this);
    if (pairing_.options_.join_responses && !responses.end) {
        request.waiting = std::move(paired);
    } else {
        if (responses.has_ended_without_answer()) paired.ended_early = true;
        pairing_.sink_.on_message(std::move(paired));
    }
    unanswered.push_back(std::move(request));
    if (unanswered.size() > kMaxUnanswered) forget_oldest(std::nullopt);
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
        paired.is_miscounted = request->number > pairing_.counted_until_;
        paired.exchange = request->number;
        paired.latency_ns = request->latency_ns;
        paired.request = request->head;
    }
    pairing_.sink_.on_message(std::move(paired));
}

void Http1Pairing::Side::on_abandoned() {
    if (skipping_ > 0) end_in_gap_ = EndInGap::in_head;
    // A response was paired with it: its number stays taken.
    if (open && open->answered) ++pairing_.requests_;
    ++completed_;
    open.reset();
}

void Http1Pairing::Side::on_skipped(std::uint64_t offset, std::uint64_t bytes) {
    pairing_.sink_.on_skipped(direction_, offset, bytes);
}

std::string_view Http1Pairing::Side::method_answered_by(int status) {
    if (!open) return {};
    pair(status);
    const bool known = open->answers && open->answers->head;
    return known ? std::string_view(open->answers->head->method) : std::string_view();
}

bool Http1Pairing::Side::awaits_answer() {
    return !unanswered.empty() && !pairing_.other(*this).end;
}

void Http1Pairing::Side::pair(int status) {
    open->paired = true;
    if (const Request* request = pairing_.find_answered(*this, open->first_ns)) {
        open->answers = Answered{request->number, {}, request->head};
        if (open->first_ns >= request->first_ns) {
            open->answers->latency_ns = open->first_ns - request->first_ns;
        }
        place_lost = false;
    }
    if (!is_final_response(status)) return;
    if (open->answers) {
        pairing_.other(*this).answer_oldest(ResponseHead{status, open->answers->latency_ns});
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
    pairing_.sink_.on_boundary(direction_, boundary);
}

}  // namespace httpprof::replay
