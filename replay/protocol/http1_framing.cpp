#include "replay/protocol/http1_framing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>

#include "format/characters.h"

namespace httpprof::replay {
namespace {

constexpr std::string_view kContentLength = "Content-Length";
constexpr std::string_view kTransferEncoding = "Transfer-Encoding";
constexpr std::string_view kUpgrade = "Upgrade";
constexpr std::string_view kExpect = "Expect";

// Has `name` the letters of `wanted` and no other letters or digits? There are peers that drop
// other characters, or take them for '-'. `wanted` has only letters and '-'.
bool resembles(std::string_view name, std::string_view wanted) {
    std::size_t matched = 0;
    for (const char c : name) {
        if (!format::is_letter(c) && !format::is_digit(c)) continue;
        if (matched < wanted.size() && wanted[matched] == '-') ++matched;
        if (matched == wanted.size() || format::to_lower(c) != format::to_lower(wanted[matched]))
            return false;
        ++matched;
    }
    return matched == wanted.size();
}

// Most names differ in their size or first letters.
inline bool may_be_framing(std::string_view name) {
    constexpr std::size_t kShortest = std::string_view("ContentLength").size();
    if (name.size() < kShortest) return false;
    const char first = static_cast<char>(name[0] | 0x20);
    const char second = static_cast<char>(name[1] | 0x20);
    if (first != 'c' && first != 't') return !format::is_lower(first);
    return second == (first == 'c' ? 'o' : 'r') || !format::is_lower(second);
}

bool resembles_framing(std::string_view name) {
    return resembles(name, kContentLength) || resembles(name, kTransferEncoding);
}

// The value of all Content-Length fields together. A list of equal numbers is the number
// (RFC 9110, 8.6).
struct ContentLength {
    bool present = false;
    bool valid = true;
    std::uint64_t value = 0;
    std::uint64_t offset = 0;  // of the first line

    void add(std::string_view element, std::uint64_t line_offset, Message& message) {
        std::uint64_t number = 0;
        const char* const end = element.data() + element.size();
        const auto [stop, error] = std::from_chars(element.data(), end, number);
        const bool parsed = error == std::errc() && stop == end;
        if (!parsed) {
            note(message, AnomalyKind::content_length_invalid, line_offset);
        } else if (present && valid) {
            const bool same = number == value;
            note(message,
                 same ? AnomalyKind::content_length_repeated : AnomalyKind::content_length_differs,
                 line_offset);
            valid = same;
        }
        if (!present) {
            offset = line_offset;
            value = number;
        }
        present = true;
        valid = valid && parsed;
    }
};

bool is_known_coding(std::string_view coding) {
    // RFC 9112, 7; "identity" was taken out of the protocol by RFC 7230.
    constexpr std::array<std::string_view, 5> kTransferCodings = {"gzip", "x-gzip", "deflate",
                                                                  "compress", "x-compress"};
    return std::any_of(
        kTransferCodings.begin(), kTransferCodings.end(),
        [coding](std::string_view known) { return equals_ignoring_case(coding, known); });
}

// All Transfer-Encoding fields together.
struct TransferEncoding {
    bool present = false;
    bool chunked_last = false;
    bool chunked_before = false;
    std::uint64_t first_offset = 0;  // of the first line
    std::uint64_t offset = 0;        // of the last one

    void begin_line(std::uint64_t line_offset) {
        if (!present) first_offset = line_offset;
        present = true;
        offset = line_offset;
    }

