#include "format/edit/slice_filter.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

#include <arpa/inet.h>

#include "format/characters.h"

namespace httpprof::format {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::size_t kFractionDigits = 9;

// All of `text` as a decimal number without a sign.
template <typename T>
std::optional<T> number(std::string_view text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || text.front() == '-' || error != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

// "5" of "2.5" as nanoseconds; digits beyond those do not count.
std::optional<std::uint64_t> fraction_ns(std::string_view digits) {
    if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
    std::string padded(digits.substr(0, kFractionDigits));
    padded.resize(kFractionDigits, '0');
    return number<std::uint64_t>(padded);
}

// The fraction behind the seconds, where there is one.
struct Split {
    std::string_view whole;
    std::optional<std::uint64_t> fraction;
};

Split split_fraction(std::string_view text) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) return {text, 0};
    return {text.substr(0, point), fraction_ns(text.substr(point + 1))};
}

std::optional<SinceFirstRecord> parse_seconds(std::string_view text) {
    const auto [whole, fraction] = split_fraction(text);
    const auto seconds = number<std::uint32_t>(whole);
    if (!seconds || !fraction) return std::nullopt;
    return SinceFirstRecord{*seconds * kSecond + *fraction};
}

// Two digits at `at`, up to and with `most`.
std::optional<unsigned> two_digits(std::string_view text, std::size_t at, unsigned most) {
    const auto value = number<unsigned>(text.substr(at, 2));
    return value && *value <= most ? value : std::nullopt;
}

std::optional<std::chrono::sys_days> parse_date(std::string_view text) {
    namespace chrono = std::chrono;
    const auto year = number<int>(text.substr(0, 4));
    const auto month = two_digits(text, 5, 12);
    const auto day = two_digits(text, 8, 31);
    if (!year || !month || !day) return std::nullopt;
    const chrono::year_month_day date{chrono::year(*year), chrono::month(*month),
                                      chrono::day(*day)};
    // Nanoseconds in 64 bits end in 2262.
    if (!date.ok() || *year < 1970 || *year > 2261) return std::nullopt;
    return chrono::sys_days(date);
}

// RFC 3339, 5.6, with the offset "Z".
std::optional<WallTime> parse_wall_time(std::string_view text) {
    static constexpr std::string_view kShape = "0000-00-00T00:00:00";
    if (text.size() <= kShape.size() || (text.back() != 'Z' && text.back() != 'z'))
        return std::nullopt;
    text.remove_suffix(1);
    const auto [whole, fraction] = split_fraction(text);
    if (whole.size() != kShape.size() || !fraction) return std::nullopt;
    for (std::size_t i = 0; i < kShape.size(); ++i) {
        const bool is_t = kShape[i] == 'T' && (whole[i] == 'T' || whole[i] == 't');
        const bool is_digit = kShape[i] == '0' && whole[i] >= '0' && whole[i] <= '9';
        if (!is_t && !is_digit && (kShape[i] == '0' || whole[i] != kShape[i])) return std::nullopt;
    }
    const auto date = parse_date(whole);
    const auto hour = two_digits(whole, 11, 23);
    const auto minute = two_digits(whole, 14, 59);
    const auto second = two_digits(whole, 17, 59);
    if (!date || !hour || !minute || !second) return std::nullopt;
    const std::int64_t seconds = std::int64_t{date->time_since_epoch().count()} * 86'400 +
                                 *hour * 3'600 + *minute * 60 + *second;
    return WallTime{seconds * static_cast<std::int64_t>(kSecond) +
                    static_cast<std::int64_t>(*fraction)};
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = number<std::uint16_t>(text.substr(colon + 1));
    if (!port) return std::nullopt;
    Endpoint endpoint{.port = *port};
    std::string address(text.substr(0, colon));
    if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
        address = address.substr(1, address.size() - 2);
        if (::inet_pton(AF_INET6, address.c_str(), endpoint.address.data()) == 1) return endpoint;
        return std::nullopt;
    }
    // IPv4-mapped.
    endpoint.address[10] = 0xFF;
    endpoint.address[11] = 0xFF;
    if (::inet_pton(AF_INET, address.c_str(), &endpoint.address[12]) == 1) return endpoint;
    return std::nullopt;
}

}  // namespace

Result<TimeBound> parse_time_bound(const std::string& text) {
    if (text.starts_with('+')) {
        if (const auto seconds = parse_seconds(std::string_view(text).substr(1)))
            return TimeBound(*seconds);
    } else if (const auto time = parse_wall_time(text)) {
        return TimeBound(*time);
    }
    return Error{"\"" + text +
                 "\" is not a time; name one as 2026-11-22T18:00:00.5Z (UTC), or as +2.5, in "
                 "seconds from the first record"};
}

Result<ConnectionName> parse_connection_name(const std::string& text) {
    const std::string_view view = text;
    if (const auto id = number<std::uint64_t>(view); id && *id > 0)
        return ConnectionName(ConnectionNumber{*id});
    if (const std::size_t dash = view.find('-'); dash != std::string_view::npos) {
        const auto local = parse_endpoint(view.substr(0, dash));
        const auto remote = parse_endpoint(view.substr(dash + 1));
        if (local && remote) return ConnectionName(ConnectionEnds{*local, *remote});
    }
    return Error{"\"" + text +
                 "\" is not a connection; name one as 17, as 10.0.0.1:80-10.0.0.2:5000 or as "
                 "[::1]:80-[::1]:5000: the recorded end first"};
}

}  // namespace httpprof::format
