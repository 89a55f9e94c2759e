#include "replay/protocol/unanswered_requests.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace httpprof::replay {
namespace {

constexpr std::size_t kMostRequests = 1024;

}  // namespace

std::size_t UnansweredRequest::memory() const {
    std::size_t bytes = sizeof *this + head.method.size() + head.target.size() + head.host.size();
    if (waiting) bytes += waiting->message->memory_of_head() + waiting->message->raw.size();
    return bytes;
}

bool UnansweredRequests::has_known() const {
    return !std::ranges::all_of(requests_, &UnansweredRequest::is_unknown);
}

bool UnansweredRequests::exceeds_limit() const {
    return requests_.size() > kMostRequests;
}

UnansweredRequest* UnansweredRequests::find(std::uint64_t number) {
    const auto found =
        std::ranges::find(requests_.rbegin(), requests_.rend(), number, &UnansweredRequest::number);
    return found == requests_.rend() ? nullptr : &*found;
}

std::uint64_t UnansweredRequests::oldest_waiting_ns() const {
    const auto oldest = std::ranges::find_if(
        requests_, [](const UnansweredRequest& request) { return request.waiting.has_value(); });
    return oldest == requests_.end() ? kNever : oldest->first_ns;
}

void UnansweredRequests::add(UnansweredRequest&& request) {
    memory_ += request.memory();
    requests_.push_back(std::move(request));
}

UnansweredRequest UnansweredRequests::take_oldest() {
    memory_ -= oldest().memory();
    UnansweredRequest taken = std::move(requests_.front());
    requests_.pop_front();
    return taken;
}

void UnansweredRequests::remove(std::uint64_t number) {
    const auto found = std::ranges::find(requests_, number, &UnansweredRequest::number);
    memory_ -= found->memory();
    requests_.erase(found);
}

void UnansweredRequests::clear() {
    requests_.clear();
    memory_ = 0;
}

bool UnansweredRequests::waits_since(std::uint64_t place) const {
    return !empty() && !oldest().is_unknown() && oldest().before.unmatched < place;
}

void UnansweredRequests::take_place(std::uint64_t place) {
    for (UnansweredRequest& request : requests_) {
        if (request.before.unmatched < place) ++request.before.unmatched;
    }
}

std::optional<std::size_t> UnansweredRequests::count_before_answered(
    std::uint64_t order, std::uint64_t first_ns, const ResponseCounts& given,
    const ClientHabits& client) const {
    // A response whose beginning had to be searched for is known later than its first byte came.
    auto last =
        std::find_if(requests_.rbegin(), requests_.rend(), [&](const UnansweredRequest& request) {
            return request.order <= order && request.first_ns <= first_ns;
        });
    // The first response behind a request is its own, whatever a gap behind it has.
    while (last != requests_.rend() && last->is_unknown() && std::next(last) != requests_.rend() &&
           std::next(last)->before.all == given.all)
        ++last;
    if (last == requests_.rend() || last->is_unknown()) return std::nullopt;
    const auto answered = std::prev(last.base());
    const bool is_oldest = answered == requests_.begin();
    if (!is_oldest && !are_answered_before(answered, given, client)) return std::nullopt;
    return static_cast<std::size_t>(std::distance(requests_.begin(), answered));
}

// As far as it can be told.
bool UnansweredRequests::are_answered_before(List::const_iterator place,
                                             const ResponseCounts& given,
                                             const ClientHabits& client) const {
    const auto first = std::find_if_not(requests_.begin(), place,
                                        [](const auto& each) { return each.is_unknown(); });
    const auto known = static_cast<std::uint64_t>(
        std::count_if(first, place, [](const auto& each) { return !each.is_unknown(); }));
    const UnansweredRequest& last = *place;
    const UnansweredRequest& previous = *std::prev(place);
    const auto all = static_cast<std::uint64_t>(std::distance(requests_.begin(), place));
    const bool is_counted = known == all && forgotten_ == 0;
    if (is_counted && given.seen - first->before.seen >= known) return true;
    if (client.refills || last.is_pipelined) return false;
    if (previous.before.all == last.before.all) return false;
    // Who sent a request behind another in one call, which was answered, may have sent more there.
    const bool is_answered = previous.before.seen != last.before.seen;
    const bool may_have_more = previous.is_cut && !client.waits;
    if (may_have_more && (previous.is_pipelined || is_answered)) return false;
    return known == 0 || last.before.unmatched - first->before.unmatched >= known;
}

}  // namespace httpprof::replay