    void add(std::string_view coding, std::uint64_t line_offset, Message& message) {
        const bool is_chunked = equals_ignoring_case(coding, "chunked");
        if (is_chunked && chunked_before) {
            note(message, AnomalyKind::transfer_coding_repeated, line_offset);
        }
        if (!is_chunked && !is_known_coding(coding)) {
            note(message, AnomalyKind::transfer_coding_unknown, line_offset);
        }
        if (coding.empty()) return;  // RFC 9110, 5.6.1.2: empty elements are ignored
        chunked_last = is_chunked;
        chunked_before = chunked_before || is_chunked;
    }
};

struct FramingFields {
    ContentLength content_length;
    TransferEncoding transfer_encoding;
    bool has_upgrade = false;
    bool expects_continue = false;
};

// Without empty elements at the end of a list.
std::string_view without_open_end(std::string_view value) {
    return value.substr(0, value.find_last_not_of(" \t,") + 1);
}

// `open`: the field whose value may go on behind what is there; null for none.
FramingFields read_framing_fields(std::string_view head, const Field* open, Message& message) {
    FramingFields fields;
    const auto for_each_element_of = [&](const Field& field, auto use) {
        auto value = value_in(head, field, message);
        if (&field == open) value = without_open_end(value);
        if (&field != open || !value.empty()) for_each_element(value, use);
    };
    for (const auto& field : message.fields) {
        const auto name = text_in(head, field.name);
        if (!may_be_framing(name)) {
            if (equals_ignoring_case(name, kUpgrade)) fields.has_upgrade = true;
            if (equals_ignoring_case(name, kExpect)) {
                for_each_element_of(field, [&](std::string_view element) {
                    if (equals_ignoring_case(element, "100-continue"))
                        fields.expects_continue = true;
                });
            }
            continue;
        }
        const std::uint64_t offset = field.name.begin;
        if (equals_ignoring_case(name, kContentLength)) {
            for_each_element_of(field, [&](std::string_view element) {
                fields.content_length.add(element, offset, message);
            });
        } else if (equals_ignoring_case(name, kTransferEncoding)) {
            if (is_before_1_1(message.version)) {
                note(message, AnomalyKind::chunked_in_http_1_0, offset);
            }
            fields.transfer_encoding.begin_line(offset);
            for_each_element_of(field, [&](std::string_view coding) {
                fields.transfer_encoding.add(coding, offset, message);
            });
        } else if (resembles_framing(name)) {
            note(message, AnomalyKind::framing_lookalike, offset);
        }
    }
    if (fields.content_length.present && fields.transfer_encoding.present) {
        note(message, AnomalyKind::content_length_with_transfer_encoding,
             fields.content_length.offset);
    }
    return fields;
}

// Rules 3 to 8 of RFC 9112, 6.3: those that go by the fields.
Framing frame_by_fields(const FramingFields& fields, Message& message) {
    const bool request = message.kind == Message::Kind::request;
    const auto undefined = request ? Framing::Kind::unknown : Framing::Kind::until_close;
    const auto& length = fields.content_length;
    const auto& coding = fields.transfer_encoding;
    if (coding.present) {
        if (coding.chunked_last) return {Framing::Kind::chunked};
        if (request || coding.chunked_before) {
            note(message, AnomalyKind::transfer_coding_unknown, coding.offset);
        }
        return {undefined};
    }
    if (!length.present) return {request ? Framing::Kind::none : Framing::Kind::until_close};
    if (!length.valid) return {undefined};
    return {Framing::Kind::length, length.value};
}

bool is_connect(std::string_view head, const Message& request) {
    return text_in(head, request.method) == "CONNECT";
}

// Whether no field may say that there is a body (RFC 9110, 8.6 and 9.3.6; RFC 9112, 6.1).
bool forbids_framing(std::string_view head, std::string_view answered, const Message& message) {
    if (message.kind == Message::Kind::request) return is_connect(head, message);
    const int status = message.status;
    return status / 100 == 1 || status == 204 || changes_protocol(status, answered);
}

void note_misplaced(const FramingFields& fields, Message& message) {
    constexpr auto kNone = std::numeric_limits<std::uint64_t>::max();
    const auto& length = fields.content_length;
    const bool says_length = length.present && !(length.valid && length.value == 0);
    const auto offset =
        std::min(says_length ? length.offset : kNone,
                 fields.transfer_encoding.present ? fields.transfer_encoding.first_offset : kNone);
    if (offset != kNone) note(message, AnomalyKind::framing_field_misplaced, offset);
}

FramingFields check_fields(std::string_view head, std::string_view answered, const Field* open,
                           Message& message) {
    const auto fields = read_framing_fields(head, open, message);
    if (forbids_framing(head, answered, message)) note_misplaced(fields, message);
    return fields;
}

}  // namespace

Framing frame_body(std::string_view head, std::string_view answered, Message& message) {
    const auto fields = check_fields(head, answered, nullptr, message);
    if (message.kind == Message::Kind::request) {
        Framing framing = frame_by_fields(fields, message);
        framing.protocol_may_change = fields.has_upgrade || is_connect(head, message);
        framing.expects_continue = fields.expects_continue && !is_before_1_1(message.version);
        return framing;
    }
    if (changes_protocol(message.status, answered)) return {Framing::Kind::none, 0, true};
    const bool has_no_body =
        message.status == 304 || answered == "HEAD" || forbids_framing(head, answered, message);
    return has_no_body ? Framing() : frame_by_fields(fields, message);
}

void check_cut_framing(std::string_view head, std::string_view answered, bool goes_on,
                       Message& message) {
    const bool is_open = goes_on && !message.fields.empty();
    check_fields(head, answered, is_open ? &message.fields.back() : nullptr, message);
}

bool is_end_disputed(const Framing& framing, const Message& message) {
    if (framing.kind == Framing::Kind::unknown) return true;
    const bool until_close = framing.kind == Framing::Kind::until_close;
    return std::ranges::any_of(message.anomalies, [until_close](const Anomaly& anomaly) {
        switch (anomaly.kind) {
            case AnomalyKind::chunk_bare_lf:
            case AnomalyKind::content_length_repeated:
            case AnomalyKind::content_not_sent:
            case AnomalyKind::control_character:
            case AnomalyKind::space_before_colon:
                return true;
            case AnomalyKind::content_length_differs:
            case AnomalyKind::content_length_invalid:
            case AnomalyKind::content_length_with_transfer_encoding:
            case AnomalyKind::transfer_coding_unknown:
                return until_close;
            default:
                return false;
        }
    });
}

bool changes_protocol(int status, std::string_view answered) {
    return status == 101 || (status / 100 == 2 && answered == "CONNECT");
}

std::string next_protocol(const Message& response) {
    constexpr std::size_t kLongest = 64;
    if (response.status != 101) return "connect tunnel";
    const Field* upgrade = response.find(kUpgrade);
    std::string name(upgrade != nullptr ? response.value(*upgrade) : std::string_view());
    const bool is_shown = std::ranges::all_of(name, [](char c) {
        return is_token_character(c) || std::string_view("/, ").find(c) != std::string_view::npos;
    });
    if (name.empty() || name.size() > kLongest || !is_shown) return "not named";
    std::ranges::transform(name, name.begin(), format::to_lower);
    return name;
}

void check_trailers(std::string_view section, std::uint64_t offset, Message& message) {
    for (const auto& field : message.trailers) {
        const auto name = text_in(section, field.name);
        if (!may_be_framing(name) || !resembles_framing(name)) continue;
        note(message, AnomalyKind::framing_field_misplaced, offset + field.name.begin);
    }
}

}  // namespace httpprof::replay
