#include "replay/emit/json_line.h"

#include <cstddef>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "format/digest.h"
#include "replay/emit/text.h"

namespace httpprof::replay {

JsonLine& JsonLine::key(std::string_view name) {
    if (std::exchange(has_value_, false)) text_ += ',';
    text_.append(1, '"').append(name).append("\":");
    return *this;
}

void JsonLine::text(std::string_view bytes) {
    if (is_utf8(bytes)) return add(nlohmann::json(bytes).dump());
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
    add('"' + replay::base64(bytes) + '"');
}

void JsonLine::hex(std::string_view bytes) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    add('"' + format::to_hex(std::span(data, bytes.size())) + '"');
}

std::string JsonLine::take() {
    end_object();
    return std::move(text_) + '\n';
}

void JsonLine::add(std::string_view value) {
    if (std::exchange(has_value_, true)) text_ += ',';
    text_ += value;
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
