// How one piece of a stream passes through redaction: a machine whose state, between pieces, is the
// StreamState. Its modes are handled in the files stream_*.cpp, by what they are about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "format/characters.h"
#include "format/redaction/look_back.h"
#include "format/redaction/names_before.h"
#include "format/redaction/redaction_tally.h"
#include "format/redaction/secret_names.h"
#include "format/redaction/stream_state.h"

namespace httpprof::format {

// Every step takes the index of the next byte, and returns the index of the one that it did not
// look at or that another mode is to take.
class StreamPiece {
  public:
    // All of them must outlive this; `bytes` are overwritten in place.
    StreamPiece(std::span<char> bytes, StreamState& state, SecretNames& names,
                RedactionTally& tally)
        : bytes_(bytes), end_(bytes.size()), state_(state), names_(names), tally_(tally) {}

    // The number of bytes that were done: up to the end of a head or of a body.
    std::size_t run();

  private:
    using Mode = StreamState::Mode;
    using Section = StreamState::Section;
    using Around = StreamState::Around;

    // What tells what follows, where no secret is.
    static constexpr CharacterSet kTelling = CharacterSet(":=\n%\\<>");

    std::size_t step(std::size_t at);
    std::size_t open(std::size_t at);
    std::size_t tell(std::size_t at);
    void colon(std::size_t at);
    void colon_behind_word(const LookBack& before);
    void begin_field(Redacted kind);
    void begin_line(Redacted kind);
    void line_feed(std::size_t at);
    bool is_first_line(std::size_t at) const;
    bool may_be_start_line(std::size_t at, bool is_in_target) const;
    void keep_boundary(const LookBack& before);

    // stream_start.cpp
    std::size_t doubtful();
    std::size_t rest_of_line();
    std::size_t rest(std::size_t at);
    bool is_end_of_string(std::size_t from, std::size_t at) const;
    void blank_alike(std::size_t from, std::size_t to);
    std::size_t message_start(std::size_t at);
    std::size_t request(std::size_t at);
    bool is_next_in_request(char c);

    // stream_equals_sign.cpp
    void equals_sign(std::size_t at);
    void equals_sign_behind(const LookBack& before);
    void equals_sign_behind_space(LookBack before);
    bool is_value_of_secret(const LookBack& before, std::string_view name);
    bool may_be_equals_sign(std::size_t at) const;
    void begin_encoded(Mode mode);
    std::size_t percent(std::size_t at);
    bool is_next_in_equals_sign(char c);
    void encoded_equals_sign(std::size_t at);
    std::size_t escape(std::size_t at);
    void escaped_equals_sign(std::size_t at);

    // stream_header.cpp
    std::size_t line_lead(std::size_t at);
    std::size_t line(std::size_t at);
    std::size_t end_doubt(std::size_t at, std::size_t start);
    std::size_t end_line(std::size_t at);
    std::size_t fold(std::size_t at);
    bool find_name(std::size_t& at);
    std::size_t cookie_name(std::size_t at);
    std::size_t cookie_value(std::size_t at);
    std::size_t attribute_name(std::size_t at);
    std::size_t attribute(std::size_t at);

    // stream_parameter.cpp
    bool is_secret_parameter(const NameBefore& found);
    bool is_secret_name(std::string_view text, bool is_in_query);
    void begin_parameter(const NameBefore& name);
    Around around() const;
    std::size_t parameter_lead(std::size_t at);
    std::size_t setting_lead(std::size_t at);
    std::size_t parameter(std::size_t at);
    bool ends_parameter(std::size_t at) const;
    bool is_end_quote(char c) const;
    bool goes_on_behind_quote(std::size_t at);
    bool is_in_version(char c);
    // Quotes and backslashes belong to the value.
    bool takes_any_byte() const {
        return state_.around == Around::target || state_.around == Around::form;
    }

    // stream_json.cpp
    std::size_t json_lead(std::size_t at);
    std::size_t begin_string(std::size_t at, bool has_encoded_quotes);
    std::size_t begin_in_single_quotes(std::size_t at);
    std::size_t json_string(std::size_t at);
    bool is_in_encoded_quote(char c);
    std::size_t end_string(std::size_t at);
    std::size_t json_array(std::size_t at);
    std::size_t json_object(std::size_t at);
    std::size_t nested(std::size_t at);
    bool is_quote(std::size_t at);
    void leave_object();
    std::size_t json_number(std::size_t at);

    // stream_element.cpp
    void tag_begin(std::size_t at);
    std::size_t tag_name(std::size_t at);
    void tag_end(std::size_t at);
    std::size_t element_lead(std::size_t at);
    std::size_t element(std::size_t at);
    bool is_end_of_element(char c);

    // stream_url.cpp
    std::size_t url_port(std::size_t at);
    bool is_end_of_text() const;
    std::size_t url_password(std::size_t at);
    std::size_t end_of_authority(std::size_t at);
    bool is_behind_url(std::size_t at) const;
    bool is_escaped_end(std::size_t at) const;

    // stream_part.cpp
    bool begin_disposition(std::string_view header);
    std::size_t disposition(std::size_t at);
    bool is_name_next(std::size_t at) const;
    std::size_t part_name_lead(std::size_t at);
    std::size_t part_name(std::size_t at);
    std::size_t end_of_part_name(std::size_t at) const;
    std::size_t part_head(std::size_t at);
    std::size_t part_line(std::size_t at);
    std::size_t part_value(std::size_t at);

    // stream_chunk_line.cpp
    std::size_t leave_body_value(std::size_t at);
    // Before it.
    static bool may_have_white_space(Mode value);
    std::size_t chunk_line(std::size_t at);
    bool is_next_in_chunk_line(char c) const;

    std::string_view text(std::size_t from, std::size_t to) const {
        return {bytes_.data() + from, to - from};
    }
    // Where the first byte of `set` is, or the end.
    std::size_t find(const CharacterSet& set, std::size_t from) const;
    std::size_t find_telling(std::size_t from) const;
    std::size_t end_of_line(std::size_t from) const;
    void begin(Mode mode, Redacted kind);
    void blank(std::size_t from, std::size_t to);

    std::span<char> bytes_;
    std::size_t end_;
    bool is_body_next_ = false;
    StreamState& state_;
    SecretNames& names_;
    RedactionTally& tally_;
};

}  // namespace httpprof::format
