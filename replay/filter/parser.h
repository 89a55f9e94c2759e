// From the text of a filter (its grammar: filter.h) to its tree, by recursive descent.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "replay/filter/expression.h"
#include "replay/filter/lexer.h"

namespace httpprof::replay {

// For one filter.
class Parser {
  public:
    struct Problem {
        std::size_t offset = 0;  // in the text
        std::string message;
    };

    // `text` must outlive the parser.
    explicit Parser(std::string_view text);

    // Once. Nothing when there is an error.
    std::optional<Expression> parse();
    const Problem& error() const { return error_; }

  private:
    using Parsed = std::optional<Expression>;

    Parsed disjunction();
    Parsed conjunction();
    Parsed factor();
    Parsed nested();
    Parsed comparison();
    Parsed compare(const std::variant<TextField, HeaderField>& field, const Token& name);
    Parsed compare(NumberField field, const Token& name);
    Parsed alone(NumberField field);
    Parsed match(const std::variant<TextField, HeaderField>& field, const Token& name);

    std::optional<FilterField> field(const Token& name);
    std::optional<FilterField> header();
    // The literals of an operator that was just passed: a list of them after `in`.
    template <typename Value, typename Take>
    std::optional<std::vector<Value>> operands(const Token& op, Take take);
    std::optional<std::string> text_for(const std::variant<TextField, HeaderField>& field,
                                        const Token& name);
    std::optional<std::uint64_t> number_for(NumberField field, const Token& name);

    bool is(std::string_view symbol_or_word) const;
    bool accept(std::string_view symbol_or_word);
    bool expect(std::string_view symbol);
    Token take();
    // The lexer knows better why a token is wrong that it could not read.
    std::nullopt_t fail(const Token& at, std::string message);

    std::string_view text_;
    Lexer lexer_;
    Token token_;  // the next one
    std::size_t depth_ = 0;
    Problem error_;
};

}  // namespace httpprof::replay
