#include "replay/normalize/clock_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <utility>

#include "format/characters.h"

namespace httpprof::replay {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

int number(std::string_view digits) {
    if (digits.starts_with(' ')) digits.remove_prefix(1);
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::int64_t seconds_at(int year, int month, int day, std::int64_t second_of_day) {
    using namespace std::chrono;
    const sys_days date{std::chrono::year(year) / month / day};
    return date.time_since_epoch() / seconds(1) + second_of_day;
}

// Takes pieces from the begin of a text, where they are of the form that is asked for.
class ClockReader {
  public:
    explicit ClockReader(std::string_view text) : text_(text) {}

    std::size_t taken() const { return taken_; }

    std::optional<int> take_digits(std::size_t count) {
        const std::string_view digits = text_.substr(taken_, count);
        if (digits.size() < count || !std::ranges::all_of(digits, format::is_digit))
            return std::nullopt;
        taken_ += count;
        return number(digits);
    }

    // The first of these that stands there; empty for none.
    std::string_view take_any(std::initializer_list<std::string_view> choices) {
        for (const std::string_view choice : choices) {
            if (!text_.substr(taken_).starts_with(choice)) continue;
            taken_ += choice.size();
            return choice;
        }
        return {};
    }

    std::string_view take_colon() { return take_any({":", "%3A", "%3a"}); }

    void take_fraction() {
        const std::size_t begin = taken_;
        if (take_any({"."}).empty()) return;
        while (take_digits(1)) {
        }
        if (taken_ == begin + 1) taken_ = begin;
    }

  private:
    std::string_view text_;
    std::size_t taken_ = 0;
};

// What "+02:00" or "-0530" adds to UTC, in seconds.
std::int64_t take_offset(ClockReader& reader) {
    const std::string_view sign = reader.take_any({"+", "-", "%2B", "%2b"});
    if (sign.empty()) return 0;
    const auto hours = reader.take_digits(2);
    reader.take_colon();
    const auto minutes = reader.take_digits(2);
    if (!hours || !minutes) return 0;
    const std::int64_t offset = *hours * 3600 + *minutes * 60;
    return sign == "-" ? -offset : offset;
}

// A time that stands in a text, and what it becomes.
struct ClockReading {
    std::int64_t seconds = 0;  // since 1970, UTC
    Edit edit;
};

// Digits stand for digits, "*" for anything, "_" for a digit or a space.
bool has_form(std::string_view text, std::string_view form) {
    const auto fits = [](char wanted, char c) {
        if (wanted == '*') return true;
        if (wanted == '_') return c == ' ' || format::is_digit(c);
        return wanted == '0' ? format::is_digit(c) : wanted == c;
    };
    return text.size() >= form.size() && std::equal(form.begin(), form.end(), text.begin(), fits);
}

Range range_of(std::size_t begin, std::size_t size) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(size)};
}

std::optional<ClockReading> rfc3339_at(std::string_view text, std::size_t at) {
    if (!has_form(text.substr(at), "0000-00-00")) return std::nullopt;
    const std::string_view date = text.substr(at, 10);
    ClockReader reader(text.substr(at + date.size()));
    const std::string_view separator = reader.take_any({"T", "t", " ", "+", "%20"});
    const auto hour = reader.take_digits(2);
    const std::string_view colon = reader.take_colon();
    const auto minute = reader.take_digits(2);
    const bool has_seconds = !reader.take_colon().empty();
    const auto second = reader.take_digits(2);
    if (separator.empty() || !hour || colon.empty() || !minute || !has_seconds || !second)
        return std::nullopt;
    reader.take_fraction();
    const std::size_t size = date.size() + reader.taken();
    const std::int64_t said =
        seconds_at(number(date.substr(0, 4)), number(date.substr(5, 2)), number(date.substr(8)),
                   *hour * 3600 + *minute * 60 + *second);
    std::string epoch = "1970-01-01";
    epoch.append(separator).append("00").append(colon).append("00").append(colon).append("00");
    return ClockReading{said - take_offset(reader), {range_of(at, size), std::move(epoch)}};
}

