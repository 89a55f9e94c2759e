#include "tools/httpprof/otlp_headers.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "format/percent_encoding.h"
#include "replay/protocol/http1_head.h"

// Values may be keys and passwords: messages do not have them.
namespace httpprof::cli {
namespace {

bool is_token(std::string_view text) {
    return !text.empty() && replay::token_length(text) == text.size();
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

Result<HeaderField> checked(HeaderField field) {
    if (!is_token(field.name)) {
        return Error{"'" + field.name + "' cannot be the name of a header field"};
    }
    if (has_control(field.value)) {
        return Error{"the value of " + field.name + " has a control character"};
    }
    return field;
}

Result<HeaderField> parse_entry(std::string_view entry) {
    const auto equals = entry.find('=');
    if (equals == entry.npos) return Error{"name each header field like NAME=VALUE"};
    const std::string name(replay::trimmed(entry.substr(0, equals)));
    const std::string_view value = replay::trimmed(entry.substr(equals + 1));
    if (value.find(';') != value.npos) {
        return Error{"the value of " + name + " has a property; a semicolon in it is %3B"};
    }
    if (!format::is_percent_encoded(value)) {
        return Error{"the value of " + name + " is not percent-encoded; a % in it is %25"};
    }
    return checked({name, format::percent_decoded(value)});
}

}  // namespace

Result<HeaderField> parse_header(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == text.npos) return Error{"name it like NAME=VALUE"};
    return checked({std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))});
}

Result<std::vector<HeaderField>> parse_header_list(std::string_view text) {
    std::vector<HeaderField> fields;
    while (!text.empty()) {
        const std::string_view entry = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), entry.size() + 1));
        // A list may have empty elements (RFC 9110, 5.6.1.2).
        if (replay::trimmed(entry).empty()) continue;
        auto field = parse_entry(entry);
        if (!field) return field.error();
        fields.push_back(*std::move(field));
    }
    return fields;
}

}  // namespace httpprof::cli
