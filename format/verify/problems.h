// Where the checks of a capture put what they find.
#pragma once

#include <string>
#include <utility>

#include "format/frame.h"
#include "format/verify.h"

namespace httpprof::format {

// So many are kept of one file; all are counted.
inline constexpr std::size_t kMaxProblems = 100;

inline void add_problem(Verdict& verdict, Problem problem) {
    ++verdict.problem_count;
    if (verdict.problems.size() < kMaxProblems) verdict.problems.push_back(std::move(problem));
}

inline void add_problem(Verdict& verdict, const Frame& frame, std::string what) {
    add_problem(verdict,
                {.frame = frame.header.number, .offset = frame.offset, .what = std::move(what)});
}

}  // namespace httpprof::format
