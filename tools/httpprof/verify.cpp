#include "tools/httpprof/verify.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "format/digest.h"
#include "format/verify.h"
#include "replay/emit/output.h"
#include "replay/emit/text.h"
#include "replay/emit/verify_json.h"
#include "tools/httpprof/capture_options.h"
#include "tools/httpprof/exit_status.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

struct VerifyArguments {
    std::vector<std::string> inputs;
    std::string public_key;  // empty: any
    bool json = false;
    CaptureOptions capture;
};

Result<format::VerifyOptions> verify_options(const VerifyArguments& arguments) {
    const auto read = read_options(arguments.capture);
    if (!read) return read.error();
    format::VerifyOptions options{.read = *read};
    if (arguments.public_key.empty()) return options;
    const auto key = format::read_public_key(arguments.public_key);
    if (!key) return key.error();
    options.signer = *key;
    return options;
}

std::string signature_text(const format::Verdict& verdict) {
    const std::string key = replay::hex(verdict.signer);
    switch (verdict.signature) {
        case format::SignatureState::unknown_key:
            return ", signed by " + key + " (not checked against a known key)";
        case format::SignatureState::known_key:
            return ", signed by " + key;
        case format::SignatureState::none:
        case format::SignatureState::wrong:
            break;
    }
    return ", not signed";
}

// What stands behind "FILE: " in the last line.
std::string verdict_text(const format::Verdict& verdict) {
    if (verdict.error) return "not verified";
    if (verdict.problem_count > 0) return count_text(verdict.problem_count, "problem", "problems");
    const std::string digest =
        verdict.last_digest ? format::to_hex(*verdict.last_digest) : "unknown";
    return "intact: " + grouped(verdict.frames) + (verdict.frames == 1 ? " frame, " : " frames, ") +
           grouped(verdict.records) + (verdict.records == 1 ? " record" : " records") +
           ", last digest " + digest + signature_text(verdict) +
           (verdict.contents_hidden ? "; what is in the frames is encrypted: verify it with --key"
                                    : "");
}

// The error says it all.
bool was_nothing_read(const format::Verdict& verdict) {
    return verdict.error && verdict.frames == 0 && verdict.problem_count == 0;
}

std::string text_of(const format::Verdict& verdict) {
    if (was_nothing_read(verdict)) return {};
    std::string text;
    const auto line = [&](const std::string& what) {
        text += replay::printable(verdict.path + ": " + what) + '\n';
    };
    for (const format::Problem& problem : verdict.problems)
        line("frame " + std::to_string(problem.frame) + " at byte " +
             std::to_string(problem.offset) + ": " + problem.what);
    if (const std::uint64_t more = verdict.problem_count - verdict.problems.size(); more > 0)
        line("and " + count_text(more, "more problem", "more problems"));
    for (const std::string& note : verdict.notes)
        line("note: " + note);
    line(verdict_text(verdict));
    return text;
}

int status_of(const std::vector<format::Verdict>& verdicts) {
    const auto has_problem = [](const format::Verdict& verdict) {
        return verdict.problem_count > 0;
    };
    int status = std::ranges::any_of(verdicts, has_problem) ? kNotWhole : 0;
    for (const format::Verdict& verdict : verdicts) {
        if (verdict.error) status = fail(*verdict.error);
    }
    return status;
}

int run_verify(const VerifyArguments& arguments) {
    const auto options = verify_options(arguments);
    if (!options) return fail(options.error());
    auto output = replay::Output::open("-");
    if (!output) return fail(output.error());
    output->outlive_reader();  // the status is an answer also for who has seen enough of the text
    std::vector<format::Verdict> verdicts;
    for (const std::string& input : arguments.inputs)
        verdicts.push_back(format::verify_capture(input, *options));
    format::verify_segments(verdicts);
    Result<void> written;
    for (const format::Verdict& verdict : verdicts) {
        if (written)
            written = arguments.json ? output->write_json(replay::verify_json(verdict))
                                     : output->write(text_of(verdict));
    }
    const Result<void> finished = output->finish();
    const int status = status_of(verdicts);
    return finished ? status : fail(finished.error());
}

}  // namespace

void add_verify(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand(
        "verify", "Check captures: digests, chain, counters, index, segments and signature");
    auto arguments = std::make_shared<VerifyArguments>();
    command
        ->add_option("FILE", arguments->inputs,
                     "Captures; segments of one recording are checked in sequence; - is standard "
                     "input")
        ->required();
    command
        ->add_option("--public-key", arguments->public_key,
                     "The public key, or the file that has it, of who must have signed them")
        ->type_name("KEY");
    command->add_flag("--json", arguments->json, "One JSON object for each capture");
    add_capture_options(*command, arguments->capture);
    command->callback([arguments, &exit_status] { exit_status = run_verify(*arguments); });
}

}  // namespace httpprof::cli
