// A filter as a tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "replay/filter/field.h"
#include "replay/filter/pattern.h"
#include "replay/filter/subject.h"

namespace httpprof::replay {

// A comparison of a field holds when it holds for one of its values. So none holds of a field
// without values. `not_equal` is the exception: there are values, and none of them is equal.
struct TextComparison {
    enum class Operator : std::uint8_t {
        exists,
        equal,
        not_equal,
        starts_with,
        ends_with,
        contains,
    };

    std::variant<TextField, HeaderField> field;
    Operator op = Operator::exists;
    std::vector<std::string> operands;  // of equal: one of them; else one, or none for exists
};

struct PatternComparison {
    std::variant<TextField, HeaderField> field;
    Pattern pattern;
};

struct NumberComparison {
    enum class Operator : std::uint8_t {
        exists,
        equal,
        not_equal,
        less,
        less_equal,
        greater,
        greater_equal,
    };

    NumberField field = NumberField::status;
    Operator op = Operator::exists;
    std::vector<std::uint64_t> operands;  // as above
};

struct Expression;

struct Negation {
    std::vector<Expression> operand;  // exactly one
};

struct Conjunction {
    std::vector<Expression> operands;
};

struct Disjunction {
    std::vector<Expression> operands;
};

struct Expression {
    std::variant<TextComparison, PatternComparison, NumberComparison, Negation, Conjunction,
                 Disjunction>
        node;
};

bool evaluate(const Expression& expression, FilterSubject& subject);

}  // namespace httpprof::replay
