#include "replay/filter/parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

constexpr std::size_t kMaxSize = 16 * 1024;  // bytes
constexpr std::size_t kMaxNesting = 100;     // of parentheses and negations

template <typename Operator>
using OperatorNames = std::pair<std::string_view, Operator>;

using TextOperator = TextComparison::Operator;
constexpr auto kTextOperators = std::to_array<OperatorNames<TextOperator>>({
    {"==", TextOperator::equal},
    {"!=", TextOperator::not_equal},
    {"in", TextOperator::equal},
    {"startsWith", TextOperator::starts_with},
    {"endsWith", TextOperator::ends_with},
    {"contains", TextOperator::contains},
});
constexpr std::string_view kMatches = "matches";

using NumberOperator = NumberComparison::Operator;
constexpr auto kNumberOperators = std::to_array<OperatorNames<NumberOperator>>({
    {"==", NumberOperator::equal},
    {"!=", NumberOperator::not_equal},
    {"in", NumberOperator::equal},
    {"<", NumberOperator::less},
    {"<=", NumberOperator::less_equal},
    {">", NumberOperator::greater},
    {">=", NumberOperator::greater_equal},
});

template <typename Operator, std::size_t size>
std::optional<Operator> find(const std::array<OperatorNames<Operator>, size>& names,
                             std::string_view name) {
    const auto* const found =
        std::ranges::find(names, name, [](const auto& entry) { return entry.first; });
    if (found == names.end()) return std::nullopt;
    return found->second;
}

bool is_operator(const Token& token) {
    return token.source == kMatches || find(kTextOperators, token.source) ||
           find(kNumberOperators, token.source);
}

bool is_for(NumberOperator op, NumberType type) {
    return type != NumberType::boolean || op == NumberOperator::equal ||
           op == NumberOperator::not_equal;
}

std::string quoted(std::string_view source) {
    return "'" + std::string(source) + "'";
}

// What a literal of this field has to be.
std::string wanted(NumberField field) {
    switch (type_of(field)) {
        case NumberType::integer:
            return "a number without a unit";
        case NumberType::duration:
            return "a duration: a number with a unit, as in 200ms (ns us ms s m h)";
        case NumberType::size:
            return "a size in bytes, as in 1500 or 64KiB";
        case NumberType::boolean:
            return "true or false";
    }
    return {};
}

std::string wanted(const std::variant<TextField, HeaderField>& field) {
    const auto* text = std::get_if<TextField>(&field);
    const std::string_view values = text != nullptr ? possible_values(*text) : "";
    return values.empty() ? "a text: its value belongs in quotes" : std::string(values);
}

std::string compared_text(const std::variant<TextField, HeaderField>& field, std::string literal) {
    return is_compared_as_bytes(field) ? std::move(literal) : as_utf8(literal);
}

// Sizes may be given without a unit too, in bytes.
bool fits(NumberField field, NumberType literal) {
    const NumberType type = type_of(field);
    return literal == type || (type == NumberType::size && literal == NumberType::integer);
}

template <typename List>
Expression joined(std::vector<Expression> operands) {
    if (operands.size() == 1) return std::move(operands.front());
    return {List{std::move(operands)}};
}

}  // namespace

Parser::Parser(std::string_view text) : text_(text), lexer_(text.substr(0, kMaxSize)) {
    if (text.size() <= kMaxSize) token_ = lexer_.next();
}

std::optional<Expression> Parser::parse() {
    if (text_.size() > kMaxSize) {
        error_ = {kMaxSize, "a filter has at most " + std::to_string(kMaxSize) + " bytes"};
        return std::nullopt;
    }
    Parsed expression = disjunction();
    if (!expression) return std::nullopt;
    if (is(")")) return fail(token_, "this ')' closes nothing");
    if (token_.kind != Token::Kind::end) {
        return fail(token_, "an operator is expected here, or the end");
    }
    return expression;
}

Parser::Parsed Parser::disjunction() {
    std::vector<Expression> operands;
    do {
        Parsed operand = conjunction();
        if (!operand) return std::nullopt;
        operands.push_back(std::move(*operand));
    } while (accept("||") || accept("or"));
    return joined<Disjunction>(std::move(operands));
}

Parser::Parsed Parser::conjunction() {
    std::vector<Expression> operands;
    do {
        Parsed operand = factor();
        if (!operand) return std::nullopt;
        operands.push_back(std::move(*operand));
    } while (accept("&&") || accept("and"));
    return joined<Conjunction>(std::move(operands));
}

Parser::Parsed Parser::factor() {
    if (!is("!") && !is("not") && !is("(")) return comparison();
    if (depth_ == kMaxNesting) {
        return fail(token_, "parentheses and negations are at most " + std::to_string(kMaxNesting) +
                                " deep");
    }
    ++depth_;
    Parsed expression = nested();
    --depth_;
    return expression;
}

Parser::Parsed Parser::nested() {
    const Token opening = take();
    if (opening.source != "(") {
        Parsed operand = factor();
        if (!operand) return std::nullopt;
        Negation negation;
        negation.operand.push_back(std::move(*operand));
        return Expression{std::move(negation)};
    }
    Parsed expression = disjunction();
    if (!expression) return std::nullopt;
    if (token_.kind == Token::Kind::end) return fail(opening, "this '(' is not closed");
    if (!accept(")")) return fail(token_, "an operator is expected here, or ')'");
    return expression;
}

