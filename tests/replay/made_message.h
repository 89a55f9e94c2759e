// Messages put together by hand. The order of their raw bytes means nothing.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "replay/message.h"

namespace httpprof::test {

inline replay::Range add_raw(replay::Message& message, std::string_view text) {
    const replay::Range range{static_cast<std::uint32_t>(message.raw.size()),
                              static_cast<std::uint32_t>(text.size())};
    message.raw += text;
    return range;
}

inline void add_field(replay::Message& message, std::vector<replay::Field>& fields,
                      std::string_view name, std::string_view value) {
    const replay::Range name_range = add_raw(message, name);
    fields.push_back({name_range, add_raw(message, value)});
}

inline void set_body(replay::Message& message, std::string_view body) {
    message.content = {add_raw(message, body)};
    message.body_size = body.size();
}

}  // namespace httpprof::test
