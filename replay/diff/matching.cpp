#include "replay/diff/matching.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "format/digest.h"

namespace httpprof::replay {
namespace {

// An exchange and what stands for all of it that is compared.
struct Occurrence {
    const RecordedExchange* exchange = nullptr;
    format::Digest digest{};
};

// Of one key: those of one connection, in order.
using ExchangeLane = std::vector<Occurrence>;

struct Lanes {
    std::vector<ExchangeLane> a;
    std::vector<ExchangeLane> b;
};

using ExchangeKey = decltype(RecordedExchange().key());
using LanesByKey = std::map<ExchangeKey, Lanes>;

format::Digest digest_of(const RecordedExchange& exchange) {
    std::string text = exchange.request ? to_json(*exchange.request) : "";
    for (const JsonTree& response : exchange.responses)
        text += '\n' + to_json(response);
    return format::digest_of(std::as_bytes(std::span(text)));
}

void sort_into(LanesByKey& keys, const std::vector<RecordedExchange>& exchanges,
               std::vector<ExchangeLane> Lanes::*side) {
    using KeyOnConnection = std::pair<ExchangeKey, std::string_view>;
    std::map<KeyOnConnection, std::size_t> numbers;
    for (const RecordedExchange& exchange : exchanges) {
        std::vector<ExchangeLane>& lanes = keys[exchange.key()].*side;
        const auto [place, is_new] =
            numbers.emplace(KeyOnConnection(exchange.key(), exchange.connection), lanes.size());
        if (is_new) lanes.emplace_back();
        lanes[place->second].push_back({&exchange, digest_of(exchange)});
    }
}

std::vector<format::Digest> digests(const ExchangeLane& lane) {
    std::vector<format::Digest> result;
    for (const Occurrence& occurrence : lane)
        result.push_back(occurrence.digest);
    return result;
}

class KeyMatcher {
  public:
    explicit KeyMatcher(std::vector<ExchangePair>& pairs) : pairs_(pairs) {}

    void match(Lanes& lanes) {
        match_equal(lanes);
        const std::size_t both = std::min(lanes.a.size(), lanes.b.size());
        for (std::size_t i = 0; i < both; ++i)
            match_in_order(lanes.a[i], lanes.b[i]);
        ExchangeLane rest_a = rest(lanes.a);
        ExchangeLane rest_b = rest(lanes.b);
        match_in_order(rest_a, rest_b);
        for (const Occurrence& occurrence : rest_a)
            pairs_.push_back({occurrence.exchange, nullptr});
        for (const Occurrence& occurrence : rest_b)
            pairs_.push_back({nullptr, occurrence.exchange});
    }

  private:
    // Takes out the connections that said the same.
    void match_equal(Lanes& lanes) {
        std::multimap<std::vector<format::Digest>, ExchangeLane*> of_b;
        for (ExchangeLane& lane : lanes.b)
            of_b.emplace(digests(lane), &lane);
        for (ExchangeLane& lane : lanes.a) {
            const auto [found, end] = of_b.equal_range(digests(lane));
            if (found == end) continue;
            match_in_order(lane, *found->second);
            of_b.erase(found);
        }
        const auto is_empty = [](const ExchangeLane& lane) { return lane.empty(); };
        std::erase_if(lanes.a, is_empty);
        std::erase_if(lanes.b, is_empty);
    }

    // What is equal at both ends, then one by one. Leaves in one of the lanes what it has more.
    void match_in_order(ExchangeLane& a, ExchangeLane& b) {
        const auto is_equal = [](const Occurrence& x, const Occurrence& y) {
            return x.digest == y.digest;
        };
        const auto front = std::mismatch(a.begin(), a.end(), b.begin(), b.end(), is_equal);
        take(a, b, 0, 0, static_cast<std::size_t>(front.first - a.begin()));
        const auto back = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend(), is_equal);
        const auto behind = static_cast<std::size_t>(back.first - a.rbegin());
        take(a, b, a.size() - behind, b.size() - behind, behind);
        take(a, b, 0, 0, std::min(a.size(), b.size()));
    }

    // Matches and takes out `count` of each.
    void take(ExchangeLane& a, ExchangeLane& b, std::size_t from_a, std::size_t from_b,
              std::size_t count) {
        const auto begin_a = a.begin() + static_cast<std::ptrdiff_t>(from_a);
        const auto begin_b = b.begin() + static_cast<std::ptrdiff_t>(from_b);
        const auto size = static_cast<std::ptrdiff_t>(count);
        for (std::ptrdiff_t i = 0; i < size; ++i)
            pairs_.push_back({begin_a[i].exchange, begin_b[i].exchange});
        a.erase(begin_a, begin_a + size);
        b.erase(begin_b, begin_b + size);
    }

    // Of all lanes, in the order of the run.
    static ExchangeLane rest(const std::vector<ExchangeLane>& lanes) {
        ExchangeLane all;
        for (const ExchangeLane& lane : lanes)
            all.insert(all.end(), lane.begin(), lane.end());
        std::ranges::sort(all, std::less<>(), &Occurrence::exchange);
        return all;
    }

    std::vector<ExchangePair>& pairs_;
};

}  // namespace

std::vector<ExchangePair> match(const std::vector<RecordedExchange>& a,
                                const std::vector<RecordedExchange>& b) {
    LanesByKey keys;
    sort_into(keys, a, &Lanes::a);
    sort_into(keys, b, &Lanes::b);
    std::vector<ExchangePair> pairs;
    KeyMatcher matcher(pairs);
    for (auto& [key, lanes] : keys)
        matcher.match(lanes);
    // The exchanges of a run stand in one vector, in their order.
    std::ranges::sort(pairs, [](const ExchangePair& x, const ExchangePair& y) {
        return std::tuple(x.a == nullptr, x.a, x.b) < std::tuple(y.a == nullptr, y.a, y.b);
    });
    return pairs;
}

}  // namespace httpprof::replay