Parser::Parsed Parser::comparison() {
    if (token_.kind != Token::Kind::name) {
        return fail(token_, "a field is expected here, as in status >= 500");
    }
    const Token name = take();
    const auto found = field(name);
    if (!found) return std::nullopt;
    if (const auto* number = std::get_if<NumberField>(&*found)) return compare(*number, name);
    if (const auto* text = std::get_if<TextField>(&*found)) return compare(*text, name);
    return compare(std::get<HeaderField>(*found), name);
}

Parser::Parsed Parser::compare(const std::variant<TextField, HeaderField>& field,
                               const Token& name) {
    if (!is_operator(token_)) return Expression{TextComparison{field, TextOperator::exists, {}}};
    if (is(kMatches)) return match(field, name);
    const auto op = find(kTextOperators, token_.source);
    if (!op) {
        return fail(token_, quoted(token_.source) + " is not for texts, and " +
                                std::string(name.source) + " is one");
    }
    auto values = operands<std::string>(take(), [&, this] { return text_for(field, name); });
    if (!values) return std::nullopt;
    return Expression{TextComparison{field, *op, std::move(*values)}};
}

Parser::Parsed Parser::match(const std::variant<TextField, HeaderField>& field, const Token& name) {
    take();
    const Token literal = token_;
    if (literal.kind != Token::Kind::text) {
        return fail(literal, "a regular expression in quotes is expected here, for " +
                                 std::string(name.source));
    }
    auto pattern = Pattern::compile(compared_text(field, take().text));
    if (!pattern) return fail(literal, pattern.error().message);
    return Expression{PatternComparison{field, std::move(*pattern)}};
}

Parser::Parsed Parser::compare(NumberField field, const Token& name) {
    if (!is_operator(token_)) return alone(field);
    const auto op = find(kNumberOperators, token_.source);
    const NumberType type = type_of(field);
    if (!op || !is_for(*op, type)) {
        return fail(token_, quoted(token_.source) + " is not for " +
                                (type == NumberType::boolean ? "booleans" : "numbers") + ", and " +
                                std::string(name.source) + " is one");
    }
    auto values = operands<std::uint64_t>(take(), [&, this] { return number_for(field, name); });
    if (!values) return std::nullopt;
    return Expression{NumberComparison{field, *op, std::move(*values)}};
}

Parser::Parsed Parser::alone(NumberField field) {
    if (type_of(field) == NumberType::boolean) {
        return Expression{NumberComparison{field, NumberOperator::equal, {1}}};
    }
    return Expression{NumberComparison{field, NumberOperator::exists, {}}};
}

std::optional<FilterField> Parser::field(const Token& name) {
    if (name.source == "header") return header();
    auto found = field_named(name.source);
    if (!found) {
        return fail(name,
                    "there is no field " + quoted(name.source) + "; there are " + field_names());
    }
    return found;
}

std::optional<FilterField> Parser::header() {
    constexpr const char* kHow = "the name of a header field is expected here: header[\"Name\"]";
    const char* closing = is("[") ? "]" : ")";
    if (!accept("[") && !accept("(")) return fail(token_, kHow);
    if (token_.kind != Token::Kind::text || token_.text.empty()) return fail(token_, kHow);
    HeaderField field{take().text};
    if (!expect(closing)) return std::nullopt;
    return field;
}

template <typename Value, typename Take>
std::optional<std::vector<Value>> Parser::operands(const Token& op, Take take_literal) {
    const bool is_list = op.source == "in";
    if (is_list && !expect("(")) return std::nullopt;
    std::vector<Value> values;
    do {
        auto value = take_literal();
        if (!value) return std::nullopt;
        values.push_back(std::move(*value));
    } while (is_list && accept(","));
    if (is_list && !accept(")")) return fail(token_, "',' or ')' is expected here");
    return values;
}

std::optional<std::string> Parser::text_for(const std::variant<TextField, HeaderField>& field,
                                            const Token& name) {
    const auto* text = std::get_if<TextField>(&field);
    if (token_.kind != Token::Kind::text || (text != nullptr && !can_have(*text, token_.text))) {
        return fail(token_, std::string(name.source) + " is " + wanted(field));
    }
    return compared_text(field, take().text);
}

std::optional<std::uint64_t> Parser::number_for(NumberField field, const Token& name) {
    if (type_of(field) == NumberType::boolean && (is("true") || is("false"))) {
        return take().source == "true";
    }
    if (token_.kind != Token::Kind::number || !fits(field, token_.type)) {
        return fail(token_, std::string(name.source) + " is " + wanted(field));
    }
    return take().number;
}

bool Parser::is(std::string_view symbol_or_word) const {
    const bool can_be = token_.kind == Token::Kind::symbol || token_.kind == Token::Kind::name;
    return can_be && token_.source == symbol_or_word;
}

bool Parser::accept(std::string_view symbol_or_word) {
    if (!is(symbol_or_word)) return false;
    take();
    return true;
}

bool Parser::expect(std::string_view symbol) {
    if (accept(symbol)) return true;
    fail(token_, quoted(symbol) + " is expected here");
    return false;
}

Token Parser::take() {
    return std::exchange(token_, lexer_.next());
}

std::nullopt_t Parser::fail(const Token& at, std::string message) {
    error_ = {at.offset, at.kind == Token::Kind::invalid ? at.text : std::move(message)};
    return std::nullopt;
}

}  // namespace httpprof::replay
