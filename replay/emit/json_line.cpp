#include "replay/emit/json_line.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "format/digest.h"
#include "replay/emit/base64.h"
#include "replay/emit/json_string.h"
#include "replay/emit/text.h"

namespace httpprof::replay {

JsonLine& JsonLine::key(std::string_view name) {
    text_ += std::exchange(has_value_, false) ? ",\"" : "\"";
    text_.append(name).append("\":");
    return *this;
}

void JsonLine::number(std::uint64_t value) {
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits;
    char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    next_value().append(digits.data(), end);
}

void JsonLine::number(std::int64_t value) {
    add(std::to_string(value));
}

void JsonLine::decimal(std::uint64_t value, std::size_t places) {
    std::string digits = std::to_string(value);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
    add(digits);
}

JsonLine& JsonLine::text_key(std::string_view bytes) {
    string(bytes);
    text_ += ':';
    has_value_ = false;
    return *this;
}

JsonLine::Written JsonLine::utf8(std::string_view text) {
    std::string& line = next_value();
    const std::size_t begin = line.size() + 1;
    append_json_string(line, text);
    return {begin, line.size() - 1 - begin};
}

void JsonLine::utf8_around(std::string_view before, Written between, std::string_view behind) {
    std::string& line = next_value();
    line += '"';
    append_json_characters(line, before);
    line.append(line, between.begin, between.size);
    append_json_characters(line, behind);
    line += '"';
}

void JsonLine::string(std::string_view bytes) {
    if (is_utf8(bytes)) return append_json_string(next_value(), bytes);
    append_json_string(next_value(), as_utf8(bytes));
}

void JsonLine::text(std::string_view bytes) {
    if (is_utf8(bytes)) return append_json_string(next_value(), bytes);
    begin_object();
    key("base64").base64(bytes);
    end_object();
}

void JsonLine::pieces(std::string_view bytes) {
    begin_array();
    if (!bytes.empty()) {
        std::size_t begin = 0;
        for (std::size_t end; (end = bytes.find('\0', begin)) != bytes.npos; begin = end + 1)
            text(bytes.substr(begin, end - begin));
        text(bytes.substr(begin));
    }
    end_array();
}

void JsonLine::base64(std::string_view bytes) {
    std::string& text = next_value();
    text += '"';
    append_base64(text, bytes);
    text += '"';
}

void JsonLine::hex(std::string_view bytes) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    add('"' + format::to_hex(std::span(data, bytes.size())) + '"');
}

std::string JsonLine::take() {
    end_object();
    text_ += '\n';
    return std::move(text_);
}

std::string& JsonLine::next_value() {
    if (std::exchange(has_value_, true)) text_ += ',';
    return text_;
}

void JsonLine::begin(char bracket) {
    if (std::exchange(has_value_, false)) text_ += ',';
    text_ += bracket;
}

void JsonLine::end(char bracket) {
    text_ += bracket;
    has_value_ = true;
}

}  // namespace httpprof::replay