// Where in an HTTP date its parts stand.
struct DateForm {
    std::string_view form;
    std::size_t clock;
    std::size_t day;
    std::size_t month;
    std::size_t year;
    std::size_t year_size;
    std::string_view epoch;
};

constexpr auto kDateForms = std::to_array<DateForm>({
    {"***, 00 *** 0000 00:00:00 GMT", 17, 5, 8, 12, 4, "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"***, 00-***-0000 00:00:00 GMT", 17, 5, 8, 12, 4, "Thu, 01-Jan-1970 00:00:00 GMT"},
    {"day, 00-***-00 00:00:00 GMT", 15, 5, 8, 12, 2, "Thursday, 01-Jan-70 00:00:00 GMT"},
    {"*** *** _0 00:00:00 0000", 11, 8, 4, 20, 4, "Thu Jan  1 00:00:00 1970"},
});

std::optional<ClockReading> date_at(std::string_view text, std::size_t at, const DateForm& form) {
    const std::string_view date = text.substr(at, form.form.size());
    if (!has_form(date, form.form)) return std::nullopt;
    const auto month = std::ranges::find(kMonths, date.substr(form.month, 3));
    if (month == kMonths.end()) return std::nullopt;
    const int year = number(date.substr(form.year, form.year_size));
    const auto clock = [&](std::size_t place) {
        return number(date.substr(form.clock + place, 2));
    };
    const std::int64_t said = seconds_at(
        form.year_size == 2 ? 2000 + year : year, static_cast<int>(month - kMonths.begin()) + 1,
        number(date.substr(form.day, 2)), clock(0) * 3600 + clock(3) * 60 + clock(6));
    return ClockReading{said, {range_of(at, date.size()), std::string(form.epoch)}};
}

// The name of a day has a length of its own.
void take_name_of_day(ClockReading& reading, std::string_view text) {
    Range& range = reading.edit.range;
    const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
    while (range.begin > 0 && is_letter(text[range.begin - 1])) {
        --range.begin;
        ++range.size;
    }
}

std::optional<ClockReading> http_date_around(std::string_view text, std::size_t clock) {
    for (const DateForm& form : kDateForms) {
        if (clock < form.clock) continue;
        auto reading = date_at(text, clock - form.clock, form);
        if (!reading) continue;
        if (form.year_size == 2) take_name_of_day(*reading, text);
        return reading;
    }
    return std::nullopt;
}

// `clock`: where the two digits of an hour should stand.
std::optional<ClockReading> reading_around(std::string_view text, std::size_t clock) {
    for (const std::size_t before : {std::size_t{11}, std::size_t{13}}) {
        if (clock < before) continue;
        if (auto reading = rfc3339_at(text, clock - before)) return reading;
    }
    return http_date_around(text, clock);
}

// Adds those whose hour and minute `colon` stands behind.
void add_clock_edits(std::string_view text, std::string_view colon, const ClockSpan& recorded,
                     std::vector<Edit>& edits) {
    for (std::size_t at = text.find(colon); at != text.npos; at = text.find(colon, at + 1)) {
        // Two of them, two digits apart, are in all readings, and in little else.
        const std::size_t second = std::min(at + colon.size() + 2, text.size());
        if (at < 2 || !text.substr(second).starts_with(colon)) continue;
        auto reading = reading_around(text, at - 2);
        if (!reading || !is_in_reach(reading->seconds, recorded)) continue;
        edits.push_back(std::move(reading->edit));
    }
}

}  // namespace

std::vector<Edit> clock_edits(std::string_view text, const ClockSpan& recorded) {
    std::vector<Edit> edits;
    for (const std::string_view colon : {":", "%3A", "%3a"})
        add_clock_edits(text, colon, recorded, edits);
    put_in_order(edits);
    return edits;
}

void reset_clock_readings(std::string& text, const ClockSpan& recorded) {
    const std::vector<Edit> edits = clock_edits(text, recorded);
    if (!edits.empty()) text = edited(text, edits);
}

}  // namespace httpprof::replay
