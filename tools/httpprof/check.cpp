#include "tools/httpprof/check.h"

#include <algorithm>

#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

using record::Finding;
using record::FindingState;

constexpr const char* kHeading[] = {"WHAT", "STATE", "DETAIL"};

const char* state_name(FindingState state) {
    switch (state) {
        case FindingState::kOk:
            return "ok";
        case FindingState::kLimited:
            return "limited";
        case FindingState::kMissing:
            return "missing";
        case FindingState::kUnknown:
            return "unknown";
    }
    return "";
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

// Without blanks at the end.
std::string row(const std::string& what, std::size_t width, const char* state,
                const std::string& detail) {
    constexpr std::size_t kStateWidth = std::string_view("limited").size();
    std::string line = padded(what, width) + "  " + padded(state, kStateWidth) + "  " + detail;
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string verdict(std::ptrdiff_t missing) {
    if (missing == 0) return "this host can record\n";
    if (missing == 1) return "this host cannot record: 1 thing is missing\n";
    return "this host cannot record: " + std::to_string(missing) + " things are missing\n";
}

std::ptrdiff_t count_missing(const std::vector<Finding>& findings) {
    return std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.state == FindingState::kMissing;
    });
}

}  // namespace

std::string check_table(const std::vector<Finding>& findings) {
    std::size_t width = 0;
    for (const Finding& finding : findings)
        width = std::max(width, finding.what.size());
    std::string table = row(kHeading[0], width, kHeading[1], kHeading[2]);
    for (const Finding& finding : findings)
        table += row(finding.what, width, state_name(finding.state), finding.detail);
    return table + verdict(count_missing(findings));
}

int run_check() {
    const std::vector<Finding> findings = record::examine_host();
    const int failed = print(check_table(findings));
    return failed != 0 || count_missing(findings) == 0 ? failed : 1;
}

}  // namespace httpprof::cli
