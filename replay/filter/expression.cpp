#include "replay/filter/expression.h"

#include <algorithm>
#include <list>
#include <string>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

bool holds(TextComparison::Operator op, std::string_view value, std::string_view operand) {
    using enum TextComparison::Operator;
    switch (op) {
        case exists:
            return true;
        case equal:
        case not_equal:
            return value == operand;
        case starts_with:
            return value.starts_with(operand);
        case ends_with:
            return value.ends_with(operand);
        case contains:
            return value.find(operand) != value.npos;
    }
    return false;
}

bool holds(NumberComparison::Operator op, std::uint64_t value, std::uint64_t operand) {
    using enum NumberComparison::Operator;
    switch (op) {
        case exists:
            return true;
        case equal:
        case not_equal:
            return value == operand;
        case less:
            return value < operand;
        case less_equal:
            return value <= operand;
        case greater:
            return value > operand;
        case greater_equal:
            return value >= operand;
    }
    return false;
}

// Whether the comparison holds for these values of its field.
template <typename Comparison, typename Value>
bool holds(const Comparison& comparison, const std::vector<Value>& values) {
    using Operator = typename Comparison::Operator;
    if (values.empty()) return false;
    if (comparison.op == Operator::exists) return true;
    const bool found = std::ranges::any_of(values, [&comparison](const Value& value) {
        return std::ranges::any_of(comparison.operands, [&](const auto& operand) {
            return holds(comparison.op, value, operand);
        });
    });
    return found != (comparison.op == Operator::not_equal);
}

// Keeps its memory from one comparison to the next.
class Evaluation {
  public:
    explicit Evaluation(FilterSubject& subject) : subject_(subject) {}

    bool operator()(const TextComparison& comparison) {
        return holds(comparison, values(comparison.field));
    }

    bool operator()(const PatternComparison& comparison) {
        return std::ranges::any_of(values(comparison.field), [&](std::string_view value) {
            return comparison.pattern.matches(value);
        });
    }

    bool operator()(const NumberComparison& comparison) {
        numbers_.clear();
        subject_.numbers(comparison.field, numbers_);
        return holds(comparison, numbers_);
    }

    bool operator()(const Negation& negation) { return !of(negation.operand.front()); }

    bool operator()(const Conjunction& conjunction) {
        return std::ranges::all_of(conjunction.operands, [this](const auto& e) { return of(e); });
    }

    bool operator()(const Disjunction& disjunction) {
        return std::ranges::any_of(disjunction.operands, [this](const auto& e) { return of(e); });
    }

    bool of(const Expression& expression) { return std::visit(*this, expression.node); }

  private:
    const std::vector<std::string_view>& values(const std::variant<TextField, HeaderField>& field) {
        texts_.clear();
        if (const auto* header = std::get_if<HeaderField>(&field)) {
            subject_.headers(header->name, texts_);
        } else {
            subject_.texts(std::get<TextField>(field), texts_);
        }
        shown_.clear();
        if (is_compared_as_bytes(field)) return texts_;
        for (std::string_view& text : texts_) {
            if (!is_utf8(text)) text = shown_.emplace_back(as_utf8(text));
        }
        return texts_;
    }

    FilterSubject& subject_;
    std::vector<std::string_view> texts_;
    std::list<std::string> shown_;  // what some of the views are of
    std::vector<std::uint64_t> numbers_;
};

}  // namespace

bool evaluate(const Expression& expression, FilterSubject& subject) {
    return Evaluation(subject).of(expression);
}

}  // namespace httpprof::replay
