#include "tools/httpprof/edit_command.h"

#include <cinttypes>
#include <string>

#include "format/change.h"
#include "tools/httpprof/exit_status.h"
#include "tools/httpprof/paths.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

constexpr std::size_t kMaxLines = 20;  // of one source

void report_source(const format::SourceAccount& source, bool is_only_one) {
    const std::string place = is_only_one ? "" : source.name + ", ";
    std::size_t lines = 0;
    for (const format::Damage& damage : source.damage) {
        if (++lines > kMaxLines) break;
        report("left out: %sat byte %" PRIu64 ", %s: %s", place.c_str(), damage.offset,
               size_text(damage.size).c_str(), damage.what.c_str());
    }
    if (source.damage_count > kMaxLines)
        report("left out: %s%" PRIu64 " more places", place.c_str(),
               source.damage_count - kMaxLines);
    if (source.unknown_frames > 0)
        report("left out: %s%s of an unknown type, %s", place.c_str(),
               count_text(source.unknown_frames, "frame", "frames").c_str(),
               size_text(source.unknown_bytes).c_str());
}

// Said of each source, with its places, or in the notes.
bool is_said_of_sources(const format::Counter& change) {
    return change.cause == format::kUnreadable || change.cause == format::kUnknownFrames ||
           change.cause == format::kUnclosed || change.cause == format::kMissingSegments;
}

void report_change(const format::Counter& change) {
    const bool is_redaction = change.cause.starts_with("redacted-");
    report("%s: %s, %s", change.cause == "malformed" ? "left out: malformed" : change.cause.c_str(),
           is_redaction ? count_text(change.records, "value", "values").c_str()
                        : count_text(change.records, "record", "records").c_str(),
           size_text(change.bytes).c_str());
}

int report_outcome(const Result<format::EditOutcome>& outcome, const WriteArguments& arguments) {
    if (!outcome) return fail(outcome.error());
    for (const std::string& note : outcome->notes)
        report("%s", note.c_str());
    for (const format::SourceAccount& source : outcome->sources)
        report_source(source, outcome->sources.size() == 1);
    for (const format::Counter& change : outcome->written.changes) {
        if (!is_said_of_sources(change)) report_change(change);
    }
    if (outcome->was_encrypted && arguments.encrypt_to.empty())
        report("the source is encrypted, and the new capture is not; encrypt it with --encrypt-to");
    report("%s, %s, in a capture of %s",
           count_text(outcome->written.records, "record", "records").c_str(),
           size_text(outcome->written.record_bytes).c_str(),
           size_text(outcome->written.file_bytes).c_str());
    return outcome->is_complete() ? 0 : kNotWhole;
}

}  // namespace

void add_edit_options(CLI::App& command, int argc, char** argv, EditArguments& arguments) {
    add_capture_options(command, arguments.capture);
    add_write_options(command, argc, argv, arguments.write);
}

int run_edit(const std::vector<std::string>& inputs, const EditArguments& arguments,
             const Edit& edit) {
    if (const std::string problem = conflict_with_sources(inputs, arguments.write.output);
        !problem.empty())
        return fail_command_line(problem);
    const auto reading = read_options(arguments.capture);
    if (!reading) return fail(reading.error());
    const auto writing = derive_options(arguments.write);
    if (!writing) return fail(writing.error());
    return report_outcome(edit(*reading, *writing), arguments.write);
}

}  // namespace httpprof::cli
