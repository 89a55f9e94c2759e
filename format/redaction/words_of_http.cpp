#include "format/redaction/words_of_http.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "format/characters.h"

namespace httpprof::format {
namespace {

// Longer lines are no lines of a head.
constexpr std::size_t kLongestLine = 8192;

constexpr std::array<std::string_view, 10> kAttributes = {
    "expires",  "max-age",  "domain",      "path",     "secure",
    "httponly", "samesite", "partitioned", "priority", "version"};

constexpr std::array<std::string_view, 8> kUrls = {
    "referer",        "location",       "content-location", "destination",
    "x-original-url", "x-original-uri", "x-forwarded-uri",  "x-rewrite-url"};

// The registry of IANA, and some that are in use without it.
constexpr std::array<std::string_view, 19> kSchemes = {
    "Basic ",           "Bearer ",    "Digest ",        "DPoP ",  "GNAP ",      "HOBA ",
    "Mutual ",          "Negotiate ", "NTLM ",          "OAuth ", "vapid ",     "PrivateToken ",
    "Token ",           "ApiKey ",    "SCRAM-SHA-256 ", "Hawk ",  "SharedKey ", "AWS ",
    "AWS4-HMAC-SHA256 "};

// No longer than StreamState::kStartSize.
constexpr std::array<std::string_view, 15> kStarts = {
    "HTTP/1.",  "GET ",   "POST ",     "PUT ",       "HEAD ",  "DELETE ", "OPTIONS ", "PATCH ",
    "CONNECT ", "TRACE ", "PROPFIND ", "PROPPATCH ", "MKCOL ", "REPORT ", "PRI * "};

bool is_among(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::any_of(
        names, [&](std::string_view known) { return equals_ignoring_case(known, name); });
}

bool is_printable(std::string_view text) {
    constexpr CharacterSet kOthers = CharacterSet::controls_and("\x7F");
    return std::ranges::all_of(text, [&](char c) { return c == '\t' || !kOthers.has(c); });
}

std::size_t token_size(std::string_view text) {
    const auto end = std::ranges::find_if(text, [](char c) { return !kTokenCharacters.has(c); });
    return static_cast<std::size_t>(end - text.begin());
}

// Of a first word that begins like one.
std::size_t method_size(std::string_view line) {
    if (token_size(line) == 0) return 0;
    const auto end = std::ranges::find_if_not(line, [](char c) { return c > ' ' && c < 0x7F; });
    return static_cast<std::size_t>(end - line.begin());
}

std::string_view first_line(std::string_view bytes) {
    return bytes.substr(0, bytes.find('\n'));
}

std::string_view without_carriage_return(std::string_view line) {
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

// Where "HTTP/" stands behind white space, in any case; npos where it does not.
std::size_t find_version(std::string_view line) {
    constexpr std::string_view kName = "http/";
    for (std::size_t at = 1; at + kName.size() <= line.size(); ++at) {
        if (is_blank(line[at - 1]) && equals_ignoring_case(line.substr(at, kName.size()), kName))
            return at;
    }
    return line.npos;
}

bool is_in_upper_case_method(char c) {
    return c == '-' || c == '_' || is_digit(c) || (is_letter(c) && c != to_lower(c));
}

// What is no token, and so no method, is sent as one too. Not where it ends like one: what is
// before that is the rest of something.
bool is_sent_as_method(std::string_view word) {
    constexpr std::size_t kShortest = 3;  // GET
    if (token_size(word) == word.size()) return true;
    const std::string_view end = word.substr(word.size() - std::min(word.size(), kShortest));
    return !std::ranges::all_of(end, is_in_upper_case_method);
}

// A method of any name, a target, a version; white space in the target only where the method is in
// upper case.
bool is_request_line(std::string_view line) {
    const std::size_t method = method_size(line);
    const std::size_t version = find_version(line);
    if (method == 0 || version == line.npos || !is_blank(line[method])) return false;
    const std::string_view between = line.substr(method, version - method);
    const auto blanks = std::ranges::count_if(between, [](char c) { return is_blank(c); });
    if (std::ranges::all_of(line.substr(0, method), is_in_upper_case_method))
        return std::cmp_less(blanks, between.size());
    return blanks == 2 && between.size() > 2 && is_sent_as_method(line.substr(0, method));
}

// The beginning of one, of a method in upper case.
bool may_be_request_line(std::string_view bytes) {
    const auto end = std::ranges::find_if_not(bytes, is_in_upper_case_method);
    if (std::all_of(bytes.begin(), end, [](char c) { return is_digit(c); })) return false;
    return end == bytes.end() || (is_blank(*end) && bytes.find('\n') == bytes.npos);
}

bool may_be_status_line(std::string_view bytes) {
    constexpr std::string_view kName = "http/";
    const std::size_t size = std::min(bytes.size(), kName.size());
    if (!equals_ignoring_case(bytes.substr(0, size), kName.substr(0, size))) return false;
    return bytes.size() <= size || is_digit(bytes[size]);
}

bool may_be_proxy_header(std::string_view bytes) {
    constexpr std::string_view kProxy = "PROXY ";
    return bytes.starts_with(kProxy) || kProxy.starts_with(bytes);
}

}  // namespace

bool is_cookie(std::string_view header_name) {
    return equals_ignoring_case(header_name, "cookie");
}

bool is_set_cookie(std::string_view header_name) {
    return equals_ignoring_case(header_name, "set-cookie");
}

bool is_url(std::string_view header_name) {
    return is_among(kUrls, header_name);
}

bool is_cookie_attribute(std::string_view name) {
    return is_among(kAttributes, name);
}

std::size_t scheme_size(std::string_view value) {
    for (const std::string_view scheme : kSchemes) {
        if (equals_ignoring_case(value.substr(0, scheme.size()), scheme)) return scheme.size();
    }
    return 0;
}

StartMatch match_message_start(std::string_view bytes) {
    StartMatch match = StartMatch::none;
    for (const std::string_view start : kStarts) {
        if (bytes.starts_with(start)) return StartMatch::whole;
        if (start.starts_with(bytes)) match = StartMatch::begun;
    }
    return match;
}

bool begins_with_start_line(std::string_view bytes) {
    const std::string_view line = first_line(bytes);
    return line.size() < bytes.size() && match_message_start(line) == StartMatch::whole &&
           (line.starts_with("HTTP/1.") || is_request_line(line));
}

std::size_t find_message_start(std::string_view line) {
    std::size_t first = line.find("HTTP/1.");
    if (first == line.npos) return line.size();
    for (const std::string_view start : kStarts)
        first = std::min(first, line.find(start));
    return first;
}

bool begins_with_header(std::string_view bytes) {
    const std::size_t name = token_size(bytes);
    return name > 0 && name < bytes.size() && bytes[name] == ':';
}

bool begins_something(std::string_view bytes) {
    constexpr CharacterSet kControls = CharacterSet::controls_and("\x7F");
    return bytes.empty() || kControls.has(bytes.front()) ||
           match_message_start(bytes) != StartMatch::none || may_be_status_line(bytes) ||
           may_be_request_line(bytes) || may_be_proxy_header(bytes) ||
           is_request_line(first_line(bytes)) || begins_with_header(bytes);
}

bool is_rest_of_head(std::string_view bytes, bool after_gap) {
    if (match_message_start(bytes) == StartMatch::whole) return false;
    const std::size_t size = bytes.substr(0, kLongestLine).find('\n');
    if (size == bytes.npos) return false;
    const std::string_view line = without_carriage_return(bytes.substr(0, size));
    std::string_view rest = bytes.substr(size + 1);
    if (!is_printable(line) || line.empty() || (after_gap && line.size() == size)) return false;
    // The last chunk of a body.
    if (std::ranges::all_of(line, [](char c) { return c == '0'; })) return false;
    while (!rest.empty() && is_blank(rest.front()))
        rest.remove_prefix(std::min(first_line(rest).size() + 1, rest.size()));
    if (rest.empty()) return after_gap;
    return rest.starts_with("\r\n") || rest.front() == '\n' || begins_with_header(rest);
}

bool is_rest_of_value(std::string_view bytes) {
    const std::string_view line = first_line(bytes);
    if (line.size() == bytes.size() || line.find_first_of("\"&") != line.npos) return true;
    const std::string_view rest = bytes.substr(line.size() + 1);
    const bool may_be_header = !rest.empty() && token_size(rest) == rest.size();
    return may_be_header || begins_with_chunk_line(rest);
}

bool begins_with_chunk_line(std::string_view bytes) {
    const auto end = std::ranges::find_if_not(bytes, [](char c) { return is_hexadecimal(c); });
    return end != bytes.begin() &&
           bytes.substr(static_cast<std::size_t>(end - bytes.begin())).starts_with("\r\n");
}

}  // namespace httpprof::format
