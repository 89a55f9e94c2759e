#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "format/preamble.h"
#include "format/segment_chain.h"
#include "format/verify.h"
#include "format/verify/problems.h"

namespace httpprof::format {
namespace {

// The Header is what is wrong, or what tells.
void add_header_problem(Verdict& verdict, std::string what) {
    add_problem(verdict, {.frame = 0, .offset = kPreambleSize, .what = std::move(what)});
}

// Segments of one recording that were given, the recorder's own files or others.
using Given = std::set<std::pair<std::string, std::uint32_t>>;

// Says which of the segments from `next` on are missing before `link`; false when none is.
bool add_missing(const Given& given, std::uint32_t next, const SegmentLink& link,
                 Verdict& verdict) {
    bool is_any_missing = false;
    for (auto place = given.lower_bound({link.capture_id, next}); next < link.segment; ++place) {
        const std::uint32_t number = place->second;
        const std::string last = std::to_string(number - 1);
        if (number - next == 1)
            add_header_problem(verdict, segment_text(next) + " is missing");
        else if (number > next)
            add_header_problem(verdict,
                               "segments " + std::to_string(next) + " to " + last + " are missing");
        is_any_missing = is_any_missing || number > next;
        next = number + 1;
    }
    return is_any_missing;
}

// `before` is the file of the same recording that comes before, if there is one.
void check_link(const Given& given, const Verdict* before, Verdict& verdict) {
    const SegmentLink& link = *verdict.link;
    const bool is_before_given =
        link.segment > 0 && given.contains({link.capture_id, link.segment - 1});
    if (before == nullptr && link.segment > 0 && !is_before_given)
        verdict.notes.push_back("it is " + segment_text(link.segment) +
                                "; the one before was not given");
    if (before != nullptr && link.segment == before->link->segment) {
        const std::string what =
            segment_text(link.segment) + " is given twice, also as " + before->path;
        if (link.is_derived)
            verdict.notes.push_back(what);
        else
            add_header_problem(verdict, what);
        return;
    }
    if (before != nullptr && add_missing(given, before->link->segment + 1, link, verdict)) return;
    const bool is_before_own = before != nullptr && before->link->segment + 1 == link.segment;
    if (!is_before_given || (link.is_derived && !is_before_own)) return;
    if (!is_before_own || before->link->last_digest.empty())
        verdict.notes.emplace_back("the digest of the segment before it is not known");
    else if (link.previous != before->link->last_digest)
        add_header_problem(verdict, "it does not follow " + segment_text(link.segment - 1) + ", " +
                                        before->path + ": it names another digest");
}

// A recording, and what was made of it, are looked at apart.
bool are_of_one_series(const SegmentLink& a, const SegmentLink& b) {
    return a.capture_id == b.capture_id && a.is_derived == b.is_derived;
}

}  // namespace

void verify_segments(std::vector<Verdict>& verdicts) {
    std::vector<Verdict*> order;
    Given given;
    for (Verdict& verdict : verdicts) {
        if (!verdict.link) continue;
        order.push_back(&verdict);
        given.emplace(verdict.link->capture_id, verdict.link->segment);
    }
    std::ranges::stable_sort(order, [](const Verdict* a, const Verdict* b) {
        return std::tie(a->link->capture_id, a->link->is_derived, a->link->segment) <
               std::tie(b->link->capture_id, b->link->is_derived, b->link->segment);
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool is_first = i == 0 || !are_of_one_series(*order[i - 1]->link, *order[i]->link);
        check_link(given, is_first ? nullptr : order[i - 1], *order[i]);
    }
}

}  // namespace httpprof::format
