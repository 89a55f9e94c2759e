#include "replay/filter/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "format/characters.h"
#include "replay/filter/literal.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";
// Where one is the beginning of another, the longer one is first.
constexpr auto kSymbols = std::to_array<std::string_view>(
    {"==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ","});

bool starts_name(char c) {
    return format::is_letter(c) || c == '_';
}

bool is_in_name(char c) {
    return starts_name(c) || format::is_digit(c);
}

bool is_in_number(char c) {
    return is_in_name(c) || c == '.';
}

// How long the beginning of `text` is in which `is_part` holds.
std::size_t length(std::string_view text, bool (*is_part)(char)) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_part) - text.begin());
}

// What to say of a character that begins no token.
std::string stray(std::string_view text) {
    if (text[0] == '=') return "'=' is no operator; use '=='";
    if (text[0] == '&') return "'&' is no operator; use '&&'";
    if (text[0] == '|') return "'|' is no operator; use '||'";
    if (text[0] == '-') return "there are no negative numbers";
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte <= 0x20 || byte >= 0x7F) return "this character has to be inside of quotes";
    return std::string("unexpected '") + text[0] + "'";
}

}  // namespace

Token Lexer::next() {
    position_ = std::min(text_.find_first_not_of(kWhiteSpace, position_), text_.size());
    if (position_ == text_.size()) return make(Token::Kind::end, 0);
    const char c = text_[position_];
    if (starts_name(c)) return name();
    if (format::is_digit(c)) return number();
    if (c == '"' || c == '\'') return text(c);
    return symbol();
}

Token Lexer::name() {
    return make(Token::Kind::name, length(text_.substr(position_), is_in_name));
}

Token Lexer::text(char quote) {
    const std::size_t begin = position_;
    std::string value;
    for (std::size_t i = begin + 1; i < text_.size(); ++i) {
        if (text_[i] == quote) {
            Token token = make(Token::Kind::text, i + 1 - begin);
            token.text = std::move(value);
            return token;
        }
        if (text_[i] != '\\') {
            value += text_[i];
            continue;
        }
        const auto escape = parse_escape(text_.substr(i + 1));
        if (!escape) {
            return invalid(i, R"(unknown escape sequence; there are \\ \" \' \n \r \t \xHH)");
        }
        value += escape->byte;
        i += escape->size;
    }
    return invalid(begin, "this text has no closing quote");
}

Token Lexer::number() {
    const std::size_t size = length(text_.substr(position_), is_in_number);
    const auto parsed = parse_number(text_.substr(position_, size));
    if (!parsed) return invalid(position_, parsed.error().message);
    Token token = make(Token::Kind::number, size);
    token.number = parsed->value;
    token.type = parsed->type;
    return token;
}

Token Lexer::symbol() {
    const std::string_view rest = text_.substr(position_);
    const auto* const found = std::ranges::find_if(
        kSymbols, [rest](std::string_view symbol) { return rest.starts_with(symbol); });
    if (found == kSymbols.end()) return invalid(position_, stray(rest));
    return make(Token::Kind::symbol, found->size());
}

Token Lexer::make(Token::Kind kind, std::size_t size) {
    Token token;
    token.kind = kind;
    token.offset = position_;
    token.source = text_.substr(position_, size);
    position_ += size;
    return token;
}

Token Lexer::invalid(std::size_t offset, std::string why) {
    position_ = text_.size();
    Token token;
    token.kind = Token::Kind::invalid;
    token.offset = offset;
    token.text = std::move(why);
    return token;
}

}  // namespace httpprof::replay
