// The language of `analyze --filter`:
//
//     method == "POST" && status >= 500 && path startsWith "/api" && latency > 200ms && pid in
//     (1,2)
//
//     expression = term { ( "||" | "or" ) term }
//     term       = factor { ( "&&" | "and" ) factor }
//     factor     = ( "!" | "not" ) factor | "(" expression ")" | comparison
//     comparison = field [ operator literal | "in" "(" literal { "," literal } ")" ]
//     field      = NAME | "header" ( "[" TEXT "]" | "(" TEXT ")" )
//     operator   = "==" | "!=" | "<" | "<=" | ">" | ">="
//                | "startsWith" | "endsWith" | "contains" | "matches"
//     literal    = TEXT | NUMBER | "true" | "false"
//
// A TEXT is in double or single quotes and knows \\ \" \' \n \r \t and \xHH. A NUMBER is digits,
// perhaps with a fraction, and directly behind them the unit of a duration (ns us ms s m h) or of a
// size (KiB MiB GiB). White space is free between tokens.
//
// Every field has a type (field.h), and a comparison of another type is an error of the filter:
// texts with == != in startsWith endsWith contains matches and a TEXT, by their bytes; numbers,
// sizes and durations with == != in < <= > >= and a NUMBER, of durations with a unit; booleans with
// == != in and true or false.
//
// A field can have several values or none (subject.h). A comparison holds when one of the values
// makes it true; `!=` when there are values and none of them is equal. So of a field without values
// no comparison holds, `!=` included, and `!(status == 200)` is wider than `status != 200`. A field
// alone says that it has a value; a boolean alone says that it is true.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "replay/filter/expression.h"
#include "replay/filter/subject.h"

namespace httpprof::replay {

struct FilterError {
    std::size_t column = 1;  // in characters, from 1
    std::string message;
};

class Filter {
  public:
    // Takes bounded time and memory, whatever the text.
    static std::variant<Filter, FilterError> parse(std::string_view text);

    // May be called by several threads at once, each with a subject of its own.
    bool matches(FilterSubject& subject) const { return evaluate(expression_, subject); }

  private:
    explicit Filter(Expression expression) : expression_(std::move(expression)) {}

    Expression expression_;
};

// For a person: what is wrong, the filter that it is wrong in, and a caret below the place, where
// each character before it takes one column (those of East Asian scripts take two).
std::array<std::string, 3> error_lines(std::string_view filter, const FilterError& error);

}  // namespace httpprof::replay
