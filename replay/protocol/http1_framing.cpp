#include "replay/protocol/http1_framing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace httpprof::replay {
namespace {

// The elements, in order, that a comma-separated list has.
template <typename Use>
void for_each_element(std::string_view rest, Use use) {
    while (true) {
        const auto comma = rest.find(',');
        use(trimmed(rest.substr(0, comma)));
        if (comma == rest.npos) return;
        rest.remove_prefix(comma + 1);
    }
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
    constexpr std::array<std::string_view, 5> kCodings = {"gzip", "x-gzip", "deflate", "compress",
                                                          "x-compress"};
    return std::any_of(kCodings.begin(), kCodings.end(), [coding](std::string_view known) {
        return equals_ignoring_case(coding, known);
    });
}

// All Transfer-Encoding fields together.
struct TransferEncoding {
    bool present = false;
    bool chunked_last = false;
    bool chunked_before = false;
    std::uint64_t offset = 0;  // of the last line

    void add(std::string_view coding, std::uint64_t line_offset, Message& message) {
        if (coding.empty()) return;  // RFC 9110, 5.6.1.2: empty elements are ignored
        chunked_last = equals_ignoring_case(coding, "chunked");
        if (chunked_last && chunked_before) {
            note(message, AnomalyKind::transfer_coding_repeated, line_offset);
        }
        if (!chunked_last && !is_known_coding(coding)) {
            note(message, AnomalyKind::transfer_coding_unknown, line_offset);
        }
        chunked_before = chunked_before || chunked_last;
    }
};

struct FramingFields {
    ContentLength content_length;
    TransferEncoding transfer_encoding;
};

FramingFields read_framing_fields(std::string_view head, Message& message) {
    constexpr std::string_view kContentLength = "Content-Length";
    constexpr std::string_view kTransferEncoding = "Transfer-Encoding";
    FramingFields fields;
    for (const auto& field : message.fields) {
        const auto name = head.substr(field.name.begin, field.name.size);
        const std::uint64_t offset = field.name.begin;
        if (equals_ignoring_case(name, kContentLength)) {
            for_each_element(value_in(head, field, message), [&](std::string_view element) {
                fields.content_length.add(element, offset, message);
            });
        } else if (equals_ignoring_case(name, kTransferEncoding)) {
            const bool in_1_0 = message.version == "1.0";
            if (in_1_0) note(message, AnomalyKind::chunked_in_http_1_0, offset);
            fields.transfer_encoding.present = true;
            fields.transfer_encoding.offset = offset;
            for_each_element(value_in(head, field, message), [&](std::string_view coding) {
                fields.transfer_encoding.add(coding, offset, message);
            });
        }
    }
    return fields;
}

// Rules 3 to 8 of RFC 9112, 6.3: those that go by the fields.
Framing frame_by_fields(const FramingFields& fields, Message& message) {
    const bool request = message.kind == Message::Kind::request;
    const auto undefined = request ? Framing::Kind::unknown : Framing::Kind::until_close;
    const auto& length = fields.content_length;
    if (fields.transfer_encoding.present) {
        if (fields.transfer_encoding.chunked_last) return {Framing::Kind::chunked};
        if (request) {
            note(message, AnomalyKind::transfer_coding_unknown, fields.transfer_encoding.offset);
        }
        return {undefined};
    }
    if (!length.present) return {request ? Framing::Kind::none : Framing::Kind::until_close};
    if (!length.valid) return {undefined};
    return {Framing::Kind::length, length.value};
}

}  // namespace

Framing frame_body(std::string_view head, std::string_view answered, Message& message) {
    const auto fields = read_framing_fields(head, message);
    if (fields.content_length.present && fields.transfer_encoding.present) {
        note(message, AnomalyKind::content_length_with_transfer_encoding,
             fields.content_length.offset);
    }
    if (message.kind == Message::Kind::response) {
        const int status = message.status;
        if (status == 101) return {Framing::Kind::none, 0, true};
        if (status / 100 == 1 || status == 204 || status == 304 || answered == "HEAD") return {};
        if (status / 100 == 2 && answered == "CONNECT") return {Framing::Kind::none, 0, true};
    }
    return frame_by_fields(fields, message);
}

}  // namespace httpprof::replay
