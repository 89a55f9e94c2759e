#include <algorithm>
#include <string>
#include <tuple>

#include "format/preamble.h"
#include "format/verify.h"
#include "format/verify/problems.h"

namespace httpprof::format {
namespace {

std::string segment_text(std::uint32_t segment) {
    return "segment " + std::to_string(segment);
}

// The Header is what is wrong, or what tells.
void add_header_problem(Verdict& verdict, std::string what) {
    add_problem(verdict, {.frame = 0, .offset = kPreambleSize, .what = std::move(what)});
}

// `before` is the file of the same recording that comes before, if there is one.
void check_link(const Verdict* before, Verdict& verdict) {
    const SegmentLink& link = *verdict.link;
    if (before == nullptr) {
        if (link.segment > 0)
            verdict.notes.push_back("it is " + segment_text(link.segment) +
                                    "; the one before was not given");
        return;
    }
    const SegmentLink& last = *before->link;
    if (link.segment == last.segment) {
        const std::string what =
            segment_text(link.segment) + " is given twice, also as " + before->path;
        if (link.is_derived)
            verdict.notes.push_back(what);
        else
            add_header_problem(verdict, what);
        return;
    }
    if (link.segment - last.segment == 2)
        return add_header_problem(verdict, segment_text(last.segment + 1) + " is missing");
    if (link.segment - last.segment > 2)
        return add_header_problem(verdict, "segments " + std::to_string(last.segment + 1) + " to " +
                                               std::to_string(link.segment - 1) + " are missing");
    if (last.last_digest.empty())
        verdict.notes.push_back("the digest of the segment before it is not known");
    else if (link.previous != last.last_digest)
        add_header_problem(verdict, "it does not follow " + segment_text(last.segment) + ", " +
                                        before->path + ": it names another digest");
}

// A recording, and what was made of it, are looked at apart.
bool are_of_one_series(const SegmentLink& a, const SegmentLink& b) {
    return a.capture_id == b.capture_id && a.is_derived == b.is_derived;
}

}  // namespace

void verify_segments(std::vector<Verdict>& verdicts) {
    std::vector<Verdict*> order;
    for (Verdict& verdict : verdicts) {
        if (verdict.link) order.push_back(&verdict);
    }
    std::ranges::stable_sort(order, [](const Verdict* a, const Verdict* b) {
        return std::tie(a->link->capture_id, a->link->is_derived, a->link->segment) <
               std::tie(b->link->capture_id, b->link->is_derived, b->link->segment);
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool is_first = i == 0 || !are_of_one_series(*order[i - 1]->link, *order[i]->link);
        check_link(is_first ? nullptr : order[i - 1], *order[i]);
    }
}

}  // namespace httpprof::format
