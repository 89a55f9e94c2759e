// Where the body of an HTTP/1 message ends (RFC 9112, 6.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "replay/message.h"
#include "replay/protocol/http1_head.h"

namespace httpprof::replay {

struct Framing {
    enum class Kind : std::uint8_t {
        none,
        length,  // exactly `length` bytes
        chunked,
        until_close,  // all that follows
        unknown,      // a request that a server must refuse: nothing after it can be placed
    };

    Kind kind = Kind::none;
    std::uint64_t length = 0;
    bool protocol_changes = false;  // after the message the stream is no longer HTTP/1
    // The answer to this request decides what the bytes behind both are (RFC 9110, 7.8 and 9.3.6).
    bool protocol_may_change = false;
    // A request whose content waits for the answer, and may not be sent (RFC 9110, 10.1.1).
    bool expects_continue = false;

    bool operator==(const Framing&) const = default;
};

// `head` is the header section of `message`, whose kind, version, status and fields are set; what
// is odd is noted there. `answered`: the method of the request that a response answers, empty when
// unknown.
Framing frame_body(std::string_view head, std::string_view answered, Message& message);

// Notes the same of a message whose header section is cut off, but for what further lines could
// change. `goes_on`: the next of them may be the rest of the last field.
void check_cut_framing(std::string_view head, std::string_view answered, bool goes_on,
                       Message& message);

// Whether others may take another place for the end of the message: readers that see other lines,
// or that apply a length or coding that is not applied here, wait for more.
bool is_end_disputed(const Framing& framing, const Message& message);

// Whether a response with this status, to a request with this method, changes the protocol.
bool changes_protocol(int status, std::string_view answered);

// The name of the protocol that follows a response after which it changes, in lower case: what the
// Upgrade field of a 101 says, fit to be shown (RFC 9110, 7.8).
std::string next_protocol(const Message& response);

// Notes fields about framing, which trailers must not have (RFC 9110, 6.5.1). The trailers of
// `message` have their places in `section`, which begins at `offset` of the message.
void check_trailers(std::string_view section, std::uint64_t offset, Message& message);

}  // namespace httpprof::replay
