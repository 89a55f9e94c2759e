// Where a redaction stands at one place of one stream: all that it needs to go on from there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "format/redaction/chunk_framing.h"
#include "format/redaction/redaction_tally.h"

namespace httpprof::format {

struct StreamState {
    // What the next byte is, as far as redaction cares.
    enum class Mode : std::uint8_t {
        open,            // no secret
        doubtful,        // perhaps the rest of a secret: what follows will tell
        rest,            // of a value that began before the stream
        line_lead,       // between a secret header's colon and its value
        line,            // a value up to the end of the line
        fold,            // the first byte of a line, which may continue the value before it
        cookie_name,     //
        cookie_value,    // up to a semicolon
        attribute_name,  // of Set-Cookie
        attribute,       // its value, which is no secret
        percent,         // behind a percent sign: perhaps an equals sign, encoded
        escape,          // behind a backslash: perhaps an equals sign, escaped
        parameter_lead,  // behind a secret parameter's equals sign
        parameter,       //
        json_lead,       // behind a secret field's colon
        json_string,     //
        json_array,      // between the elements
        json_number,     //
        tag_name,        // of an element of XML or HTML, behind its angle bracket
        element_lead,    // behind the tag of an element with a secret name
        element,         // its text, up to the next tag
        url_port,        // behind a colon in a URL: a port as it seems
        url_password,    //
        part_name_lead,  // behind the equals sign of the name of a part of a multipart form
        part_name,       //
        part_head,       // of a part with a secret name, up to its blank line
        part_line,       // where a line of that part begins, or the boundary behind it
        part_value,      // within such a line
        request,         // what may be a method, a space and the beginning of a target
        chunk_line,      // within a value, where a chunk that is not followed may end
        message_start,   // what may be a start line, or else `resumed`
    };

    enum class Section : std::uint8_t { unknown, head, body };

    // Where a parameter is, which tells what its value ends at.
    enum class Around : std::uint8_t {
        text,         // also at quotes, angle brackets and control characters, as in HTML and JSON
        target,       // of a request, or a header that is a URL
        likely_form,  // a body that begins like one; a target, if bytes of it are missing
        form,         // at an ampersand only
    };

    // What stands before the first byte of `tail`.
    enum class Before : std::uint8_t { start_of_line, missing_bytes, more };

    // A secret array of JSON around an object that is one of its elements.
    struct OuterArray {
        std::uint8_t depth = 0;
        std::uint8_t escape = 0;
        bool may_be_number = false;
        bool in_string = false;    // of the object
        std::uint32_t nested = 0;  // brackets and braces that are open since then
    };

    // A Content-Disposition of a part of a multipart form. Some writers escape quotes in its
    // strings, others leave backslashes as they are, so it is read in both ways.
    struct Disposition {
        bool is_open = false;
        bool is_line_over = false;  // but the next one may continue it
        bool is_escaped = false;    // the next byte
        bool in_string = false;
        bool in_plain_string = false;  // if backslashes do not escape

        void pass(char c);
        bool is_outside() const { return !in_string || !in_plain_string; }
    };

    static constexpr std::size_t kTailSize = 80;
    static constexpr std::size_t kStartSize = 12;
    static constexpr std::size_t kBoundarySize = 66;

