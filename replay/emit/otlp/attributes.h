// Attributes as OTLP/JSON has them: a list of names, each with a value that says its type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replay/emit/json_line.h"

namespace httpprof::replay {

class Attributes {
  public:
    // The list is a value of `line` as long as this lives.
    explicit Attributes(JsonLine& line) : line_(line) { line_.key("attributes").begin_array(); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() { line_.end_array(); }

    // One that is empty is left out.
    void text(std::string_view name, std::string_view value) {
        if (!value.empty()) put(name, "stringValue", value);
    }
    void text_or_empty(std::string_view name, std::string_view value) {
        put(name, "stringValue", value);
    }
    void texts(std::string_view name, const std::vector<std::string_view>& values) {
        if (values.empty()) return;
        begin(name);
        line_.key("arrayValue").begin_object();
        line_.key("values").begin_array();
        for (const std::string_view value : values) {
            line_.begin_object();
            line_.key("stringValue").string(value);
            line_.end_object();
        }
        line_.end_array();
        line_.end_object();
        end();
    }
    // 64 bits are more than a JSON number holds (ProtoJSON).
    void number(std::string_view name, std::uint64_t value) {
        put(name, "intValue", std::to_string(value));
    }

  private:
    void begin(std::string_view name) {
        line_.begin_object();
        line_.key("key").string(name);
        line_.key("value").begin_object();
    }
    void put(std::string_view name, std::string_view type, std::string_view value) {
        begin(name);
        line_.key(type).string(value);
        end();
    }
    void end() {
        line_.end_object();
        line_.end_object();
    }

    JsonLine& line_;
};

}  // namespace httpprof::replay
