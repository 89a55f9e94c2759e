#include "replay/normalize/clock_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <string_view>

#include "format/edit/characters.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kRfc3339 = "1970-01-01T00:00:00";
constexpr std::string_view kHttpDate = "Thu, 01 Jan 1970 00:00:00 GMT";
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Whether digits stand where the form has them, and elsewhere what the form has; "?" is anything.
bool has_form(std::string_view text, std::string_view form) {
    return text.size() >= form.size() &&
           std::equal(form.begin(), form.end(), text.begin(), [](char wanted, char c) {
               return wanted == '?' || (wanted == '0' ? format::is_digit(c) : wanted == c);
           });
}

int number(std::string_view digits) {
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::int64_t seconds_at(int year, int month, int day, std::string_view clock) {
    using namespace std::chrono;
    const sys_days date{std::chrono::year(year) / month / day};
    return date.time_since_epoch() / seconds(1) + number(clock.substr(0, 2)) * 3600 +
           number(clock.substr(3, 2)) * 60 + number(clock.substr(6, 2));
}

// What "+02:00" or "-0530" adds to UTC, in seconds.
std::int64_t offset_at(std::string_view text) {
    const bool with_colon = has_form(text, "?00:00");
    if (!with_colon && !has_form(text, "?0000")) return 0;
    const std::int64_t offset =
        number(text.substr(1, 2)) * 3600 + number(text.substr(with_colon ? 4 : 3, 2)) * 60;
    return text[0] == '-' ? -offset : text[0] == '+' ? offset : 0;
}

// Where the fraction of a second ends that may follow.
std::size_t fraction_end(std::string_view text, std::size_t at) {
    if (at >= text.size() || text[at] != '.') return at;
    const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                      text.end(), format::is_digit);
    return static_cast<std::size_t>(end - text.begin());
}

class Clock {
  public:
    explicit Clock(std::int64_t now_ns) : now_(now_ns / 1'000'000'000) {}

    bool is_near(std::int64_t time) const {
        return time >= now_ - kClockReach && time <= now_ + kClockReach;
    }

    void reset_rfc3339(std::string& text, std::size_t at) const {
        const std::string_view time = std::string_view(text).substr(at);
        if (!has_form(time, "0000-00-00?00:00:00") || (time[10] != 'T' && time[10] != ' ')) return;
        const std::size_t end = fraction_end(time, kRfc3339.size());
        const auto said = seconds_at(number(time.substr(0, 4)), number(time.substr(5, 2)),
                                     number(time.substr(8, 2)), time.substr(11));
        if (!is_near(said - offset_at(time.substr(end)))) return;
        const char separator = time[10];
        text.replace(at, kRfc3339.size(), kRfc3339);
        text[at + 10] = separator;
        std::replace_if(text.begin() + static_cast<std::ptrdiff_t>(at + kRfc3339.size()),
                        text.begin() + static_cast<std::ptrdiff_t>(at + end), format::is_digit,
                        '0');
    }

    void reset_http_date(std::string& text, std::size_t at) const {
        const std::string_view date = std::string_view(text).substr(at);
        if (!has_form(date, "???, 00 ??? 0000 00:00:00 GMT")) return;
        const auto month = std::ranges::find(kMonths, date.substr(8, 3));
        if (month == kMonths.end()) return;
        const auto said =
            seconds_at(number(date.substr(12, 4)), static_cast<int>(month - kMonths.begin()) + 1,
                       number(date.substr(5, 2)), date.substr(17));
        if (is_near(said)) text.replace(at, kHttpDate.size(), kHttpDate);
    }

  private:
    std::int64_t now_;
};

}  // namespace

void reset_clock_readings(std::string& text, std::int64_t now_ns) {
    const Clock clock(now_ns);
    // Two colons, three apart, are in all of them, and in little else.
    for (std::size_t colon = text.find(':'); colon != text.npos;
         colon = text.find(':', colon + 1)) {
        if (colon + 3 >= text.size() || text[colon + 3] != ':') continue;
        if (colon >= 13) clock.reset_rfc3339(text, colon - 13);
        if (colon >= 19) clock.reset_http_date(text, colon - 19);
    }
}

}  // namespace httpprof::replay
