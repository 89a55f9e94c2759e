// A case of testdata/http1: what is fed to an Http1Parser and what it has to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "format/record.h"
#include "replay/protocol/http1.h"
#include "tests/replay/http1_log.h"

namespace httpprof::test {

struct Http1Case {
    struct Gap {
        std::uint64_t length = 0;
        format::MissingCause cause = format::MissingCause::lost;
    };
    struct Leave {};
    struct GoOn {};
    struct Answered {
        int status = 0;
    };
    struct End {
        bool orderly = true;
    };
    using Step = std::variant<std::string, Gap, Leave, GoOn, Answered, End>;

    bool awaits_answer = false;
    replay::Http1Limits limits;
    std::vector<std::string> answers;
    std::vector<Step> steps;  // no two strings in a row
    std::string expected;

    // All bytes of the steps.
    std::string captured() const;
    // The lengths of the gaps.
    std::uint64_t missing() const;
    // Feeds the steps, with pieces cut before each of the positions in `cuts` (of captured(), in
    // ascending order).
    Http1Log run(const std::vector<std::size_t>& cuts) const;
};

// Throws std::runtime_error on a file that breaks the form.
Http1Case read_http1_case(const std::string& path);

}  // namespace httpprof::test
