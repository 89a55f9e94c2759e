// One line of JSON, written as it is told: unlike a tree of JSON values it takes little more memory
// than its text, also for lists of a million elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace httpprof::replay {

// An object from its construction to take(). Within an object every value is named first by key();
// within an array none is.
class JsonLine {
  public:
    struct Written {
        std::size_t begin = 0;
        std::size_t size = 0;
    };

    // The line follows what `text` holds.
    explicit JsonLine(std::string text = {}) : text_(std::move(text)) { begin_object(); }

    JsonLine& key(std::string_view name);        // plain ASCII without quotes
    JsonLine& text_key(std::string_view bytes);  // any bytes, as by string()

    void number(std::uint64_t value);
    void number(std::int64_t value);
    // `value` with its last `places` digits behind the decimal point.
    void decimal(std::uint64_t value, std::size_t places);
    void boolean(bool value) { add(value ? "true" : "false"); }
    // Returns where it stands in the line, without its quotes.
    Written utf8(std::string_view text);
    // A string of which the part between two others was written before.
    void utf8_around(std::string_view before, Written between, std::string_view behind);
    // A string, whose bytes are taken as ISO-8859-1 when they are not UTF-8.
    void string(std::string_view bytes);
    // A string; an object {"base64": "..."} when the bytes are not UTF-8.
    void text(std::string_view bytes);
    // The pieces between the NULs of `bytes`, each as by text(): joined with NULs they are `bytes`
    // again. No bytes are an empty array.
    void pieces(std::string_view bytes);
    void base64(std::string_view bytes);
    void hex(std::string_view bytes);

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }

    // What was given and the whole line with its end. Nothing may follow.
    std::string take();

  private:
    std::string& next_value();
    void add(std::string_view value) { next_value() += value; }
    void begin(char bracket);
    void end(char bracket);

    std::string text_;
    bool has_value_ = false;  // before this one, in the same object or array
};

}  // namespace httpprof::replay
