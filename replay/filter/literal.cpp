#include "replay/filter/literal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>

namespace httpprof::replay {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
    NumberType type;
};

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kKiB = 1024;

constexpr auto kUnits = std::to_array<Unit>({
    {"", 1, NumberType::integer},
    {"ns", 1, NumberType::duration},
    {"us", 1'000, NumberType::duration},
    {"ms", 1'000'000, NumberType::duration},
    {"s", kSecond, NumberType::duration},
    {"m", 60 * kSecond, NumberType::duration},
    {"h", 3600 * kSecond, NumberType::duration},
    {"KiB", kKiB, NumberType::size},
    {"MiB", kKiB* kKiB, NumberType::size},
    {"GiB", kKiB* kKiB* kKiB, NumberType::size},
});

std::optional<std::uint64_t> multiply(std::uint64_t a, std::uint64_t b) {
    if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) return std::nullopt;
    return a * b;
}

std::optional<std::uint64_t> whole(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
}

// Ten to the power of it fits into 64 bits, of one more it does not.
constexpr std::size_t kMostDecimals = 19;

// 0.DIGITS times `factor`, when that is a whole number (and not needlessly long).
std::optional<std::uint64_t> fraction(std::string_view digits, std::uint64_t factor) {
    digits = digits.substr(0, digits.find_last_not_of('0') + 1);
    if (digits.empty()) return 0;
    if (digits.size() > kMostDecimals) return std::nullopt;
    const auto numerator = whole(digits);
    const auto product = numerator ? multiply(*numerator, factor) : std::nullopt;
    if (!product) return std::nullopt;
    std::uint64_t divisor = 1;
    for (std::size_t i = 0; i < digits.size(); ++i)
        divisor *= 10;
    if (*product % divisor != 0) return std::nullopt;
    return *product / divisor;
}

Error unknown_unit(std::string_view text) {
    std::string names;
    for (const Unit& unit : kUnits) {
        if (!unit.name.empty()) names.append(names.empty() ? "" : ", ").append(unit.name);
    }
    return {"'" + std::string(text) + "' has an unknown unit; there are " + names};
}

Error too_large(std::string_view text) {
    return {"'" + std::string(text) + "' is too large"};
}

Error too_precise(std::string_view text, NumberType type) {
    const char* what = type == NumberType::duration ? "durations are whole nanoseconds"
                       : type == NumberType::size   ? "sizes are whole bytes"
                                                    : "a number without a unit is whole";
    return {"'" + std::string(text) + "' is too precise: " + what};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

Result<Number> parse_number(std::string_view text) {
    std::string_view rest = text;
    const auto take_digits = [&rest] {
        const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
        rest.remove_prefix(digits.size());
        return digits;
    };
    const std::string_view integer = take_digits();
    std::string_view decimals;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        decimals = take_digits();
    }
    const auto* const unit = std::ranges::find(kUnits, rest, &Unit::name);
    if (unit == kUnits.end()) return unknown_unit(text);

    const auto count = whole(integer);
    if (!count) return too_large(text);
    const auto base = multiply(*count, unit->factor);
    if (!base) return too_large(text);
    const auto part = fraction(decimals, unit->factor);
    if (!part) return too_precise(text, unit->type);
    if (*part > std::numeric_limits<std::uint64_t>::max() - *base) return too_large(text);
    return Number{*base + *part, unit->type};
}

std::optional<Escape> parse_escape(std::string_view text) {
    constexpr std::string_view kLetters = "\"'\\nrt";
    constexpr std::string_view kBytes = "\"'\\\n\r\t";
    if (text.empty()) return std::nullopt;
    if (const auto place = kLetters.find(text[0]); place != kLetters.npos) {
        return Escape{kBytes[place], 1};
    }
    if (text[0] != 'x' || text.size() < 3) return std::nullopt;
    const int high = hex_value(text[1]);
    const int low = hex_value(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    return Escape{static_cast<char>(high * 16 + low), 3};
}

}  // namespace httpprof::replay
