#include "replay/diff/diff_text.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

constexpr std::size_t kShown = 100;            // bytes of a value
constexpr std::size_t kShownBefore = 30;       // of those, before the first difference
constexpr std::size_t kShownTarget = 200;      // bytes of a request's target
constexpr std::size_t kShownDifferences = 20;  // of one exchange

// A response on a line: its status.
std::string status_line(const JsonTree& response) {
    const auto status = response.scalar_of("status_code", JsonTree::Kind::number);
    const auto reason = response.scalar_of("reason", JsonTree::Kind::text);
    return status.value_or("a message") + (reason ? " " + *reason : "");
}

std::string line(char mark, const std::string& text) {
    return mark + printable(text) + '\n';
}

std::string shown(const Difference& difference, const JsonTree& value) {
    return difference.path.empty() ? status_line(value) : to_json(value);
}

std::string difference_text(const Difference& difference) {
    const auto a =
        difference.a == nullptr ? std::nullopt : std::optional(shown(difference, *difference.a));
    const auto b =
        difference.b == nullptr ? std::nullopt : std::optional(shown(difference, *difference.b));
    std::size_t from = 0;
    if (a && b && std::max(a->size(), b->size()) > kShown) {
        const auto same = std::ranges::mismatch(*a, *b).in1 - a->begin();
        from = static_cast<std::size_t>(same) -
               std::min<std::size_t>(static_cast<std::size_t>(same), kShownBefore);
    }
    std::string text =
        printable(difference.message + (difference.path.empty() ? "" : " ") + difference.path) +
        '\n';
    if (a) text += line('-', excerpt(*a, from, kShown));
    if (b) text += line('+', excerpt(*b, from, kShown));
    return text;
}

std::string heading(const ExchangePair& pair) {
    const RecordedExchange& exchange = pair.a != nullptr ? *pair.a : *pair.b;
    const auto name = [](const RecordedExchange* one) {
        return one == nullptr ? std::string("-") : one->name;
    };
    const std::string what = exchange.request
                                 ? exchange.method + ' ' + excerpt(exchange.target, 0, kShownTarget)
                                 : "response without its request";
    return printable("@@ " + what + ", " + exchange.comm +
                     (exchange.is_client ? " (client), " : " (server), ") + name(pair.a) + " | " +
                     name(pair.b) + " @@") +
           '\n';
}

// Of an exchange that only one run has: how it ended.
std::string outcome(char mark, const RecordedExchange& exchange) {
    return line(
        mark, exchange.responses.empty() ? "no response" : status_line(exchange.responses.back()));
}

std::string exchange_text(const DifferingExchange& differing) {
    std::string text = heading(differing.pair);
    if (differing.pair.b == nullptr) return text + outcome('-', *differing.pair.a);
    if (differing.pair.a == nullptr) return text + outcome('+', *differing.pair.b);
    const std::size_t count = differing.differences.size();
    for (std::size_t i = 0; i < std::min(count, kShownDifferences); ++i)
        text += difference_text(differing.differences[i]);
    if (count > kShownDifferences) {
        text += "and " + std::to_string(count - kShownDifferences) + " more differences\n";
    }
    return text;
}

}  // namespace

std::string diff_text(const Comparison& comparison, const std::string& name_a,
                      const std::string& name_b) {
    if (comparison.differing.empty()) return {};
    std::string text = printable("--- " + name_a) + '\n' + printable("+++ " + name_b) + '\n';
    for (const DifferingExchange& differing : comparison.differing)
        text += exchange_text(differing);
    return text;
}

}  // namespace httpprof::replay
