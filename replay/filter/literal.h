// The values that stand in a filter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/result.h"
#include "replay/filter/field.h"

namespace httpprof::replay {

struct Number {
    std::uint64_t value = 0;
    NumberType type = NumberType::integer;
};

// Digits, perhaps with a fraction, and the unit behind them: "200", "1.5s", "64KiB". Durations are
// nanoseconds, sizes bytes, and both have to be whole.
Result<Number> parse_number(std::string_view text);

// The byte that stands for the escape sequence at the begin of `text`, behind its backslash, and
// how many bytes of `text` say so.
struct Escape {
    char byte = 0;
    std::size_t size = 0;
};
std::optional<Escape> parse_escape(std::string_view text);

}  // namespace httpprof::replay
