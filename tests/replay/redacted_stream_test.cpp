// Redaction overwrites values and changes no message: the parser finds the same in both.
#include <algorithm>
#include <filesystem>
#include <random>
#include <regex>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "format/redaction/stream_redactor.h"
#include "tests/replay/protocol/http1_case.h"

namespace httpprof::test {
namespace {

using format::MissingCause;

// With the steps as the records of a stream.
Http1Case redacted(Http1Case subject) {
    format::SecretNames names(format::AdditionalNames{});
    format::StreamState state;
    format::RedactionTally tally;
    for (auto& step : subject.steps) {
        if (auto* bytes = std::get_if<std::string>(&step)) {
            format::redact_stream(std::span(*bytes), state, names, tally);
        } else if (const auto* gap = std::get_if<Http1Case::Gap>(&step)) {
            state.skip(gap->length);
        }
    }
    return subject;
}

// What the log says, without names and values.
std::string structure(const Http1Case& subject) {
    static const std::regex quoted(R"("([^"\\]|\\.)*")");
    return std::regex_replace(subject.run({}).text(), quoted, "\"\"");
}

TEST(RedactedStreamTest, CasesOfTheParserStayAsTheyAre) {
    for (const auto& entry : std::filesystem::directory_iterator("testdata/http1")) {
        if (entry.path().extension() != ".case") continue;
        const Http1Case subject = read_http1_case(entry.path());
        EXPECT_EQ(structure(redacted(subject)), structure(subject)) << entry.path();
    }
}

}  // namespace
}  // namespace httpprof::test