    Mode mode = Mode::doubtful;
    Mode resumed = Mode::open;  // after fold, chunk_line or message_start
    Section section = Section::unknown;
    Before before = Before::start_of_line;
    Around around = Around::text;         // the parameter
    Redacted kind = Redacted::uncertain;  // of the value
    bool is_counted = false;              // the value
    bool is_set_cookie = false;           // not Cookie
    bool may_be_continued = true;         // the line, by lines that begin with white space
    bool is_after_gap = false;            // what is doubtful; else it is the start of a stream
    bool may_be_number = false;           // the JSON value is a secret even if it is a number
    bool is_text = false;                 // it stands for itself: no other message follows
    bool is_whole = false;                // it is all in one piece
    bool is_last_chunk = false;           // the digits of its size were only zeros so far
    bool is_in_encoded_url = false;       // the parameter
    bool is_extension_counted = false;    // the value of an extension of a chunk
    bool is_content_type = false;         // the line of the head
    bool is_in_target = false;            // or behind it in its line; or in a header that is a URL
    bool begins_like_form = false;        // the body
    bool announces_form = false;          // the last head
    bool announces_chunks = false;        // the head that is being read
    bool is_head_plain = false;           // it was all there, and says nothing of a transfer coding
    bool is_first_line = true;            // of the stream or the body
    bool may_begin_markup = true;         // only blank lines of the body, or the part, have passed
    bool is_markup = false;               // the body or the part: XML or HTML, as it begins
    bool is_in_secret_tag = false;        // of an element with a secret name
    bool is_part_new = false;             // behind its boundary; its name was not read so far
    char quote = 0;                       // that ends the parameter; 0: none
    bool has_encoded_quotes = false;      // the JSON string: \u0022
    std::uint8_t array_depth = 0;         // of the JSON value; 0: it is no element
    std::uint8_t escape = 0;              // backslashes before the quotes of the JSON string
    std::uint8_t backslashes = 0;         // directly before this place; modulo 64
    // Of attribute, percent, escape, parameter_lead, parameter, request, chunk_line, url_port,
    // url_password, element, part_head and part_line, and of an encoded quote before and in a
    // string of JSON.
    std::uint8_t step = 0;
    std::uint8_t digit_count = 0;  // of the size of a chunk that is not followed
    std::uint8_t start_size = 0;
    std::uint8_t tail_size = 0;
    std::uint8_t boundary_size = 0;
    std::uint8_t outer_count = 0;
    std::array<char, kStartSize> start{};        // the possible start line so far
    std::array<char, kTailSize> tail{};          // the last bytes of the stream
    std::array<char, kBoundarySize> boundary{};  // the last line of the body that may be one
    std::uint64_t announced = 0;                 // Content-Length of the head that is being read
    std::uint64_t body_left = 0;                 // bytes of the body or the chunk; 0: not known
    ChunkFraming chunks;
    std::array<OuterArray, 4> outers{};  // each in an object of the one before it
    Disposition disposition;

    // A text of its own, whose first byte is known to be its first.
    static StreamState of_text();

    // Where it is known what belongs to the body. Elsewhere it may be in chunks, whose sizes are
    // lines between those of a part and must stay.
    bool knows_body() const { return is_text || body_left > 0; }
    bool may_be_in_chunks() const {
        return !knows_body() && (section != Section::body || !is_head_plain);
    }
    OuterArray& outer() { return outers[outer_count - 1U]; }

    void keep_boundary(std::string_view line);

    // Appends to the tail.
    void remember(std::span<const char> bytes);

    // In a value that may have ended with its body, where it is not known how long that is.
    bool may_be_behind_body() const;
    // There, and directly behind missing bytes of chunks.
    bool may_be_at_chunk_line() const;
    // The value goes on behind the line between two chunks. `step`: what of that comes next.
    static constexpr std::uint8_t kEndOfChunk = 0;
    static constexpr std::uint8_t kSizeOfChunk = 2;
    void expect_chunk_line(std::uint8_t step_of_line);

    // Where the value of a parameter may be, behind white space and an equals sign: `step`.
    static constexpr std::uint8_t kAnywhere = 0;
    static constexpr std::uint8_t kInQuotes = 1;
    static constexpr std::uint8_t kInLine = 2;  // all that is left of it

    // A request may begin here.
    void expect_request();
    // Or any message; else it goes on in that mode.
    void expect_message(Mode otherwise);

    // Behind a start line, or within a head whose beginning is missing.
    void begin_head();

    // Behind the blank line of a head.
    void begin_body();

    // `size` bytes of the body have passed; where that was all of it, a message may begin.
    void pass_body(std::uint64_t size);

    // Passes over framing of chunks at the beginning of `bytes`; returns its size. It is not
    // remembered, so that the data of all chunks is read as one. Overwrites values of extensions.
    std::size_t pass_framing(std::span<char> bytes, RedactionTally& tally);

    // `size` bytes are missing here. What follows is taken for a secret where it can be the rest of
    // one.
    void skip(std::uint64_t size);

    // The place is not known at all.
    void lose();

  private:
    bool is_in_start_line() const;
    void blank_in_extension(char& c, RedactionTally& tally);
    bool is_in_line() const;
    bool is_in_no_value() const;
    bool is_in_body_value() const;
    bool is_in_part() const;
    void skip_in_part(bool stays_in_body);
    void leave_markup();
    void end_body();
    void end_chunks();
    void lose_framing();
    // Blanks the rest of the line unless it is the start of a message.
    void doubt_line();
};

}  // namespace httpprof::format
