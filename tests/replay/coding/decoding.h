// What the tests of decoding say in one line.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "replay/coding/content_coding.h"

namespace httpprof::replay {

inline void PrintTo(DecodingOutcome outcome, std::ostream* out) {
    switch (outcome) {
        case DecodingOutcome::decoded:
            *out << "decoded";
            return;
        case DecodingOutcome::truncated:
            *out << "truncated";
            return;
        case DecodingOutcome::not_decodable:
            *out << "not_decodable";
            return;
        case DecodingOutcome::limit_reached:
            *out << "limit_reached";
            return;
    }
}

}  // namespace httpprof::replay

namespace httpprof::test {

using replay::DecodedBody;
using replay::DecodingLimits;
using replay::DecodingOutcome;
using Sizes = std::initializer_list<std::size_t>;

inline DecodedBody decode(std::string_view body, const std::vector<std::string_view>& codings,
                          const DecodingLimits& limits = {}) {
    return replay::decode_body(body, codings, limits);
}

// Not EXPECT_EQ: a difference of megabytes takes minutes to print.
inline void expect_content(const DecodedBody& body, std::string_view content) {
    EXPECT_EQ(body.content.size(), content.size());
    EXPECT_TRUE(body.content == content);
}

inline void expect_decoded(const DecodedBody& body, std::string_view content) {
    EXPECT_EQ(body.outcome, DecodingOutcome::decoded);
    EXPECT_FALSE(body.trailing_data);
    expect_content(body, content);
}

}  // namespace httpprof::test
