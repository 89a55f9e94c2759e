#include "replay/emit/http_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>

#include "replay/protocol/http1_head.h"

namespace httpprof::replay {
namespace {

// A number of exactly so many digits at `begin`.
std::optional<unsigned> digits_at(std::string_view text, std::size_t begin, std::size_t count) {
    if (text.size() < begin + count) return std::nullopt;
    unsigned value = 0;
    const char* const end = text.data() + begin + count;
    const auto [read, error] = std::from_chars(text.data() + begin, end, value);
    if (error != std::errc() || read != end) return std::nullopt;
    return value;
}

std::optional<unsigned> month_at(std::string_view text, std::size_t begin) {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::string_view name = text.substr(std::min(begin, text.size()), 3);
    const auto found = std::ranges::find_if(
        kMonths, [&](std::string_view month) { return equals_ignoring_case(month, name); });
    if (found == kMonths.end()) return std::nullopt;
    return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) {
    text.remove_prefix(std::min(text.find(", "), text.size()));
    // ", 06 Nov 1994 08:49:37 GMT"
    const auto day = digits_at(text, 2, 2);
    const auto month = month_at(text, 5);
    const auto year = digits_at(text, 9, 4);
    const auto hour = digits_at(text, 14, 2);
    const auto minute = digits_at(text, 17, 2);
    const auto second = digits_at(text, 20, 2);
    if (!day || !month || !year || !hour || !minute || !second) return std::nullopt;
    if (*year < 1970 || *year > 2200 || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    const auto time = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                      std::chrono::minutes(*minute) + std::chrono::seconds(*second);
    return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

}  // namespace httpprof::replay
