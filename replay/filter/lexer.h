// A filter's text as tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "replay/filter/field.h"

namespace httpprof::replay {

struct Token {
    enum class Kind : std::uint8_t { name, text, number, symbol, end, invalid };

    Kind kind = Kind::end;
    std::size_t offset = 0;   // of its first byte in the filter
    std::string_view source;  // as it stands there
    std::string text;         // of a text: its value; of what is invalid: why
    std::uint64_t number = 0;
    NumberType type = NumberType::integer;  // of a number, by its unit
};

class Lexer {
  public:
    // `text` must outlive the lexer and its tokens.
    explicit Lexer(std::string_view text) : text_(text) {}

    // The next one. After the last one, and after one that is invalid, `end`.
    Token next();

  private:
    Token name();
    Token text(char quote);
    Token number();
    Token symbol();

    Token make(Token::Kind kind, std::size_t size);
    Token invalid(std::size_t offset, std::string why);

    std::string_view text_;
    std::size_t position_ = 0;
};

}  // namespace httpprof::replay
