// Follows the framing of a body in chunks (RFC 9112, 7.1) byte by byte, as careless readers take
// it: lines may end with LF alone, sizes may have white space behind them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace httpprof::format {

class ChunkFraming {
  public:
    enum class Step : std::uint8_t {
        inside,      // the framing goes on
        value,       // it does, and this byte is of the value of an extension
        data,        // data comes next, size() bytes of it
        last_chunk,  // trailers come next; it is not followed any more
        broken,      // this byte does not belong here
    };

    bool is_followed() const { return place_ != Place::none; }
    // Whether the next byte is not data.
    bool is_next() const { return is_followed() && place_ != Place::data; }

    void begin();
    // Only where one of its bytes is next.
    Step take(char c);
    void end_data() { place_ = Place::data_end; }
    void stop() { place_ = Place::none; }

    std::uint64_t size() const;
    // Of the size so far, without zeros before it.
    std::string_view digits() const { return {digits_.data(), digit_count_}; }

  private:
    enum class Place : std::uint8_t {
        none,
        size,
        behind_size,
        extension,
        extension_value,
        line_feed,
        data,
        data_end,
        data_line_feed,
    };

    Step take_digit(char c);
    Step take_behind_size(char c);
    Step take_extension_value(char c);
    Step take_behind_data(char c);
    Step end_line();

    Place place_ = Place::none;
    bool is_in_quotes_ = false;  // in the value of an extension
    bool is_escaped_ = false;    // the next byte of these
    std::uint8_t digit_count_ = 0;
    std::array<char, 2 * sizeof(std::uint64_t)> digits_{};
};

}  // namespace httpprof::format
