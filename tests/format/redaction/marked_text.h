// Texts of test cases that say themselves what a redaction is to overwrite:
//
//     "Authorization: ‹Basic ›«dTpw»\r\n"
//
// What is in «» is secret. What is in ‹› is none, but may be overwritten where a piece of the
// stream ends within it.
#pragma once

#include <string>
#include <string_view>

namespace httpprof::test {

struct MarkedText {
    explicit MarkedText(std::string_view marked);

    std::string text;      // without the marks
    std::string redacted;  // with X for what is secret
    std::string optional;  // 'o' for each byte that may be overwritten
};

}  // namespace httpprof::test
